"""The outside form of the settings: flat scalars by name, as Invoke merges them out of files and the environment.

Invoke casts an environment variable to the type of what it replaces, so that `false` would become true and `abc` a
traceback, and it takes none for a list. So every default is text here, and each value is read from text as well.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from serverless_pipeline import tags
from serverless_pipeline.settings import source
from serverless_pipeline.settings.mistakes import InvalidSettings
from serverless_pipeline.settings.shift import Shift

SOURCE = {
    "source": "",
    "repository": "",
    "branch": source.GitHub.branch,
    "connection_arn": "",
    "source_bucket": "",
    "source_key": source.KEY,
}
"""The settings of the source, and their defaults."""


def write(value: object) -> str:
    """A value as text that reads as the value again."""
    match value:
        case float():
            return f"{value:g}"
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case Mapping():
            return ",".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def read(section: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that can be read, by name, and what is wrong with the others, in words."""
    values: dict[str, Any] = {}
    mistakes = [*_misspelt(section)]
    for name, reader in _READERS.items():
        if name in section:
            try:
                values[name] = reader(section[name])
            except ValueError as error:
                mistakes += [f"{name}: {words}" for words in error.args]
            except InvalidSettings as error:
                mistakes += error.mistakes
    return values, mistakes


def _misspelt(section: Mapping[str, Any]) -> Iterator[str]:
    for name in section:
        if name not in _READERS:
            near = difflib.get_close_matches(name, _READERS, n=1)
            yield f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be text")  # noqa: TRY004 - what is wrong with the value, told like the rest
    return value


def _number(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
        return int(value)
    if type(value) is not int:
        raise ValueError(f"{value!r} must be a whole number")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value.strip()):
        return float(value)
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} must be a number of seconds, such as 0.5")
    return float(str(value))


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.strip().lower() not in _BOOLEANS:
        raise ValueError(f"{value!r} must be true or false")
    return _BOOLEANS[value.strip().lower()]


def _names(value: object) -> tuple[str, ...]:
    """A list, or its items separated by commas."""
    items = [str(item) for item in value] if isinstance(value, list | tuple) else _text(value).split(",")
    return tuple(item.strip() for item in items if item.strip())


def _pairs(value: object) -> dict[str, str]:
    """A map, or the form of `tags.read`."""
    if isinstance(value, Mapping):
        return {str(key): write(item) for key, item in value.items()}
    return tags.read(_text(value))


def _source_kind(value: object) -> str:
    if value not in ("", *source.KINDS):
        raise ValueError(f"{value!r} must be one of {', '.join(source.KINDS)}")
    return str(value)


def _shift(value: object) -> Shift | None:
    return Shift.read(_text(value)) if value != "" else None


_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
_READERS: dict[str, Callable[[object], object]] = {
    "target": _text,
    "stack_name": _text,
    "region": _text,
    "profile": _text,
    "port": _number,
    "local_eventual": _seconds,
    "local_block_public_access": _boolean,
    "local_sandbox": _text,
    "local_concurrency": _number,
    "local_codepipeline_timing": _pairs,
    "local_repositories": _pairs,
    "local_stub_providers": _boolean,
    "source": _source_kind,
    "repository": _text,
    "branch": _text,
    "connection_arn": _text,
    "source_bucket": _text,
    "source_key": _text,
    "folder": _text,
    "requirements": _text,
    "package_task": _text,
    "package_env": _pairs,
    "package_secrets": _pairs,
    "test_task": _text,
    "test_env": _pairs,
    "test_secrets": _pairs,
    "test_outputs": _pairs,
    "tasks_before_delivery": _names,
    "tasks_after_test": _names,
    "template": _text,
    "template_configuration": _text,
    "parameters": _pairs,
    "environment_policy": _text,
    "data_loss": _text,
    "environments": _names,
    "approval": _boolean,
    "shift": _shift,
    "alarms": _names,
    "runtime": _text,
    "architecture": _text,
    "memory": _number,
    "tools": _names,
    "tags": _pairs,
    "service_role": _text,
    "permissions_boundary": _text,
    "termination_protection": _boolean,
}
