"""Zips of artifacts: packed quickly rather than tightly, unpacked only inside the folder they are meant for."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import threading
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TYPE_CHECKING

from directory import Unreadable, check, is_link, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Entries = Sequence[zipfile.ZipInfo]

_LEVEL = 1
_UNIX = 3
_CHUNK = 1024 * 1024
_THREADS = 4
_LONGEST_LINK = 4096
_PLAIN_SIZE = 1024**3
"""Files up to here fit into the sizes of a plain zip, however badly they pack."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeDecodeError)


class Unpackable(Exception):
    """Something lies in a folder that no zip can hold."""


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip into `folder`, which must not exist yet; executable bits and symbolic links are kept.

    Raises:
        Unreadable: it is no zip, is damaged, would fill the disk, or an entry must not be unpacked. Links come last
            and are never written through.
    """
    try:
        weigh(archive)
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            check(entries, archive.stat().st_size, shutil.disk_usage(archive.parent).free)
            _make_folders(entries, folder)
            _write_all(opened, [entry for entry in entries if not entry.is_dir() and not is_link(entry)], folder)
            _link_all(opened, [entry for entry in entries if is_link(entry)], folder)
    except _DAMAGE as error:
        raise Unreadable(f"it is no zip, or a damaged one ({error})") from error


def pack(folder: Path, target: Path) -> None:
    """Zip everything below `folder`; executable bits, symbolic links and empty folders are kept.

    Raises:
        Unpackable: something else lies there, such as a pipe.
    """
    pack_files({path.relative_to(folder).as_posix(): path for path in _below(folder)}, target)


def pack_files(files: Mapping[str, Path], target: Path) -> None:
    """Zip files and empty folders; `files` maps the name in the zip to the path."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted(files):
            _add(archive, name, files[name])


def _make_folders(entries: Entries, folder: Path) -> None:
    paths = [folder / entry.filename if entry.is_dir() else (folder / entry.filename).parent for entry in entries]
    folder.mkdir(parents=True)
    for path in set(paths):
        path.mkdir(parents=True, exist_ok=True)


def _write_all(archive: zipfile.ZipFile, entries: Entries, folder: Path) -> None:
    """Inflating lets other threads work; an open zip orders its reads itself, but not who opens and closes entries."""
    threads = min(_THREADS, os.cpu_count() or 1)
    lock = threading.Lock()

    def write(share: Entries) -> None:
        for entry in share:
            with lock:
                source = _opened(archive, entry)
            try:
                _write(source, entry, folder / entry.filename)
            finally:
                with lock:
                    source.close()

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(write, [entries[start::threads] for start in range(threads)]):
            pass


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """An entry, to be read; a damaged directory can place it before the beginning of the file."""
    try:
        return archive.open(entry)
    except OSError as error:
        raise zipfile.BadZipFile(f"the entry {entry.filename!r} is not where the directory says") from error


def _write(source: IO[bytes], entry: zipfile.ZipInfo, path: Path) -> None:
    mode = 0o755 if (entry.external_attr >> 16) & stat.S_IXUSR else 0o644
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as sink:
        shutil.copyfileobj(source, sink, _CHUNK)


def _link_all(archive: zipfile.ZipFile, entries: Entries, folder: Path) -> None:
    """Make the links, then look where each really leads: a link can lead through another one."""
    root = folder.resolve()
    for entry in entries:
        (folder / entry.filename).symlink_to(_target(archive, entry))
    for entry in entries:
        path = folder / entry.filename
        if path.readlink().is_absolute() or not Path(os.path.realpath(path)).is_relative_to(root):
            raise Unreadable(f"the link {entry.filename!r} leads out of the folder, to {str(path.readlink())!r}")


def _target(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with _opened(archive, entry) as source:
        target = source.read(_LONGEST_LINK)
    if not target or len(target) == _LONGEST_LINK or b"\0" in target:
        raise Unreadable(f"the link {entry.filename!r} leads nowhere")
    return os.fsdecode(target)


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
    """Add one entry. No time is kept and no permission but to execute: the same files are the same zip."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        archive.writestr(_entry(name, stat.S_IFLNK | 0o777), os.fsencode(path.readlink()))
    elif stat.S_ISDIR(mode):
        archive.writestr(_entry(f"{name}/", stat.S_IFDIR | 0o755), b"")
    elif stat.S_ISREG(mode):
        with path.open("rb") as source, archive.open(name, "w", force_zip64=_is_large(path)) as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
        permissions = 0o755 if mode & stat.S_IXUSR else 0o644
        archive.getinfo(name).external_attr = (stat.S_IFREG | permissions) << 16
    else:
        raise Unpackable(f"{name} is neither a file nor a folder nor a link")


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = _UNIX
    entry.external_attr = mode << 16
    return entry


def _is_large(path: Path) -> bool:
    return path.stat().st_size > _PLAIN_SIZE
