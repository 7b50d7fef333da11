"""One file of a zip, read whole: as much as it may be, and no more."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from lambdas.artifacts.directory import Unreadable, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError, Unreadable)
"""What a damaged zip raises; RuntimeError for an entry that is encrypted, or packed in another way."""


@contextlib.contextmanager
def opened(package: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose directory was weighed before it is read.

    Raises:
        Unreadable: the directory is too large.
        BadZipFile: it is no zip.
    """
    weigh(package)
    with zipfile.ZipFile(package) as archive:
        yield archive


def text(archive: zipfile.ZipFile, name: str, limit: int) -> str:
    """A file as text, of at most `limit` bytes, whatever it says of its size.

    Raises:
        Unreadable: it is larger.
        KeyError: there is no such file.
    """
    with archive.open(name) as file:
        return read(file, limit).decode()


def read(file: IO[bytes], limit: int) -> bytes:
    """What a file holds.

    Raises:
        Unreadable: it is larger than `limit` bytes.
    """
    content = file.read(limit + 1)
    if len(content) > limit:
        raise Unreadable(f"it is larger than {limit} bytes")
    return content
