from __future__ import annotations

import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import directory
from lambdas.artifacts.directory import Unreadable, check, is_link, weigh

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1024**2
PLENTY = 1024 * MEGABYTE
DOS, UNIX = 0, 3
ZIP64_END_SIZE = 56


def entry(name: str, size: int = 0, mode: int = 0, system: int = UNIX) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = system
    info.external_attr = mode << 16
    info.file_size = size
    return info


def end(count: int, size: int, comment: bytes = b"") -> bytes:
    """The end of a plain zip."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, count, size, 0, len(comment)) + comment


def end_64(count: int, size: int, comment: bytes = b"") -> bytes:
    """The end of a zip64: its own end, the locator of that, which lies here, and an end that knows nothing."""
    own = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, count, size, 0)
    return own + struct.pack("<4sLQL", b"PK\6\7", 0, 2**60, 1) + end(2**16 - 1, 2**32 - 1, comment)


def test_the_limits_are_those_of_the_functions_memory_and_of_disks() -> None:
    assert directory.MOST_ENTRIES == 200_000
    assert directory.LARGEST_DIRECTORY == 32 * MEGABYTE
    assert directory.LARGEST_RATIO == 200
    assert directory.HARMLESS_SIZE == 256 * MEGABYTE
    assert directory.FREE_RESERVE == 64 * MEGABYTE
    assert (directory.LONGEST_NAME, directory.LONGEST_PATH) == (255, 1024)


@pytest.mark.parametrize("before", [b"", b"entries" * 20_000], ids=["nothing before", "entries before"])
@pytest.mark.parametrize("comment", [b"", b"a" * 40, b"x" * (2**16 - 1)], ids=["bare", "commit", "longest comment"])
def test_what_the_end_announces_is_weighed_wherever_it_lies(tmp_path: Path, before: bytes, comment: bytes) -> None:
    archive = tmp_path / "some.zip"

    archive.write_bytes(before + end(1, 32 * MEGABYTE, comment))
    weigh(archive)
    archive.write_bytes(before + end(1, 32 * MEGABYTE + 1, comment))
    with pytest.raises(
        Unreadable, match=r"^its directory takes 33554433 bytes, more than the 33554432 that are allowed"
    ):
        weigh(archive)
    archive.write_bytes(before + end_64(200_000, 1, comment))
    weigh(archive)
    archive.write_bytes(before + end_64(200_001, 1, comment))
    with pytest.raises(Unreadable, match=r"^it holds 200001 entries, more than the 200000 that are allowed"):
        weigh(archive)


def test_the_size_of_a_large_directory_is_that_of_its_own_end(tmp_path: Path) -> None:
    archive = tmp_path / "some.zip"
    archive.write_bytes(end_64(7, 2**40))

    with pytest.raises(Unreadable, match=f"its directory takes {2**40} bytes"):
        weigh(archive)


def test_the_entries_of_a_plain_zip_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "some.zip"
    monkeypatch.setattr(directory, "MOST_ENTRIES", 7)

    archive.write_bytes(end(7, 1))
    weigh(archive)
    archive.write_bytes(end(8, 1))
    with pytest.raises(Unreadable, match="it holds 8 entries"):
        weigh(archive)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="no zip"),
        pytest.param(end(1, 2**32 - 1)[:-1], id="cut off"),
        pytest.param(b"before" + end(1, 2**32 - 1)[:-1], id="cut off, with something before"),
        pytest.param(b"PK\5\6", id="a beginning of an end"),
    ],
)
def test_what_has_no_end_weighs_nothing_and_is_found_out_when_it_is_read(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "some.zip"
    archive.write_bytes(content)

    weigh(archive)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(end_64(7, 1)[1:], id="its first byte is missing"),
        pytest.param(b"before" + end_64(7, 1).replace(b"PK\6\6", b"PK\6\5"), id="another record"),
    ],
)
def test_a_locator_without_an_end_of_its_own_leaves_what_the_plain_end_says(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "some.zip"
    archive.write_bytes(content)

    with pytest.raises(Unreadable, match=f"its directory takes {2**32 - 1} bytes"):
        weigh(archive)


def test_no_more_entries_are_checked_than_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_ENTRIES", 2)

    check([entry("a"), entry("b")], 1, PLENTY)

    with pytest.raises(Unreadable, match=r"^it holds 3 entries, more than the 2 that are allowed"):
        check([entry("a"), entry("b"), entry("c")], 1, PLENTY)


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "a/../b", "..", "./", "."])
def test_an_entry_that_would_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match=f"^the entry '{name}' would lie outside the folder"):
        check([entry("good"), entry(name)], 1, PLENTY)


@pytest.mark.parametrize("name", ["a", "..a", "a..", "...", "a/b/c.txt", "./a", "a//b", " ", "a\\..\\b"])
def test_an_entry_that_stays_inside_is_taken(name: str) -> None:
    check([entry(name)], 1, PLENTY)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 255,
        "é" * 127 + "x",
        "\udcff" * 255,
        "/".join(["x" * 255, "y" * 255, "z" * 255, "w" * 255]) + "/",
        "/".join(["x" * 255, "y" * 255, "z" * 255, "w" * 254, "v"]),
    ],
)
def test_a_name_as_long_as_a_disk_takes_it_is_taken(name: str) -> None:
    check([entry(name)], 1, PLENTY)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 256,
        "é" * 128,
        "a/" + "x" * 256 + "/b",
        "/".join(["x" * 255, "y" * 255, "z" * 255, "w" * 255, "v"]),
    ],
)
def test_a_longer_name_is_refused_and_its_beginning_told(name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        check([entry(name)], 1, PLENTY)

    assert str(caught.value) == f"the entry {name[:80]!r}… has a name too long for a disk"


@pytest.mark.parametrize("flags", [0x01, 0x40, 0x41])
def test_an_encrypted_entry_is_refused(flags: int) -> None:
    secret = entry("secret.txt")
    secret.flag_bits = flags

    with pytest.raises(Unreadable, match=r"^the entry 'secret\.txt' is encrypted$"):
        check([secret], 1, PLENTY)


@pytest.mark.parametrize(
    ("packing", "flags"), [(zipfile.ZIP_BZIP2, 0), (zipfile.ZIP_LZMA, 0), (9, 0), (zipfile.ZIP_DEFLATED, 0x20)]
)
def test_an_entry_that_is_packed_in_another_way_is_refused(packing: int, flags: int) -> None:
    odd = entry("a.txt")
    odd.compress_type, odd.flag_bits = packing, flags

    with pytest.raises(Unreadable, match=r"^the entry 'a\.txt' is neither stored nor deflated; pack it with deflate$"):
        check([odd], 1, PLENTY)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("flags", [0, 0x800, 0x08, 0x06])
def test_a_stored_or_deflated_entry_is_taken_whatever_else_its_flags_say(packing: int, flags: int) -> None:
    good = entry("a.txt")
    good.compress_type, good.flag_bits = packing, flags

    check([good], 1, PLENTY)


@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_a_device_a_pipe_or_a_socket_is_refused(kind: int) -> None:
    with pytest.raises(Unreadable, match=r"^the entry 'odd' is a device, a pipe or a socket$"):
        check([entry("odd", mode=kind | 0o644)], 1, PLENTY)


@pytest.mark.parametrize("kind", [0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK])
def test_a_file_a_folder_and_a_link_are_taken(kind: int) -> None:
    check([entry("some", mode=kind | 0o644)], 1, PLENTY)


def test_another_system_than_unix_says_nothing_by_a_mode() -> None:
    check([entry("odd", mode=stat.S_IFIFO, system=DOS)], 1, PLENTY)

    assert not is_link(entry("odd", mode=stat.S_IFLNK, system=DOS))


@pytest.mark.parametrize(
    ("kind", "expected"), [(stat.S_IFLNK, True), (stat.S_IFREG, False), (stat.S_IFDIR, False), (0, False)]
)
def test_a_link_is_told_by_its_mode(kind: int, expected: bool) -> None:  # noqa: FBT001 - a table
    assert is_link(entry("some", mode=kind | 0o777)) is expected


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.txt", "b.txt", "a.txt"], "the entry 'a.txt' is there twice"),
        (["a.txt", "./a.txt"], "the entry './a.txt' is there twice"),
        (["docs/Readme", "Docs/README"], "the entries 'docs/Readme' and 'Docs/README' differ only in case"),
        (["a", "a/b"], "the entry 'a' is a file and a folder"),
        (["a/b", "a"], "the entry 'a' is a file and a folder"),
        (["A", "a/"], "the entry 'A' is a file and a folder"),
        (["x/y/1", "x/y/2", "x"], "the entry 'x' is a file and a folder"),
        (["b", "b/1", "a", "a/1"], "the entry 'a' is a file and a folder"),
    ],
)
def test_two_things_at_one_place_are_refused(names: list[str], words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        check([entry(name) for name in names], 1, PLENTY)

    assert str(caught.value) == words


def test_folders_may_be_named_again_and_may_be_left_out() -> None:
    check([entry(name) for name in ("a/", "A/", "a/b/", "a/b/1", "a/b/2", "a/1", "c/d/e/f")], 1, PLENTY)


def test_the_work_keeps_some_of_the_disk_to_itself() -> None:
    entries = [entry("a", 100 * MEGABYTE), entry("b", 100 * MEGABYTE)]

    check(entries, 10 * MEGABYTE, 264 * MEGABYTE)

    with pytest.raises(Unreadable, match=r"^it would take 200 MB unpacked, and 264 MB of disk are free$"):
        check(entries, 10 * MEGABYTE, 264 * MEGABYTE - 1)


def test_a_small_zip_may_grow_as_it_likes() -> None:
    check([entry("a", 256 * MEGABYTE)], 1, PLENTY)

    with pytest.raises(Unreadable, match=r"^it would grow from 0 MB to 256 MB, more than 200 times$"):
        check([entry("a", 256 * MEGABYTE + 1)], 1, PLENTY)


def test_a_large_zip_may_grow_two_hundred_times() -> None:
    check([entry("a", 2000 * MEGABYTE)], 10 * MEGABYTE, 10 * PLENTY)

    with pytest.raises(Unreadable, match=r"^it would grow from 10 MB to 2,000 MB, more than 200 times$"):
        check([entry("a", 2000 * MEGABYTE + 1)], 10 * MEGABYTE, 10 * PLENTY)
