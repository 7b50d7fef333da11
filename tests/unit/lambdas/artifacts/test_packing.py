from __future__ import annotations

import os
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdas.artifacts import archive, deflating, packing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1024**2


@pytest.fixture(params=["libdeflate", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways to deflate; the second is for machines that libdeflate has no wheel for."""
    if request.param == "zlib":
        monkeypatch.setattr(deflating, "deflate", None)
    return str(request.param)


@pytest.fixture
def peak() -> Iterator[tracemalloc]:
    tracemalloc.start()
    yield tracemalloc
    tracemalloc.stop()


def make_tree(folder: Path) -> dict[str, Path]:
    """Small files, large ones and what does not get smaller, in an order that is not that of their names."""
    folder.mkdir()
    contents = {f"{number:03}": os.urandom(number) + b"text " * number * 40 for number in range(120, 0, -1)}
    contents |= {"050-large": b"large " * 50_000, "random": os.urandom(30_000), "nothing": b""}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


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
        assert opened.namelist() == sorted(files)
        assert {name: opened.read(name) for name in files} == {name: path.read_bytes() for name, path in files.items()}
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_content_that_does_not_get_smaller_is_stored(tmp_path: Path) -> None:
    (tmp_path / "random").write_bytes(os.urandom(10_000))

    packing.write({"random": tmp_path / "random"}, tmp_path / "ours.zip")

    assert zipfile.ZipFile(tmp_path / "ours.zip").getinfo("random").compress_type == zipfile.ZIP_STORED


def test_many_files_are_never_held_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: tracemalloc) -> None:
    (tmp_path / "random").write_bytes(os.urandom(MEGABYTE))
    monkeypatch.setattr(packing, "UNDER_WAY", 4 * MEGABYTE)

    packing.write({str(number): tmp_path / "random" for number in range(40)}, tmp_path / "ours.zip")

    assert peak.get_traced_memory()[1] < 16 * MEGABYTE


def test_a_large_file_is_never_held_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peak: tracemalloc
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(64 * MEGABYTE)
    monkeypatch.setattr(packing, "LARGE", MEGABYTE)

    packing.write({"large": tmp_path / "large"}, tmp_path / "ours.zip")

    assert peak.get_traced_memory()[1] < 8 * MEGABYTE


def test_a_file_that_may_outgrow_a_plain_zip_is_written_as_zip64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large").write_bytes(b"content" * 1000)
    monkeypatch.setattr(packing, "LARGE", 1000)
    monkeypatch.setattr(packing, "_PLAIN_SIZE", 1000)

    packing.write({"large": tmp_path / "large"}, tmp_path / "ours.zip")
    archive.unpack(tmp_path / "ours.zip", tmp_path / "out")

    zip64 = 45
    assert zipfile.ZipFile(tmp_path / "ours.zip").getinfo("large").extract_version == zip64
    assert (tmp_path / "out" / "large").read_bytes() == b"content" * 1000


def test_more_files_than_a_plain_zip_can_count_are_packed(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    count = 66_000

    packing.write({str(number): tmp_path / "empty" for number in range(count)}, tmp_path / "ours.zip")

    assert len(zipfile.ZipFile(tmp_path / "ours.zip").infolist()) == count


def test_a_pipe_is_named(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree" / "pipe")

    with pytest.raises(archive.Unpackable, match="pipe is neither a file nor a folder nor a link"):
        archive.pack(tmp_path / "tree", tmp_path / "ours.zip")
