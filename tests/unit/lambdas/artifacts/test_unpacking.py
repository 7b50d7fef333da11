from __future__ import annotations

import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import archive, deflating, unpacking

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1024**2
CONTENT = b"content " * 1000


@pytest.fixture(params=["libdeflate", "zlib", "streamed"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the ways an entry is read."""
    if request.param == "zlib":
        monkeypatch.setattr(deflating, "deflate", None)
    if request.param == "streamed":
        monkeypatch.setattr(unpacking, "UNDER_WAY", 0)
    return str(request.param)


def packed(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names:
            opened.writestr(name, CONTENT)
    return path


def altered(path: Path, signature: bytes, offset: int, value: bytes) -> Path:
    """The same zip with some bytes changed, `offset` behind the last of its records of a kind."""
    content = bytearray(path.read_bytes())
    start = content.rindex(signature) + offset
    content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


LOCAL, CENTRAL = b"PK\3\4", b"PK\1\2"


def test_what_another_program_packed_comes_out(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("größe.txt")
    entry.extra = struct.pack("<2H4s", 0xCAFE, 4, b"more")
    with zipfile.ZipFile(tmp_path / "some.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(entry, CONTENT)
        opened.writestr("stored", CONTENT, zipfile.ZIP_STORED)
        opened.writestr("nothing", b"")

    archive.unpack(tmp_path / "some.zip", tmp_path / "out")

    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert found == {"größe.txt": CONTENT, "stored": CONTENT, "nothing": b""}


@pytest.mark.parametrize(
    ("signature", "offset", "value"),
    [
        (CENTRAL, 16, b"\0\0\0\0"),
        (CENTRAL, 24, struct.pack("<L", len(CONTENT) + 1)),
        (CENTRAL, 20, struct.pack("<L", 5)),
        (LOCAL, 30, b"b"),
        (LOCAL, 0, b"KP"),
    ],
    ids=["checksum", "too short", "cut off", "another name", "no header"],
)
def test_an_entry_that_is_not_what_the_directory_says_is_refused(
    tmp_path: Path, signature: bytes, offset: int, value: bytes
) -> None:
    bad = altered(packed(tmp_path / "bad.zip", "a"), signature, offset, value)

    with pytest.raises(archive.Unreadable, match="damaged"):
        archive.unpack(bad, tmp_path / "out")


@pytest.mark.parametrize("offset", [0, 2**31])
def test_entries_that_share_bytes_or_lie_beyond_the_end_are_refused(tmp_path: Path, offset: int) -> None:
    bad = altered(packed(tmp_path / "bad.zip", "a", "b"), CENTRAL, 42, struct.pack("<L", offset))

    with pytest.raises(archive.Unreadable, match="overlaps another one, or leaves the file"):
        archive.unpack(bad, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_large_entry_is_never_held_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "UNDER_WAY", MEGABYTE)
    with zipfile.ZipFile(tmp_path / "some.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a", bytes(64 * MEGABYTE))
    tracemalloc.start()

    try:
        archive.unpack(tmp_path / "some.zip", tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (tmp_path / "out" / "a").stat().st_size == 64 * MEGABYTE
    assert peak < 16 * MEGABYTE


def test_no_more_is_inflated_than_the_directory_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a", bytes(64 * MEGABYTE))
    bomb = altered(tmp_path / "bomb.zip", CENTRAL, 24, struct.pack("<L", 10))
    tracemalloc.start()

    try:
        with pytest.raises(archive.Unreadable, match="damaged"):
            archive.unpack(bomb, tmp_path / "out")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 8 * MEGABYTE
    assert (tmp_path / "out" / "a").stat().st_size <= 10


@pytest.mark.parametrize(("flag", "words"), [(0x41, "is encrypted"), (0x20, "neither stored nor deflated")])
def test_an_entry_that_only_another_program_can_read_is_refused(tmp_path: Path, flag: int, words: str) -> None:
    bad = altered(packed(tmp_path / "bad.zip", "a"), CENTRAL, 8, struct.pack("<H", flag))

    with pytest.raises(archive.Unreadable, match=words):
        archive.unpack(bad, tmp_path / "out")

    assert not (tmp_path / "out").exists()
