from __future__ import annotations

from pathlib import Path

import pytest

from lambdas.dependencies import relocation

POINTERS = ("_sdk.pth", "__editable___sdk_finder.py", "sdk-1.dist-info/direct_url.json")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An installation with something that is editable, and a module that names the same folder."""
    tree = tmp_path / "tree"
    (tree / "sdk-1.dist-info").mkdir(parents=True)
    for name in (*POINTERS, "module.py"):
        (tree / name).write_text(f"{tmp_path}/one/libs and {tmp_path}/one")
    return tree


def test_an_installation_moves_from_the_source_of_one_job_to_that_of_another(tmp_path: Path, tree: Path) -> None:
    relocation.leave(tree, tmp_path / "one")
    between = {(tree / name).read_text() for name in POINTERS}
    relocation.enter(tree, tmp_path / "two")

    assert between == {"/~source~/libs and /~source~"}
    assert {(tree / name).read_text() for name in POINTERS} == {f"{tmp_path}/two/libs and {tmp_path}/two"}


def test_the_place_is_known_by_its_real_name_too(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")

    relocation.leave(tree, tmp_path / "link")

    assert (tree / POINTERS[0]).read_text() == "/~source~/libs and /~source~"


def test_the_name_by_which_it_was_reached_is_the_place_as_well(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "one").symlink_to("real")

    relocation.leave(tree, tmp_path / "one")

    assert (tree / POINTERS[0]).read_text() == "/~source~/libs and /~source~"


def test_modules_are_left_as_they_are(tmp_path: Path, tree: Path) -> None:
    before = (tree / "module.py").read_text()

    relocation.leave(tree, tmp_path / "one")
    relocation.enter(tree, tmp_path / "two")

    assert (tree / "module.py").read_text() == before


def test_what_names_no_source_is_not_written(tree: Path) -> None:
    before = (tree / POINTERS[0]).stat().st_mtime_ns

    relocation.leave(tree, Path("/elsewhere"))

    assert (tree / POINTERS[0]).stat().st_mtime_ns == before
