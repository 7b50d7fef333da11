"""Reading zips: what fits into memory is inflated whole, several entries at a time; the rest is streamed."""

from __future__ import annotations

import os
import posixpath
import stat
import struct
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from lambdas.artifacts import deflating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Entries = Sequence[zipfile.ZipInfo]

THREADS = min(2, os.cpu_count() or 1)
"""More of them wait for each other's Python: four were slower than one, where two were faster."""
UNDER_WAY = 96 * 1024**2
"""The most bytes, packed and unpacked, that the threads hold together."""

_BATCH = 32
_CHUNK = 1024 * 1024
_HEADER = struct.Struct("<4s5H3L2H")
_UTF8 = 0x800


def check_places(entries: Entries, end: int) -> None:
    """See that no two entries share bytes, and that all end before the directory, which begins at `end`.

    Raises:
        BadZipFile: two do, as in a bomb that unpacks the same bytes again and again, or one lies elsewhere.
    """
    for entry in sorted(entries, key=lambda entry: entry.header_offset, reverse=True):
        if entry.header_offset < 0 or entry.header_offset + _HEADER.size + entry.compress_size > end:
            raise zipfile.BadZipFile(f"the entry {entry.filename!r} overlaps another one, or leaves the file")
        end = entry.header_offset


class Reader:
    """An open zip, read by several threads at once."""

    def __init__(self, archive: zipfile.ZipFile, file: IO[bytes]) -> None:
        self._archive = archive
        self._descriptor = file.fileno()
        self._lock = threading.Lock()

    def write_all(self, entries: Entries, folder: Path) -> None:
        """Write entries, all of them files, below `folder`, where their folders are.

        Raises:
            BadZipFile, zlib.error: one of them is damaged.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(lambda batch: self._write_batch(batch, folder), _batches(entries)):
                pass

    def content(self, entry: zipfile.ZipInfo) -> deflating.Content:
        """The content of an entry, as a whole.

        Raises:
            BadZipFile, zlib.error: it is damaged.
        """
        data = self._read(entry)
        is_stored = entry.compress_type == zipfile.ZIP_STORED
        content = data if is_stored else deflating.inflate(data, entry.file_size)
        if len(content) != entry.file_size or deflating.checksum(content) != entry.CRC:
            raise zipfile.BadZipFile(f"the content of {entry.filename!r} is not what was packed")
        return content

    def _read(self, entry: zipfile.ZipInfo) -> memoryview:
        """The bytes of an entry; the header before them says how long it is itself, and must name the same entry."""
        name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437")
        start = _HEADER.size + len(name)
        block = os.pread(self._descriptor, start + entry.compress_size, entry.header_offset)
        if len(block) < start or not block.startswith(b"PK\3\4") or block[_HEADER.size : start] != name:
            raise zipfile.BadZipFile(f"the entry {entry.filename!r} is not where the directory says")
        *_, name_length, extra_length = _HEADER.unpack_from(block)
        if extra_length:
            block += os.pread(self._descriptor, extra_length, entry.header_offset + len(block))
        data = memoryview(block)[start + extra_length :]
        if name_length != len(name) or len(data) != entry.compress_size:
            raise zipfile.BadZipFile(f"the entry {entry.filename!r} is cut off, or says of itself what is not so")
        return data

    def _write_batch(self, entries: Entries, folder: Path) -> None:
        for entry in entries:
            descriptor = _create(entry, folder)
            try:
                if entry.file_size + entry.compress_size > UNDER_WAY // THREADS:
                    self._stream(entry, descriptor)
                else:
                    _write(descriptor, self.content(entry))
            finally:
                os.close(descriptor)

    def _stream(self, entry: zipfile.ZipInfo, descriptor: int) -> None:
        """An open zip orders its reads itself, but not who opens and closes entries."""
        with self._lock:
            source = self._archive.open(entry)
        try:
            while chunk := source.read(_CHUNK):
                _write(descriptor, chunk)
        finally:
            with self._lock:
                source.close()
        if os.fstat(descriptor).st_size != entry.file_size:
            raise zipfile.BadZipFile(f"the content of {entry.filename!r} is shorter than what was packed")


def _batches(entries: Entries) -> Iterator[Entries]:
    """A few entries at a time, dealt out by size: no thread is left with all the large ones."""
    ordered = sorted(entries, key=lambda entry: entry.file_size, reverse=True)
    count = -(-len(ordered) // _BATCH)
    return (ordered[start::count] for start in range(count))


def _create(entry: zipfile.ZipInfo, folder: Path) -> int:
    """A descriptor of a new file; Python's own file objects cost more than to write what most files hold."""
    mode = 0o755 if (entry.external_attr >> 16) & stat.S_IXUSR else 0o644
    path = f"{folder}/{posixpath.normpath(entry.filename)}"
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)


def _write(descriptor: int, content: deflating.Content) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
