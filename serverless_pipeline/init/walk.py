"""The files of a project that somebody wrote: no dot folders, nothing of what tools install or build beside them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEEPEST = 4
"""Folders below the project that are looked into: `services/orders/api/src/app.py` is seen."""

_SKIPPED = {
    *("node_modules", "bower_components", "vendor", "venv", "env", "site-packages", "__pycache__"),
    *("dist", "build", "target", "out", "cdk.out", "htmlcov", "coverage"),
}
_ASIDE = {"test", "tests", "fixtures", "example", "examples", "docs", "doc", "samples", "benchmarks"}


def files(folder: Path, *suffixes: str) -> Iterator[PurePosixPath]:
    """Files with one of the suffixes by their path from the folder; those of a folder come before those below it."""
    yield from _files(folder, PurePosixPath(), suffixes)


def is_aside(path: PurePosixPath) -> bool:
    """Whether a file is about the project rather than of it: a test, an example."""
    return any(part.lower() in _ASIDE for part in path.parts[:-1])


def is_made(path: PurePosixPath) -> bool:
    """Whether it lies where only tools put something."""
    return any(part in _SKIPPED or (part.startswith(".") and part != "..") for part in path.parts)


def text(path: Path) -> str:
    """What a file says, empty if it is no text that can be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _files(root: Path, below: PurePosixPath, suffixes: tuple[str, ...]) -> Iterator[PurePosixPath]:
    try:
        entries = sorted((root / below).iterdir())
    except OSError:  # a folder that may not be read says nothing about the project
        return
    for entry in entries:
        if entry.name.endswith(suffixes) and entry.is_file():
            yield below / entry.name
    for entry in entries:
        if _is_looked_into(entry) and len(below.parts) < DEEPEST:
            yield from _files(root, below / entry.name, suffixes)


def _is_looked_into(entry: Path) -> bool:
    return entry.name not in _SKIPPED and not entry.name.startswith(".") and entry.is_dir() and not entry.is_symlink()
