from __future__ import annotations

import os
import stat
import threading
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import deflating, packing
from lambdas.artifacts.packing import Item, Unpackable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MEGABYTE = 1024**2


@pytest.fixture(params=["libdeflate", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways to deflate; the second is for machines that libdeflate has no wheel for."""
    if request.param == "zlib":
        monkeypatch.setattr(deflating, "deflate", None)
    return str(request.param)


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most bytes that were held since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def make_tree(folder: Path) -> dict[str, Path]:
    """Small files, large ones and what does not get smaller, in an order that is not that of their names."""
    folder.mkdir()
    contents = {f"{number:03}": os.urandom(number) + b"text " * number * 40 for number in range(60, 0, -1)}
    contents |= {"050-large": b"large " * 50_000, "random": os.urandom(30_000), "nothing": b""}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def entry_of(path: Path, name: str) -> zipfile.ZipInfo:
    with zipfile.ZipFile(path) as opened:
        return opened.getinfo(name)


def test_the_sizes_that_bound_memory_are_chosen_for_the_smallest_function() -> None:
    assert min(4, os.cpu_count() or 1) == packing.THREADS
    assert (packing.LARGE, packing.UNDER_WAY) == (32 * MEGABYTE, 48 * MEGABYTE)
    assert (packing._BATCH, packing._CHUNK, packing._OVERHEAD) == (MEGABYTE, MEGABYTE, 4096)
    assert packing._PLAIN_SIZE == 1024 * MEGABYTE


@pytest.mark.usefixtures("library")
def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_tree(tmp_path / "tree")
    monkeypatch.setattr(packing, "LARGE", 100_000)
    monkeypatch.setattr(packing, "_BATCH", 50_000)

    for threads in (1, 4):
        monkeypatch.setattr(packing, "THREADS", threads)
        packing.write(files, tmp_path / f"{threads}.zip")

    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "4.zip").read_bytes()


@pytest.mark.usefixtures("library")
def test_what_is_written_is_a_zip_with_its_names_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = make_tree(tmp_path / "tree")
    monkeypatch.setattr(packing, "LARGE", 100_000)

    packing.write(files, tmp_path / "ours.zip")

    with zipfile.ZipFile(tmp_path / "ours.zip") as opened:
        assert opened.testzip() is None
        assert opened.namelist() == sorted(files)
        assert {name: opened.read(name) for name in files} == {name: path.read_bytes() for name, path in files.items()}
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in opened.infolist()} == {3}


@pytest.mark.parametrize(("content", "packed"), [(b"text " * 1000, zipfile.ZIP_DEFLATED), (b"", zipfile.ZIP_STORED)])
def test_content_is_deflated_where_that_makes_it_smaller(tmp_path: Path, content: bytes, packed: int) -> None:
    (tmp_path / "file").write_bytes(content)

    packing.write({"file": tmp_path / "file"}, tmp_path / "ours.zip")

    entry = entry_of(tmp_path / "ours.zip", "file")
    assert entry.compress_type == packed
    assert (entry.file_size, entry.CRC) == (len(content), zlib.crc32(content))


def test_content_that_does_not_get_smaller_is_stored(tmp_path: Path) -> None:
    (tmp_path / "random").write_bytes(os.urandom(10_000))

    packing.write({"random": tmp_path / "random"}, tmp_path / "ours.zip")

    entry = entry_of(tmp_path / "ours.zip", "random")
    assert (entry.compress_type, entry.compress_size) == (zipfile.ZIP_STORED, 10_000)


def test_content_that_stays_as_large_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"content")
    monkeypatch.setattr(deflating, "compress", lambda content: bytes(len(content)))

    packing.write({"file": tmp_path / "file"}, tmp_path / "ours.zip")

    assert entry_of(tmp_path / "ours.zip", "file").compress_type == zipfile.ZIP_STORED
    assert zipfile.ZipFile(tmp_path / "ours.zip").read("file") == b"content"


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize(
    ("mode", "packed"),
    [
        (0o644, stat.S_IFREG | 0o644),
        (0o600, stat.S_IFREG | 0o644),
        (0o666, stat.S_IFREG | 0o644),
        (0o755, stat.S_IFREG | 0o755),
        (0o700, stat.S_IFREG | 0o755),
        (0o655, stat.S_IFREG | 0o644),
        (0o4755, stat.S_IFREG | 0o755),
    ],
)
def test_of_the_mode_of_a_file_only_its_owners_right_to_execute_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    packed: int,
    large: bool,  # noqa: FBT001 - a table
) -> None:
    monkeypatch.setattr(packing, "LARGE", 0 if large else MEGABYTE)
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "file").chmod(mode)

    packing.write({"file": tmp_path / "file"}, tmp_path / "ours.zip")

    assert entry_of(tmp_path / "ours.zip", "file").external_attr == packed << 16


def test_a_folder_and_a_link_are_kept_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "file").chmod(0o755)
    (tmp_path / "link").symlink_to("folder/../größe")
    files = {"link": tmp_path / "link", "empty": tmp_path / "folder", "file": tmp_path / "file"}

    packing.write(files, tmp_path / "ours.zip")

    with zipfile.ZipFile(tmp_path / "ours.zip") as opened:
        entries = {entry.filename: (entry.external_attr >> 16, opened.read(entry)) for entry in opened.infolist()}
    assert entries == {
        "empty/": (stat.S_IFDIR | 0o755, b""),
        "file": (stat.S_IFREG | 0o755, b"content"),
        "link": (stat.S_IFLNK | 0o777, "folder/../größe".encode()),
    }


def test_no_files_are_an_empty_zip(tmp_path: Path) -> None:
    packing.write({}, tmp_path / "ours.zip")

    assert zipfile.ZipFile(tmp_path / "ours.zip").namelist() == []


def test_what_no_zip_can_hold_is_named_as_in_the_zip(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Unpackable, match=r"^deep/pipe is neither a file nor a folder nor a link$"):
        packing.write({"deep/pipe": tmp_path / "pipe"}, tmp_path / "ours.zip")


@pytest.mark.parametrize(
    ("kind", "size", "is_large", "weight"),
    [
        (stat.S_IFREG, 0, False, 4096),
        (stat.S_IFREG, 32 * MEGABYTE, False, 4096 + 32 * MEGABYTE),
        (stat.S_IFREG, 32 * MEGABYTE + 1, True, 4096),
        (stat.S_IFLNK, 32 * MEGABYTE + 1, False, 4096 + 32 * MEGABYTE + 1),
    ],
)
def test_only_a_file_can_be_too_large_to_be_held(
    tmp_path: Path,
    kind: int,
    size: int,
    is_large: bool,  # noqa: FBT001 - a table
    weight: int,
) -> None:
    item = Item("name", tmp_path, kind | 0o644, size)

    assert (item.is_large, item.weight) == (is_large, weight)


def test_files_are_batched_by_what_they_weigh(tmp_path: Path) -> None:
    sizes = [MEGABYTE - 2 * 4096, 0, 0, 2 * MEGABYTE, 1]
    items = [Item(str(size), tmp_path, stat.S_IFREG, size) for size in sizes]

    batches = [(weight, [item.size for item in batch]) for weight, batch in packing._batches(items)]

    assert batches == [
        (MEGABYTE, [MEGABYTE - 2 * 4096, 0]),
        (4096, [0]),
        (2 * MEGABYTE + 4096, [2 * MEGABYTE]),
        (4097, [1]),
    ]


def test_threads_are_ahead_by_so_many_bytes_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_BATCH", 1)
    monkeypatch.setattr(packing, "UNDER_WAY", 3 * 4096)
    (tmp_path / "file").touch()
    looks: list[int] = []
    at = Item.at

    def look(name: str, path: Path) -> Item:
        looks.append(int(name))
        return at(name, path)

    monkeypatch.setattr(Item, "at", look)
    items = (Item.at(f"{number:02}", tmp_path / "file") for number in range(10))

    ahead = [looks[-1] - number for number, _ in enumerate(packing._in_order(items))]

    assert ahead == [4, 4, 4, 4, 4, 4, 3, 2, 1, 0]


def test_several_files_are_deflated_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_BATCH", 1)
    monkeypatch.setattr(packing, "THREADS", 2)
    both = threading.Barrier(2, timeout=10)
    compress = deflating.compress

    def meet(content: deflating.Content) -> deflating.Content:
        both.wait()
        return compress(content)

    monkeypatch.setattr(deflating, "compress", meet)
    (tmp_path / "file").write_bytes(b"content")

    packing.write({"1": tmp_path / "file", "2": tmp_path / "file"}, tmp_path / "ours.zip")

    assert zipfile.ZipFile(tmp_path / "ours.zip").namelist() == ["1", "2"]


def test_many_files_are_never_held_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    (tmp_path / "random").write_bytes(os.urandom(MEGABYTE))
    monkeypatch.setattr(packing, "UNDER_WAY", 2 * MEGABYTE)

    packing.write({str(number): tmp_path / "random" for number in range(12)}, tmp_path / "ours.zip")

    assert peak() < 9 * MEGABYTE


def test_a_large_file_is_never_held_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: Callable[[], int]
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(16 * MEGABYTE)
    monkeypatch.setattr(packing, "LARGE", MEGABYTE)

    packing.write({"large": tmp_path / "large"}, tmp_path / "ours.zip")

    assert entry_of(tmp_path / "ours.zip", "large").compress_type == zipfile.ZIP_DEFLATED
    assert peak() < 6 * MEGABYTE


@pytest.mark.parametrize(("size", "version"), [(7000, 20), (7001, 45)])
def test_a_file_that_may_outgrow_a_plain_zip_is_written_as_zip64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, version: int
) -> None:
    (tmp_path / "large").write_bytes(bytes(size))
    monkeypatch.setattr(packing, "LARGE", 1000)
    monkeypatch.setattr(packing, "_PLAIN_SIZE", 7000)

    packing.write({"large": tmp_path / "large"}, tmp_path / "ours.zip")

    assert entry_of(tmp_path / "ours.zip", "large").extract_version == version
    assert zipfile.ZipFile(tmp_path / "ours.zip").read("large") == bytes(size)


@pytest.mark.parametrize("length", [1024, 1025])
def test_a_path_that_nobody_could_unpack_is_not_packed(tmp_path: Path, length: int) -> None:
    file = tmp_path / "file"
    file.touch()

    if length == 1024:
        packing.write({"x" * length: file}, tmp_path / "zip")
    else:
        with pytest.raises(Unpackable, match=r"^x{80}… has 1025 bytes, more than the 1024 of a path$"):
            packing.write({"x" * length: file}, tmp_path / "zip")
