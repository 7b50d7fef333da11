"""YAML and JSON as CloudFormation reads them.

YAML is 1.1, so `yes` and `off` are booleans. Aliases and merges, which CloudFormation does not take, are written out:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import PurePath
from typing import Any, NoReturn

from serverless_pipeline.environment import nodes
from serverless_pipeline.errors import Misconfigured


def read(text: str, name: str) -> Any:  # noqa: ANN401 - a document is what its author made it
    """The document in a text, None if there is none; the ending of `name`, before a `.j2`, tells JSON.

    Raises:
        Misconfigured: it is neither YAML nor JSON; names the file, the line, the column and what is wrong there.
    """
    is_json = PurePath(name.removesuffix(".j2")).suffix == ".json"
    try:
        return _json(text, name) if is_json or _begins_as_json(text) else _yaml(text, name)
    except RecursionError:
        refuse(name, "it is nested too deeply")


def refuse(place: str, words: str) -> NoReturn:
    """Refuse what stands at a place, `file` or `file:line:column`.

    Raises:
        Misconfigured: in those words.
    """
    raise Misconfigured(f"{place}: {words}", hint="mend it there, then type the same command again")


def _begins_as_json(text: str) -> bool:
    """Whether it is JSON by its own signs; a mapping of YAML may begin with a brace as well."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _json(text: str, name: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        refuse(f"{name}:{error.lineno}:{error.colno}", error.msg)
    except ValueError as error:
        refuse(name, str(error))


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common()
        raise ValueError(f"the key {key} stands twice in one mapping")
    return mapping


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _yaml(text: str, name: str) -> object:
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return None if node is None else nodes.value(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        refuse(place, " ".join(filter(None, (error.context, error.problem))))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        refuse(f"{name}:{line}:{column}", f"{chr(error.character)!r} is no sign of a text")
