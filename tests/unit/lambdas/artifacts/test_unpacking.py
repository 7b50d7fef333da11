from __future__ import annotations

import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import archive, deflating, unpacking
from lambdas.artifacts.directory import Unreadable
from lambdas.artifacts.unpacking import Reader, check_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEGABYTE = 1024**2
CONTENT = b"content " * 1000
LOCAL, CENTRAL = b"PK\3\4", b"PK\1\2"


@pytest.fixture(params=["libdeflate", "zlib", "streamed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the ways an entry is read."""
    if request.param == "zlib":
        monkeypatch.setattr(deflating, "deflate", None)
    if request.param == "streamed":
        monkeypatch.setattr(unpacking, "UNDER_WAY", 0)
    return str(request.param)


def pack(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names:
            opened.writestr(name, CONTENT)
    return path


def alter(path: Path, signature: bytes, offset: int, value: bytes) -> Path:
    """The same zip with some bytes changed, `offset` behind the last of its records of a kind."""
    content = bytearray(path.read_bytes())
    start = content.rindex(signature) + offset
    content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


@contextmanager
def reading(path: Path) -> Iterator[tuple[Reader, list[zipfile.ZipInfo]]]:
    with path.open("rb") as file, zipfile.ZipFile(file) as opened:
        yield Reader(opened, file), opened.infolist()


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most bytes that were held since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_two_threads_hold_96_megabytes_together() -> None:
    assert min(2, os.cpu_count() or 1) == unpacking.THREADS
    assert unpacking.UNDER_WAY == 96 * MEGABYTE


def entry_at(offset: int, packed: int, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(str(offset))
    entry.header_offset, entry.compress_size, entry.file_size = offset, packed, size
    return entry


def test_neighbours_are_read_together_up_to_a_megabyte_and_the_heaviest_run_first() -> None:
    light = [entry_at(offset, MEGABYTE // 2, 1000) for offset in (0, MEGABYTE // 2)]
    heavy = [entry_at(offset, 1000, 2 * MEGABYTE) for offset in (MEGABYTE + 1, MEGABYTE + 2000)]
    lone = entry_at(2 * MEGABYTE, 3 * MEGABYTE, 3 * MEGABYTE)
    streamed = entry_at(2 * MEGABYTE - 1000, 100, 48 * MEGABYTE)

    assert unpacking._runs([lone, heavy[1], light[0], streamed, heavy[0], light[1]]) == [
        [streamed],
        heavy,
        [lone],
        light,
    ]
    assert unpacking._runs([]) == []


@pytest.mark.usefixtures("way")
def test_what_another_program_packed_comes_out(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("größe.txt")
    entry.extra = struct.pack("<2H4s", 0xCAFE, 4, b"more")
    with zipfile.ZipFile(tmp_path / "some.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(entry, CONTENT)
        opened.writestr("stored", CONTENT, zipfile.ZIP_STORED)
        opened.writestr("nothing", b"")
        last = zipfile.ZipInfo("folder/more")
        last.extra = entry.extra
        opened.writestr(last, CONTENT)

    archive.unpack(tmp_path / "some.zip", tmp_path / "out")

    files = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert files == {"größe.txt": CONTENT, "stored": CONTENT, "nothing": b"", "folder/more": CONTENT}


@pytest.mark.usefixtures("way")
def test_many_entries_are_all_written(tmp_path: Path) -> None:
    names = {str(number) for number in range(100)}
    packed = pack(tmp_path / "some.zip", *names)

    archive.unpack(packed, tmp_path / "out")

    assert {path.name for path in (tmp_path / "out").iterdir()} == names


@pytest.mark.usefixtures("way")
def test_a_name_in_the_old_encoding_of_zips_is_found(tmp_path: Path) -> None:
    packed = pack(tmp_path / "some.zip", "aa")
    for signature, offset in ((LOCAL, 30), (CENTRAL, 46)):
        alter(packed, signature, offset, "aü".encode("cp437"))

    archive.unpack(packed, tmp_path / "out")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["aü"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("signature", "offset", "value"),
    [
        (CENTRAL, 16, b"\0\0\0\0"),
        (CENTRAL, 24, struct.pack("<L", len(CONTENT) + 1)),
        (CENTRAL, 24, struct.pack("<L", len(CONTENT) - 1)),
        (CENTRAL, 20, struct.pack("<L", 5)),
        (LOCAL, 30, b"b"),
        (LOCAL, 0, b"KP"),
    ],
    ids=["checksum", "too short", "too long", "cut off", "another name", "no header"],
)
def test_an_entry_that_is_not_what_the_directory_says_is_refused(
    tmp_path: Path, signature: bytes, offset: int, value: bytes
) -> None:
    bad = alter(pack(tmp_path / "bad.zip", "a"), signature, offset, value)

    with pytest.raises(Unreadable, match="damaged"):
        archive.unpack(bad, tmp_path / "out")


@pytest.mark.parametrize(
    ("signature", "offset", "value", "words"),
    [
        (CENTRAL, 16, b"\0\0\0\0", "the content of 'ab' is not what was packed"),
        (LOCAL, 30, b"b", "the entry 'ab' is not where the directory says"),
        (LOCAL, 0, b"KP", "the entry 'ab' is not where the directory says"),
        (CENTRAL, 42, struct.pack("<L", 10_000_000), "the entry 'ab' is not where the directory says"),
        (LOCAL, 26, struct.pack("<H", 1), "the entry 'ab' is cut off, or says of itself what is not so"),
        (LOCAL, 28, struct.pack("<H", 60_000), "the entry 'ab' is cut off, or says of itself what is not so"),
        (CENTRAL, 20, struct.pack("<L", 100_000), "the entry 'ab' is cut off, or says of itself what is not so"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told(
    tmp_path: Path, signature: bytes, offset: int, value: bytes, words: str
) -> None:
    bad = alter(pack(tmp_path / "bad.zip", "ab"), signature, offset, value)

    with reading(bad) as (reader, [entry]), pytest.raises(zipfile.BadZipFile, match=f"^{words}$"):
        reader.content(entry)


def test_a_stored_entry_of_another_size_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as opened:
        opened.writestr("a", CONTENT)
    bad = alter(tmp_path / "bad.zip", CENTRAL, 24, struct.pack("<L", len(CONTENT) + 1))

    with reading(bad) as (reader, [entry]), pytest.raises(zipfile.BadZipFile, match="is not what was packed"):
        reader.content(entry)


def test_content_that_cannot_be_inflated_is_refused(tmp_path: Path) -> None:
    bad = alter(pack(tmp_path / "bad.zip", "a"), LOCAL, 31, b"\xff" * 8)

    with reading(bad) as (reader, [entry]), pytest.raises(zlib.error):
        reader.content(entry)


def test_a_streamed_entry_that_ends_early_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNDER_WAY", 0)
    bad = alter(pack(tmp_path / "bad.zip", "a"), CENTRAL, 24, struct.pack("<L", len(CONTENT) + 1))

    with reading(bad) as (reader, entries), pytest.raises(zipfile.BadZipFile) as caught:
        reader.write_all(entries, tmp_path)

    assert str(caught.value) == "the content of 'a' is shorter than what was packed"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("packed", "unpacked"), [(0o100644, 0o644), (0o100755, 0o755), (0o100100, 0o755), (0o677, 0o644)]
)
def test_a_file_that_its_owner_may_execute_can_be_executed(tmp_path: Path, packed: int, unpacked: int) -> None:
    entry = zipfile.ZipInfo("a")
    entry.external_attr = packed << 16
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as opened:
        opened.writestr(entry, CONTENT)
    umask = os.umask(0)

    try:
        archive.unpack(tmp_path / "some.zip", tmp_path / "out")
    finally:
        os.umask(umask)

    assert stat.S_IMODE((tmp_path / "out" / "a").stat().st_mode) == unpacked


def test_a_file_that_is_there_is_neither_replaced_nor_written_through_a_link(tmp_path: Path) -> None:
    packed = pack(tmp_path / "some.zip", "a")
    (tmp_path / "a").symlink_to("elsewhere")

    with reading(packed) as (reader, entries), pytest.raises(FileExistsError):
        reader.write_all(entries, tmp_path)

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("streamed", [True, False])
def test_every_file_is_closed_also_one_that_is_damaged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    streamed: bool,  # noqa: FBT001 - a table
) -> None:
    if streamed:
        monkeypatch.setattr(unpacking, "UNDER_WAY", 0)
    good = pack(tmp_path / "good.zip", *map(str, range(10)))
    bad = alter(pack(tmp_path / "bad.zip", "a"), CENTRAL, 16, b"\0\0\0\0")
    before = len(list(Path("/proc/self/fd").iterdir()))

    archive.unpack(good, tmp_path / "good")
    with pytest.raises(Unreadable):
        archive.unpack(bad, tmp_path / "bad")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("offset", [0, 2**31])
def test_entries_that_share_bytes_or_lie_beyond_the_end_are_refused(tmp_path: Path, offset: int) -> None:
    bad = alter(pack(tmp_path / "bad.zip", "a", "b"), CENTRAL, 42, struct.pack("<L", offset))

    with pytest.raises(Unreadable, match="overlaps another one, or leaves the file"):
        archive.unpack(bad, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def at(offset: int, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"at {offset}")
    entry.header_offset, entry.compress_size = offset, size
    return entry


@pytest.mark.parametrize("entries", [[at(0, 10), at(40, 20)], [at(40, 20), at(0, 10)], [at(0, 60)], []])
def test_entries_that_lie_side_by_side_are_taken_in_any_order(entries: list[zipfile.ZipInfo]) -> None:
    check_places(entries, 90)


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ([at(0, 11), at(40, 20)], "at 0"),
        ([at(40, 20), at(0, 11)], "at 0"),
        ([at(0, 10), at(40, 21)], "at 40"),
        ([at(-1, 0)], "at -1"),
        ([at(5, 1), at(5, 1)], "at 5"),
    ],
)
def test_entries_that_do_not_are_refused_by_name(entries: list[zipfile.ZipInfo], name: str) -> None:
    with pytest.raises(zipfile.BadZipFile, match=f"^the entry '{name}' overlaps another one, or leaves the file$"):
        check_places(entries, 90)


def test_a_large_entry_is_never_held_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    monkeypatch.setattr(unpacking, "UNDER_WAY", MEGABYTE)
    with zipfile.ZipFile(tmp_path / "some.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr("a", memoryview(bytes(12 * MEGABYTE)))
    tracemalloc.reset_peak()

    archive.unpack(tmp_path / "some.zip", tmp_path / "out")

    assert (tmp_path / "out" / "a").stat().st_size == 12 * MEGABYTE
    assert peak() < 6 * MEGABYTE


@pytest.mark.parametrize(("size", "is_held"), [(50, True), (51, False)])
def test_what_a_thread_may_hold_counts_packed_and_unpacked_bytes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    is_held: bool,  # noqa: FBT001 - a table
) -> None:
    monkeypatch.setattr(unpacking, "UNDER_WAY", 100 * unpacking.THREADS)
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as opened:
        opened.writestr("a", bytes(size))
    streams: list[str] = []
    monkeypatch.setattr(Reader, "_stream", lambda _reader, entry, _descriptor: streams.append(entry.filename))

    archive.unpack(tmp_path / "some.zip", tmp_path / "out")

    assert streams == ([] if is_held else ["a"])


@pytest.mark.usefixtures("way")
def test_no_more_is_inflated_than_the_directory_says(tmp_path: Path, peak: Callable[[], int]) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr("a", bytes(12 * MEGABYTE))
    bomb = alter(tmp_path / "bomb.zip", CENTRAL, 24, struct.pack("<L", 10))
    tracemalloc.reset_peak()

    with pytest.raises(Unreadable, match="damaged"):
        archive.unpack(bomb, tmp_path / "out")

    assert peak() < 4 * MEGABYTE
    assert (tmp_path / "out" / "a").stat().st_size <= 10


def test_all_of_a_content_is_written_however_little_the_disk_takes_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:1000]))
    packed = pack(tmp_path / "some.zip", "a")

    archive.unpack(packed, tmp_path / "out")

    assert (tmp_path / "out" / "a").read_bytes() == CONTENT
