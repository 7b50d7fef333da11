"""Which pushes start a V2 pipeline: filters on tags, on branches, and on the paths that changed.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html and, for the patterns,
https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_BRANCH, _TAG = "refs/heads/", "refs/tags/"


@dataclass(frozen=True)
class Filter:
    """Names that count: one of `includes` if there are any, and none of `excludes`, which go before."""

    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Filter | None:
        """Of a declaration; nothing if it declares none."""
        if document is None:
            return None
        return cls(tuple(document.get("includes", ())), tuple(document.get("excludes", ())))

    def admits(self, name: str) -> bool:
        included = not self.includes or any(matches(pattern, name) for pattern in self.includes)
        return included and not any(matches(pattern, name) for pattern in self.excludes)


@dataclass(frozen=True)
class Push:
    """A push that starts an execution: of a tag, or of a branch with changes in some paths."""

    tags: Filter | None = None
    branches: Filter | None = None
    paths: Filter | None = None

    def admits(self, reference: str, changed: Callable[[], Iterable[str]]) -> bool:
        """Whether a push to a branch or tag counts; which paths it changed is asked for only where that matters."""
        if reference.startswith(_TAG):
            return self.tags is not None and self.tags.admits(reference.removeprefix(_TAG))
        if self.branches is None and self.paths is None:
            return False
        if self.branches and not self.branches.admits(reference.removeprefix(_BRANCH)):
            return False
        return self.paths is None or any(map(self.paths.admits, changed()))


def read(document: Mapping[str, Any]) -> dict[str, tuple[Push, ...]]:
    """The pushes that start a declared pipeline, by its source actions; without filters, those to their branch."""
    pushes: dict[str, tuple[Push, ...]] = {}
    for trigger in document.get("triggers") or ():
        git = trigger["gitConfiguration"]
        declared = tuple(
            Push(*(Filter.from_document(push.get(name)) for name in ("tags", "branches", "filePaths")))
            for push in git.get("push", ())
        )
        pushes[git["sourceActionName"]] = pushes.get(git["sourceActionName"], ()) + declared
    return pushes


def matches(pattern: str, name: str) -> bool:
    """Whether a glob pattern means the whole of a name; `*` stays within a folder, `**` does not."""
    try:
        return re.fullmatch(_expression(pattern), name, re.DOTALL) is not None
    except re.error:
        return pattern == name


def _expression(pattern: str) -> str:
    parts = re.findall(r"\*\*|\\.|\[[^\]]+\]|.", pattern, re.DOTALL)
    depth, expression = 0, ""
    for part in parts:
        if part == "{":
            depth += 1
        elif part == "}" and depth:
            depth -= 1
        elif part == "," and depth:
            expression += "|"
            continue
        expression += _token(part)
    return expression


def _token(part: str) -> str:
    known = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
    if part in known:
        return known[part]
    if part.startswith("[") and len(part) > 1:
        return part.replace("[!", "[^", 1)
    return re.escape(part[1:] if part.startswith("\\") and len(part) > 1 else part)
