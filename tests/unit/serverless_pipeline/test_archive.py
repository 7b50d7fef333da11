import os
import stat
import zipfile
from pathlib import Path

import pytest

from serverless_pipeline import archive


def make_tree(folder: Path) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "sub" / "b.txt").write_text("two")
    return folder


def test_the_same_files_give_the_same_bytes_whatever_their_dates_and_place(tmp_path: Path) -> None:
    first = make_tree(tmp_path / "first")
    second = make_tree(tmp_path / "second")
    os.utime(second / "a.txt", (1, 1))

    digests = {archive.pack(first, tmp_path / "1.zip"), archive.pack(second, tmp_path / "2.zip")}

    assert len(digests) == 1
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_another_content_gives_another_digest(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    before = archive.pack(tree, tmp_path / "1.zip")
    (tree / "a.txt").write_text("changed")

    after = archive.pack(tree, tmp_path / "2.zip")

    assert before != after


def test_executable_bits_and_links_are_kept(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    (tree / "a.txt").chmod(0o755)
    (tree / "link").symlink_to("a.txt")

    archive.pack(tree, tmp_path / "1.zip")

    with zipfile.ZipFile(tmp_path / "1.zip") as packed:
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
        assert packed.read("link") == b"a.txt"
    assert stat.S_IMODE(modes["a.txt"]) == 0o755
    assert stat.S_IMODE(modes["sub/b.txt"]) == 0o644
    assert stat.S_ISLNK(modes["link"])


def test_what_python_and_tools_leave_behind_is_not_packed(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"")
    (tree / "b.pyc").write_bytes(b"")

    archive.pack(tree, tmp_path / "1.zip")

    assert zipfile.ZipFile(tmp_path / "1.zip").namelist() == ["a.txt", "sub/b.txt"]


def test_the_comment_stands_in_the_archive(tmp_path: Path) -> None:
    archive.pack_files({}, tmp_path / "1.zip", comment="20260102-030405")

    assert zipfile.ZipFile(tmp_path / "1.zip").comment == b"20260102-030405"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        archive.pack(tmp_path / "nowhere", tmp_path / "1.zip")


def test_nothing_half_written_stands_under_the_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        archive.pack_files({"gone.txt": tmp_path / "gone.txt"}, tmp_path / "1.zip")

    assert not (tmp_path / "1.zip").exists()
