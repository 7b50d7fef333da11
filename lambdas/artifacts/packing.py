"""Writing zips: small files are deflated whole, several at a time, and written in the order of their names.

What is written depends on names, contents and executable bits alone: neither dates nor the number of threads show.
Memory is bounded: large files are streamed, and no more than `UNDER_WAY` bytes of small ones are held at once.
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from lambdas.artifacts import deflating, directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

THREADS = min(4, os.cpu_count() or 1)
LARGE = 32 * 1024**2
"""Files of more bytes are streamed; libdeflate takes a file as a whole."""
UNDER_WAY = 48 * 1024**2
"""The most bytes of files that are deflated, or wait to be written, at once."""

_BATCH = 1024 * 1024
"""The bytes that one thread takes at a time: handing over each small file alone costs more than to deflate it."""
_OVERHEAD = 4096
"""What an entry weighs besides its content, so that empty files are not held without end."""
_CHUNK = 1024 * 1024
_SHOWN = 80
_UNIX = 3
_PLAIN_SIZE = 1024**3
"""Files up to here fit into the sizes of a plain zip, however badly they pack."""
_KINDS = {stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}


class Unpackable(Exception):
    """Something lies in a folder that no zip can hold."""


@dataclass(frozen=True)
class Item:
    """What becomes an entry: its name in the zip, its path, and what the disk says of it."""

    name: str
    path: Path
    mode: int
    size: int

    @classmethod
    def at(cls, name: str, path: Path) -> Item:
        """Look at a path.

        Raises:
            Unpackable: no zip can hold what lies there.
        """
        if (length := len(os.fsencode(name))) > directory.LONGEST_PATH:
            raise Unpackable(f"{name[:_SHOWN]}… has {length} bytes, more than the {directory.LONGEST_PATH} of a path")
        status = path.lstat()
        if stat.S_IFMT(status.st_mode) not in _KINDS:
            raise Unpackable(f"{name} is neither a file nor a folder nor a link")
        return cls(name, path, status.st_mode, status.st_size)

    @property
    def is_large(self) -> bool:
        return stat.S_ISREG(self.mode) and self.size > LARGE

    @property
    def weight(self) -> int:
        """The bytes of memory it takes, about; a large one is not held."""
        return _OVERHEAD + (0 if self.is_large else self.size)


@dataclass(frozen=True)
class PackedEntry:
    """An entry, and the bytes that follow its header."""

    info: zipfile.ZipInfo
    data: deflating.Content


def write(files: Mapping[str, Path], target: Path) -> None:
    """Zip files, links and empty folders; `files` maps the name in the zip to the path.

    Raises:
        Unpackable: something else lies at one of the paths.
    """
    items = (Item.at(name, files[name]) for name in sorted(files))
    with (
        target.open("wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=deflating.LEVEL) as archive,
    ):
        for item in _in_order(items):
            if isinstance(item, PackedEntry):
                _append(archive, file, item)
            else:
                _stream(archive, item)


def _in_order(items: Iterable[Item]) -> Iterator[Item | PackedEntry]:
    """Each item, packed unless it is large, in the given order; threads are ahead of it by `UNDER_WAY` bytes."""
    waiting: deque[tuple[int, Future[list[Item | PackedEntry]]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for weight, batch in _batches(items):
            while waiting and weight + sum(other for other, _ in waiting) > UNDER_WAY:
                yield from waiting.popleft()[1].result()
            waiting.append((weight, pool.submit(_pack_all, batch)))
        while waiting:
            yield from waiting.popleft()[1].result()


def _batches(items: Iterable[Item]) -> Iterator[tuple[int, list[Item]]]:
    """Items in the given order, as many at a time as are worth a thread's while, with their weight."""
    weight, batch = 0, list[Item]()
    for item in items:
        if batch and weight + item.weight > _BATCH:
            yield weight, batch
            weight, batch = 0, []
        batch.append(item)
        weight += item.weight
    yield weight, batch


def _pack_all(batch: Iterable[Item]) -> list[Item | PackedEntry]:
    return [item if item.is_large else _pack(item) for item in batch]


def _pack(item: Item) -> PackedEntry:
    content = _content(item)
    data = deflating.compress(content)
    info = _info(item)
    info.file_size = len(content)
    info.CRC = deflating.checksum(content)
    if len(data) < len(content):
        info.compress_type = zipfile.ZIP_DEFLATED
    else:
        data = content
    info.compress_size = len(data)
    return PackedEntry(info, data)


def _content(item: Item) -> bytes:
    if stat.S_ISLNK(item.mode):
        return os.fsencode(item.path.readlink())
    if stat.S_ISDIR(item.mode):
        return b""
    with _open(item) as file:
        content = file.read(item.size + 1)
    if len(content) != item.size:
        raise Unpackable(f"{item.name} changes while it is packed")
    return content


def _open(item: Item) -> IO[bytes]:
    """The file that was looked at; if another thing lies there by now, it is neither followed nor waited for."""
    descriptor = os.open(item.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unpackable(f"{item.name} is no file any more")
    return os.fdopen(descriptor, "rb")


def _info(item: Item) -> zipfile.ZipInfo:
    """What a zip says of an entry: no time, and no permission but to execute."""
    info = zipfile.ZipInfo(f"{item.name}/" if stat.S_ISDIR(item.mode) else item.name)
    info.create_system = _UNIX
    info.external_attr = _mode(item.mode) << 16
    return info


def _mode(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return stat.S_IFLNK | 0o777
    return stat.S_IFMT(mode) | (0o755 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0o644)


def _append(archive: zipfile.ZipFile, file: IO[bytes], entry: PackedEntry) -> None:
    """Write an entry as it is. `zipfile` has no words for that: it is told where the next one may stand."""
    header = entry.info.FileHeader(zip64=False)
    entry.info.header_offset = archive.start_dir
    file.write(header)
    file.write(entry.data)
    archive.filelist.append(entry.info)
    archive.start_dir += len(header) + len(entry.data)


def _stream(archive: zipfile.ZipFile, item: Item) -> None:
    info = _info(item)
    info.compress_type = zipfile.ZIP_DEFLATED
    with _open(item) as source, archive.open(info, "w", force_zip64=item.size > _PLAIN_SIZE) as sink:
        shutil.copyfileobj(source, sink, _CHUNK)
