"""The directory of a zip: what it says of its entries, judged before anything is written."""

from __future__ import annotations

import posixpath
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Entries = Sequence[zipfile.ZipInfo]

MOST_ENTRIES = 200_000
"""The most entries; each of them costs about a kilobyte of memory."""
LARGEST_DIRECTORY = 32 * 1024**2
"""The most bytes of a directory, which is read as a whole."""
LARGEST_RATIO = 200
"""How much a zip may grow when it is unpacked; text packs 10 times, a bomb 1000 times."""
HARMLESS_SIZE = 256 * 1024**2
"""Below so many bytes no ratio does harm: a folder of empty logs may be packed as tightly as it can be."""
FREE_RESERVE = 64 * 1024**2
"""The bytes of disk that are left to the work itself."""
LONGEST_NAME = 255
"""The most bytes of one part of a path, on the disks of Lambda and of laptops."""
LONGEST_PATH = 1024
"""The most bytes of a path in a zip; the folder it is unpacked into makes it longer, and Linux takes 4096."""

_UNIX = 3
_ENCRYPTED = 0x41
"""The flags of an encrypted entry: weakly, strongly."""
_PATCH = 0x20
"""The flag of an entry that holds the difference to another file."""
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_KINDS = {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}
_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 2**16 - 1


class Unreadable(Exception):
    """A file is no zip, or one that must not be unpacked."""


def weigh(archive: Path) -> None:
    """Look how large the directory is, before it is read.

    The end of a zip tells it: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.14 to 4.3.16.

    Raises:
        Unreadable: it is too large. That it is no directory at all is found when it is read.
    """
    count, size = _announced(archive)
    if count > MOST_ENTRIES:
        raise Unreadable(f"it holds {count} entries, more than the {MOST_ENTRIES} that are allowed")
    if size > LARGEST_DIRECTORY:
        raise Unreadable(f"its directory takes {size} bytes, more than the {LARGEST_DIRECTORY} that are allowed")


def check(entries: Entries, archive_size: int, free: int) -> None:
    """Judge entries of a zip of `archive_size` bytes that shall be unpacked where `free` bytes are left.

    Raises:
        Unreadable: one of them must not be unpacked, or all together must not; names it.
    """
    if len(entries) > MOST_ENTRIES:
        raise Unreadable(f"it holds {len(entries)} entries, more than the {MOST_ENTRIES} that are allowed")
    for entry in entries:
        _check_alone(entry)
    _check_together(entries)
    _check_size(sum(entry.file_size for entry in entries), archive_size, free)


def place(entry: zipfile.ZipInfo) -> str:
    """Where an entry lies, written in one way only: `a//./b/` is `a/b`, and the folder itself is `.`."""
    return posixpath.normpath(entry.filename)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a symbolic link, which holds what it leads to."""
    return stat.S_ISLNK(_mode(entry))


def _announced(archive: Path) -> tuple[int, int]:
    """The count of entries and the bytes of the directory that the end of a zip announces; zeros if it has no end."""
    with archive.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(length - _END.size - _LONGEST_COMMENT - _END_64_LOCATOR.size, 0))
        tail = file.read()
        start = tail.rfind(b"PK\5\6")
        if start < 0 or len(tail) - start < _END.size:
            return 0, 0
        _, _, _, _, count, size, _, _ = _END.unpack_from(tail, start)
        if start < _END_64_LOCATOR.size or not tail.startswith(b"PK\6\7", start - _END_64_LOCATOR.size):
            return count, size
        # Zip64's own end lies right before its locator, whatever the locator says.
        file.seek(max(length - len(tail) + start - _END_64_LOCATOR.size - _END_64.size, 0))
        end = file.read(_END_64.size)
    if len(end) < _END_64.size or not end.startswith(b"PK\6\6"):
        return count, size
    return _END_64.unpack(end)[7:9]


def _check_alone(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or (".." in name and ".." in name.split("/")) or place(entry) == ".":
        raise Unreadable(f"the entry {entry.filename!r} would lie outside the folder")
    if _is_too_long(place(entry)):
        raise Unreadable(f"the entry {entry.filename[:80]!r}… has a name too long for a disk")
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"the entry {entry.filename!r} is encrypted")
    if entry.compress_type not in _PACKINGS or entry.flag_bits & _PATCH:
        raise Unreadable(f"the entry {entry.filename!r} is neither stored nor deflated; pack it with deflate")
    if stat.S_IFMT(_mode(entry)) not in _KINDS:
        raise Unreadable(f"the entry {entry.filename!r} is a device, a pipe or a socket")


def _check_together(entries: Entries) -> None:
    """Each file needs a place of its own, on disks that do not tell capitals from small letters as well."""
    files: dict[str, zipfile.ZipInfo] = {}
    folders: set[str] = set()
    for entry in entries:
        name = place(entry).lower()
        folders.update(_folders_above(name, folders))
        if entry.is_dir():
            folders.add(name)
        elif name in files:
            raise Unreadable(_collision(files[name], entry))
        else:
            files[name] = entry
    if both := files.keys() & folders:
        raise Unreadable(f"the entry {files[min(both)].filename!r} is a file and a folder")


def _folders_above(name: str, folders: set[str]) -> Iterator[str]:
    """The folders an entry lies in, up to one of `folders`: those above that one are among them as well."""
    while (name := name.rpartition("/")[0]) and name not in folders:
        yield name


def _collision(first: zipfile.ZipInfo, second: zipfile.ZipInfo) -> str:
    if place(first) == place(second):
        return f"the entry {second.filename!r} is there twice"
    return f"the entries {first.filename!r} and {second.filename!r} differ only in case"


def _check_size(size: int, archive_size: int, free: int) -> None:
    if size > free - FREE_RESERVE:
        raise Unreadable(f"it would take {_megabytes(size)} unpacked, and {_megabytes(free)} of disk are free")
    if size > HARMLESS_SIZE and size > LARGEST_RATIO * archive_size:
        raise Unreadable(
            f"it would grow from {_megabytes(archive_size)} to {_megabytes(size)}, more than {LARGEST_RATIO} times"
        )


def _is_too_long(name: str) -> bool:
    length = _length(name)
    return length > LONGEST_NAME and (
        length > LONGEST_PATH or any(_length(part) > LONGEST_NAME for part in name.split("/"))
    )


def _mode(entry: zipfile.ZipInfo) -> int:
    return entry.external_attr >> 16 if entry.create_system == _UNIX else 0


def _length(name: str) -> int:
    return len(name.encode(errors="surrogateescape"))


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB"
