"""Zips of artifacts: packed quickly rather than tightly, unpacked only inside the folder they are meant for."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Entries = Sequence[zipfile.ZipInfo]

_LEVEL = 1
_UNIX = 3
_CHUNK = 1024 * 1024
_THREADS = 4


class Unreadable(Exception):
    """A file is no zip, or its entries do not stay inside the folder."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip into `folder`, which must not exist yet; executable bits and symbolic links are kept.

    Raises:
        Unreadable: it is no zip, is damaged, or an entry would lie outside the folder. Links come last and are
            never written through.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _checked(opened.infolist())
        _make_folders(entries, folder)
        _write_all(archive, [entry for entry in entries if not entry.is_dir() and not _is_link(entry)], folder)
        _link_all(archive, [entry for entry in entries if _is_link(entry)], folder)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Unreadable(f"it is no zip, or a damaged one ({error})") from error


def pack(folder: Path, target: Path) -> None:
    """Zip everything below `folder`; executable bits, symbolic links and empty folders are kept."""
    pack_files({path.relative_to(folder).as_posix(): path for path in _below(folder)}, target)


def pack_files(files: Mapping[str, Path], target: Path) -> None:
    """Zip files and empty folders; `files` maps the name in the zip to the path."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL, strict_timestamps=False) as archive:
        for name in sorted(files):
            _add(archive, name, files[name])


def _checked(entries: Entries) -> Entries:
    """The entries, if each has a place of its own inside the folder."""
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        name = PurePosixPath(entry.filename)
        if name.is_absolute() or ".." in name.parts or not name.parts:
            raise Unreadable(f"the entry {entry.filename!r} would lie outside the folder")
        folders.update(str(parent) for parent in name.parents)
        if entry.is_dir():
            folders.add(str(name))
        elif str(name) in files:
            raise Unreadable(f"the entry {entry.filename!r} is there twice")
        else:
            files.add(str(name))
    if both := files & folders:
        raise Unreadable(f"the entry {min(both)!r} is a file and a folder")
    return entries


def _make_folders(entries: Entries, folder: Path) -> None:
    paths = [folder / entry.filename if entry.is_dir() else (folder / entry.filename).parent for entry in entries]
    folder.mkdir(parents=True)
    for path in set(paths):
        path.mkdir(parents=True, exist_ok=True)


def _write_all(archive: Path, entries: Entries, folder: Path) -> None:
    """Inflating lets other threads work; each opens the zip for itself, since an open one is not shared safely."""
    threads = min(_THREADS, os.cpu_count() or 1)

    def write(share: Entries) -> None:
        with zipfile.ZipFile(archive) as opened:
            for entry in share:
                _write(opened, entry, folder / entry.filename)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(write, [entries[start::threads] for start in range(threads)]):
            pass


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    mode = 0o755 if (entry.external_attr >> 16) & stat.S_IXUSR else 0o644
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as sink, archive.open(entry) as source:
        shutil.copyfileobj(source, sink, _CHUNK)


def _link_all(archive: Path, entries: Entries, folder: Path) -> None:
    """Make the links, then look where each really leads: a link can lead through another one."""
    root = folder.resolve()
    with zipfile.ZipFile(archive) as opened:
        for entry in entries:
            (folder / entry.filename).symlink_to(os.fsdecode(opened.read(entry)))
    for entry in entries:
        path = folder / entry.filename
        if path.readlink().is_absolute() or not Path(os.path.realpath(path)).is_relative_to(root):
            raise Unreadable(f"the link {entry.filename!r} leads out of the folder, to {str(path.readlink())!r}")


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return entry.create_system == _UNIX and stat.S_ISLNK(entry.external_attr >> 16)


def _below(folder: Path) -> Iterator[Path]:
    """Everything below a folder that has to be named in a zip: files, links, empty folders."""
    found = sorted(folder.iterdir())
    for path in found:
        if path.is_symlink() or not path.is_dir():
            yield path
        else:
            inner = list(_below(path))
            yield from inner or [path]


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    if not path.is_symlink():
        archive.write(path, name)
        return
    entry = zipfile.ZipInfo(name)
    entry.create_system = _UNIX
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, os.fsencode(path.readlink()))
