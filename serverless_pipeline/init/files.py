"""The files that a project needs for its pipeline, beside those that are there: what is there stays as it is.

The one exception are lines that `.gitignore` lacks: they are added to its end.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from serverless_pipeline.errors import Error
from serverless_pipeline.init import settings_file, tasks_file, template_file, walk
from serverless_pipeline.init.requirements import OWN
from serverless_pipeline.init.survey import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.init.survey import Survey

_IGNORED = ".gitignore"


@dataclass(frozen=True)
class New:
    """A file that is not there."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True)
class Added:
    """Lines that a file lacks, for its end."""

    path: PurePosixPath
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """A file that is there; `lacks` is what a person adds, nothing if it has all that is needed."""

    path: PurePosixPath
    lacks: tuple[str, ...] = ()


File = New | Added | Kept


def wanted(survey: Survey) -> tuple[File, ...]:
    """Every file that the project needs, and how it stands.

    Raises:
        Misconfigured: a file with settings is there, and cannot be read.
    """
    return tuple(_wanted(survey, survey.place.folder))


def write(folder: Path, file: New | Added) -> None:
    """Write a file that is not there, or add lines to one.

    Raises:
        Error: it cannot be written; what came there meanwhile is not overwritten.
    """
    path = folder / file.path
    try:
        match file:
            case New(text=text):
                with path.open("x", encoding="utf-8") as new:
                    new.write(text)
            case Added(lines=lines):
                _append(path, lines)
    except OSError as error:
        raise Error(
            f"{path} cannot be written: {error.strerror}", hint="mend that, then type the same again"
        ) from error


def _append(path: Path, lines: tuple[str, ...]) -> None:
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        before = file.read()
        file.write("\n" if before and not before.endswith("\n") else "")
        file.writelines(f"{line}\n" for line in lines)


def _wanted(survey: Survey, folder: Path) -> Iterator[File]:
    settings = _first(folder, settings_file.NAMES)
    collection = settings_file.collection(folder / settings) if settings else "tasks"
    if tasks := _first(folder, (f"{collection}.py", f"{collection}/__init__.py")):
        yield Kept(PurePosixPath(tasks), tuple(tasks_file.lacks(survey, folder / tasks)))
    else:
        yield New(PurePosixPath(f"{collection}.py"), tasks_file.text(survey))
    if settings:
        yield Kept(PurePosixPath(settings), tuple(settings_file.lacks(survey, folder / settings)))
    else:
        yield New(PurePosixPath(settings_file.NAMES[0]), settings_file.text(survey))
    if survey.template is None:
        yield New(PurePosixPath(TEMPLATE), template_file.text(survey))
    if survey.requirements.lines:
        yield New(PurePosixPath(OWN), "".join(f"{line}\n" for line in survey.requirements.lines))
    if lines := tuple(_not_ignored(survey, folder)):
        yield Added(PurePosixPath(_IGNORED), lines)


def _first(folder: Path, names: tuple[str, ...]) -> str:
    """The first of these files that is there, be it a link that leads nowhere; empty if none is."""
    return next((name for name in names if os.path.lexists(folder / name)), "")


def _not_ignored(survey: Survey, folder: Path) -> Iterator[str]:
    """What no `.gitignore` from here up to the top of the repository names."""
    top = survey.place.repository or folder
    files = [above / _IGNORED for above in (folder, *folder.parents) if above.is_relative_to(top)]
    there = {line.strip().strip("/") for file in files for line in walk.text(file).splitlines()}
    yield from (f"{name}/" for name in _leftovers(survey) if name not in there)


def _leftovers(survey: Survey) -> Iterator[str]:
    """What the commands, Python and the task `package` leave in a project."""
    yield from (".local", ".venv", "__pycache__")
    if any(one.is_built for one in survey.functions) or (survey.site and survey.site.is_scattered):
        yield "dist"
    if survey.builds:
        yield "node_modules"
    if survey.site and survey.site.is_built:
        yield str(survey.site.folder)
