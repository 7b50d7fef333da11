"""What a task left, opened only where it is what it seems: a file or a folder of the source.

A link may lead about in the source, and nowhere out of it. A file is opened folder by folder, and no link is followed
on the way, so that nothing changes between the look and the opening; a pipe or a device is never waited for.
See openat(2).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class Unsafe(Exception):
    """It leads out of the source, or is neither a file nor a folder."""


def find(root: Path, path: Path) -> Path:
    """Where a file or a folder really lies, which must be below `root`.

    Raises:
        Unsafe: it lies elsewhere, or is something else.
        OSError: it is not there, or cannot be reached.
    """
    real = Path(os.path.realpath(path, strict=True))
    if not real.is_relative_to(os.path.realpath(root)):
        raise Unsafe("it leads out of the source")
    mode = real.lstat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise Unsafe("it is neither a file nor a folder")
    return real


def open_file(root: Path, path: Path) -> IO[bytes]:
    """Open a file below `root` for reading.

    Raises:
        Unsafe: it is no file, or lies elsewhere.
        OSError: it is not there, or cannot be read.
    """
    real, home = find(root, path), Path(os.path.realpath(root))
    *folders, name = real.relative_to(home).parts or (".",)
    folder = _walk(home, folders)
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unsafe("it is no file")
    return os.fdopen(descriptor, "rb")


def _walk(home: Path, folders: Iterable[str]) -> int:
    """A descriptor of the last of several folders in each other."""
    descriptor = os.open(home, _FOLDER)
    for name in folders:
        try:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor
