"""The folder of the project in the source: the source itself, or one of several projects of a repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambdas.job.ending import JobError

FOLDER = "folder"
"""The parameter that names it."""


@dataclass(frozen=True)
class Place:
    """A source, and the project in it."""

    source: Path
    project: Path


def find(source: Path, folder: str) -> Path:
    """The project in a source.

    Raises:
        JobError: there is no such folder.
    """
    project = source / folder
    if not project.is_dir():
        raise JobError(f"The source has no folder {folder}, in which the project lies; mend the setting `folder`")
    return project


def is_inside(path: str) -> bool:
    """Whether a path is one of the source."""
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts
