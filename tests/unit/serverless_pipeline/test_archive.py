import os
import stat
import zipfile
from hashlib import sha256
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
    assert modes["link"] == stat.S_IFLNK | 0o777


@pytest.mark.parametrize("name", ["__pycache__", ".DS_Store", ".pytest_cache", ".ruff_cache", ".mypy_cache", "b.pyc"])
def test_what_python_and_tools_leave_behind_is_not_packed(tmp_path: Path, name: str) -> None:
    tree = make_tree(tmp_path / "tree")
    (tree / "sub" / name).mkdir()
    (tree / "sub" / name / "left.txt").write_bytes(b"")

    archive.pack(tree, tmp_path / "1.zip")

    assert zipfile.ZipFile(tmp_path / "1.zip").namelist() == ["a.txt", "sub/b.txt"]


def test_a_link_to_a_folder_is_packed_as_a_link(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    (tree / "link").symlink_to("sub", target_is_directory=True)

    archive.pack(tree, tmp_path / "1.zip")

    assert zipfile.ZipFile(tmp_path / "1.zip").namelist() == ["a.txt", "link", "sub/b.txt"]


def test_entries_are_deflated_dated_alike_and_sorted_by_name(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")

    archive.pack_files({"z": tree / "a.txt", "a/b": tree / "sub" / "b.txt"}, tmp_path / "1.zip")

    with zipfile.ZipFile(tmp_path / "1.zip") as packed:
        entries = [(e.filename, e.date_time, e.compress_type, e.create_system) for e in packed.infolist()]
    assert entries == [(name, (1980, 1, 1, 0, 0, 0), zipfile.ZIP_DEFLATED, 3) for name in ("a/b", "z")]


def test_the_digest_is_that_of_the_archive(tmp_path: Path) -> None:
    digest = archive.pack(make_tree(tmp_path / "tree"), tmp_path / "1.zip")

    content = (tmp_path / "1.zip").read_bytes()
    assert digest == archive.digest([tmp_path / "1.zip"]) == sha256(sha256(content).digest()).hexdigest()


def test_a_digest_of_files_tells_where_one_ends(tmp_path: Path) -> None:
    for name, content in {"a": "12", "b": "3", "c": "1", "d": "23"}.items():
        (tmp_path / name).write_text(content)

    first, second, turned = (
        archive.digest(tmp_path / name for name in names) for names in (("a", "b"), ("c", "d"), ("b", "a"))
    )

    assert len({first, second, turned}) == 3


def test_a_file_that_needs_the_larger_format_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    (tmp_path / "large").write_bytes(os.urandom(200))

    archive.pack_files({"large": tmp_path / "large"}, tmp_path / "1.zip")

    assert zipfile.ZipFile(tmp_path / "1.zip").read("large") == (tmp_path / "large").read_bytes()


def test_a_folder_for_the_archive_is_made(tmp_path: Path) -> None:
    archive.pack_files({}, tmp_path / "dist" / "deep" / "1.zip")

    assert [path.name for path in (tmp_path / "dist" / "deep").iterdir()] == ["1.zip"]


def test_the_comment_stands_in_the_archive(tmp_path: Path) -> None:
    archive.pack_files({}, tmp_path / "1.zip", comment="20260102-030405")

    assert zipfile.ZipFile(tmp_path / "1.zip").comment == b"20260102-030405"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        archive.pack(tmp_path / "nowhere", tmp_path / "1.zip")


def test_nothing_half_written_stands_under_the_name(tmp_path: Path) -> None:
    (tmp_path / "1.zip").write_text("the one before")

    with pytest.raises(FileNotFoundError):
        archive.pack_files({"gone.txt": tmp_path / "gone.txt"}, tmp_path / "1.zip")

    assert [path.name for path in tmp_path.iterdir()] == ["1.zip"]
    assert (tmp_path / "1.zip").read_text() == "the one before"
