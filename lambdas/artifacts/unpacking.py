"""Reading zips: what fits into memory is inflated whole, several entries at a time; the rest is streamed.

Entries that lie beside each other are read together: most files are so small that a request costs more than its bytes.
"""

from __future__ import annotations

import os
import stat
import struct
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from lambdas.artifacts import deflating
from lambdas.artifacts.directory import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Entries = Sequence[zipfile.ZipInfo]

THREADS = min(2, os.cpu_count() or 1)
"""More of them wait for each other's Python: four were slower than one, where two were faster."""
UNDER_WAY = 96 * 1024**2
"""The most bytes, packed and unpacked, that the threads hold together."""

_LONGEST_RUN = 1024 * 1024
"""The most bytes of the zip that are read together, unless an entry alone has more."""
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
            for _ in pool.map(lambda run: self._write_run(run, str(folder)), _runs(entries)):
                pass

    def content(self, entry: zipfile.ZipInfo) -> deflating.Content:
        """The content of an entry, as a whole.

        Raises:
            BadZipFile, zlib.error: it is damaged.
        """
        return self._content(entry, self._read([entry]), 0)

    def _content(self, entry: zipfile.ZipInfo, block: bytes, offset: int) -> deflating.Content:
        data = self._packed(entry, block, offset)
        is_stored = entry.compress_type == zipfile.ZIP_STORED
        content = data if is_stored else deflating.inflate(data, entry.file_size)
        if len(content) != entry.file_size or deflating.checksum(content) != entry.CRC:
            raise zipfile.BadZipFile(f"the content of {entry.filename!r} is not what was packed")
        return content

    def _read(self, run: Entries) -> bytes:
        """The zip from the header of the first entry to the end of the last one, if its header has no extra field."""
        first, last = run[0], run[-1]
        end = last.header_offset + _HEADER.size + len(_name(last)) + last.compress_size
        return os.pread(self._descriptor, end - first.header_offset, first.header_offset)

    def _packed(self, entry: zipfile.ZipInfo, block: bytes, offset: int) -> memoryview:
        """The bytes of an entry whose header lies at `offset` of a block.

        The header says how long it is itself, and must name the same entry.
        """
        name, begin = _name(entry), offset + _HEADER.size
        start = begin + len(name)
        if len(block) < start or not block.startswith(b"PK\3\4", offset) or block[begin:start] != name:
            raise zipfile.BadZipFile(f"the entry {entry.filename!r} is not where the directory says")
        *_, name_length, extra_length = _HEADER.unpack_from(block, offset)
        end = start + extra_length + entry.compress_size
        if len(block) < end:
            block = block[offset:] + os.pread(
                self._descriptor, end - len(block), entry.header_offset + len(block) - offset
            )
            start, end = start - offset, end - offset
        data = memoryview(block)[start + extra_length : end]
        if name_length != len(name) or len(data) != entry.compress_size:
            raise zipfile.BadZipFile(f"the entry {entry.filename!r} is cut off, or says of itself what is not so")
        return data

    def _write_run(self, run: Entries, folder: str) -> None:
        begin, is_large = run[0].header_offset, _is_large(run[0])
        block = b"" if is_large else self._read(run)
        for entry in run:
            descriptor = _create(entry, folder)
            try:
                if is_large:
                    self._stream(entry, descriptor)
                else:
                    _write(descriptor, self._content(entry, block, entry.header_offset - begin))
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


def _runs(entries: Entries) -> list[Entries]:
    """Neighbours in the zip that are read together, the heaviest first: no thread is left with all of these.

    What is streamed is a run of its own.
    """
    runs: list[list[zipfile.ZipInfo]] = []
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        run = runs[-1] if runs else []
        if run and _span(run[0], entry) <= _LONGEST_RUN and not _is_large(run[0]) and not _is_large(entry):
            run.append(entry)
        else:
            runs.append([entry])
    return sorted(runs, key=lambda run: sum(entry.file_size for entry in run), reverse=True)


def _span(first: zipfile.ZipInfo, last: zipfile.ZipInfo) -> int:
    return last.header_offset + last.compress_size - first.header_offset


def _is_large(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is streamed, since it would not fit into a thread's share of memory."""
    return entry.file_size + entry.compress_size > UNDER_WAY // THREADS


def _name(entry: zipfile.ZipInfo) -> bytes:
    """The name as it stands in the zip."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437")


def _create(entry: zipfile.ZipInfo, folder: str) -> int:
    """A descriptor of a new file; Python's own file objects cost more than to write what most files hold."""
    mode = 0o755 if (entry.external_attr >> 16) & stat.S_IXUSR else 0o644
    return os.open(f"{folder}/{place(entry)}", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)


def _write(descriptor: int, content: deflating.Content) -> None:
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])
