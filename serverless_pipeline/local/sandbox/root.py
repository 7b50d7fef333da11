"""What a process in the sandbox sees of the file system: read-only, but for a `/tmp` of its own.

The paths are those of Lambda's execution environment:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

USER, GROUP = 993, 990
"""Those that Lambda runs functions as, `sbx_user1051`."""

DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class Bind:
    """A file or folder of the laptop, read-only."""

    source: Path
    target: str


@dataclass(frozen=True)
class Writable:
    """A folder of the laptop that may be written to: that of a build, and of nothing else."""

    source: Path
    target: str


@dataclass(frozen=True)
class Memory:
    """An empty folder that can be written to, of so many bytes."""

    target: str
    size: int


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    path: str
    target: str


@dataclass(frozen=True)
class Folder:
    """An empty folder, for others to be laid into."""

    path: str


Entry = Bind | Writable | Memory | Link | Folder


@dataclass(frozen=True)
class Root:
    """The entries in the order in which they are made; `/proc` and `/dev` come by themselves, and all else is empty."""

    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, *parts: Iterable[Entry]) -> Root:
        """Several parts, one after the other; of two at the same place the later one is seen, and none twice."""
        last = {place(entry): entry for part in parts for entry in part}
        shown = {path for path, entry in last.items() if isinstance(entry, Bind) and str(entry.source) == path}
        return cls(tuple(entry for entry in last.values() if not _is_seen_already(entry, shown)))


def place(entry: Entry) -> str:
    """Where an entry is seen."""
    return entry.path if isinstance(entry, Link | Folder) else entry.target


def _is_seen_already(entry: Entry, shown: set[str]) -> bool:
    """Whether a folder that is shown at its own place holds an entry that is shown at its own place as well."""
    path = place(entry)
    return path in shown and any(str(parent) in shown for parent in PurePosixPath(path).parents)
