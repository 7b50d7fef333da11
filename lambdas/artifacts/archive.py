"""Zips of artifacts: packed quickly rather than tightly, unpacked only inside the folder they are meant for."""

from __future__ import annotations

import os
import shutil
import struct
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import packing
from lambdas.artifacts.directory import Unreadable, check, is_link, place, weigh
from lambdas.artifacts.unpacking import Reader, check_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Entries = Sequence[zipfile.ZipInfo]

_LONGEST_LINK = 4096
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeDecodeError)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip into `folder`, which must not exist yet; executable bits and symbolic links are kept.

    Raises:
        Unreadable: it is no zip, is damaged, would fill the disk, or an entry must not be unpacked. Links come last
            and are never written through.
    """
    try:
        weigh(archive)
        with archive.open("rb") as file, zipfile.ZipFile(file) as opened:
            entries = opened.infolist()
            check(entries, archive.stat().st_size, shutil.disk_usage(archive.parent).free)
            check_places(entries, opened.start_dir)
            _make_folders(entries, folder)
            reader = Reader(opened, file)
            reader.write_all([entry for entry in entries if not entry.is_dir() and not is_link(entry)], folder)
            _link_all(reader, [entry for entry in entries if is_link(entry)], folder)
    except _DAMAGE as error:
        raise Unreadable(f"it is no zip, or a damaged one ({error})") from error


def pack(folder: Path, target: Path) -> None:
    """Zip everything below `folder`; executable bits, symbolic links and empty folders are kept.

    Raises:
        Unpackable: something else lies there, such as a pipe.
    """
    packing.write(dict(_walk(folder)), target)


def _make_folders(entries: Entries, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in sorted({_folder_of(entry) for entry in entries}):
        os.makedirs(f"{folder}/{name}", exist_ok=True)  # noqa: PTH103 - there are many of them


def _folder_of(entry: zipfile.ZipInfo) -> str:
    """The folder that an entry is or lies in."""
    return place(entry) if entry.is_dir() else place(entry).rpartition("/")[0]


def _link_all(reader: Reader, entries: Entries, folder: Path) -> None:
    """Make the links, then look where each really leads: a link can lead through another one."""
    root = folder.resolve()
    for entry in entries:
        (folder / entry.filename).symlink_to(_target(reader, entry))
    for entry in entries:
        path = folder / entry.filename
        if path.readlink().is_absolute() or not Path(os.path.realpath(path)).is_relative_to(root):
            raise Unreadable(f"the link {entry.filename!r} leads out of the folder, to {str(path.readlink())!r}")


def _target(reader: Reader, entry: zipfile.ZipInfo) -> str:
    target = bytes(reader.content(entry)) if 0 < entry.file_size < _LONGEST_LINK > entry.compress_size else b""
    if not target or b"\0" in target:
        raise Unreadable(f"the link {entry.filename!r} leads nowhere")
    return os.fsdecode(target)


def _walk(folder: Path | str, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """The name and the path of everything that has to be named in a zip: files, links, empty folders."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            inner = list(_walk(entry.path, f"{name}/")) if entry.is_dir(follow_symlinks=False) else []
            yield from inner or [(name, Path(entry.path))]
