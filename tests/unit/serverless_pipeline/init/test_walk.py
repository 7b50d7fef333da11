from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import walk
from tests.support.folder import fill


def test_files_of_a_folder_come_before_those_below_it(tmp_path: Path) -> None:
    fill(tmp_path, {"a/b.py": "", "z.py": "", "a/c/d.py": "", "a/e.txt": ""})

    assert [str(path) for path in walk.files(tmp_path, ".py")] == ["z.py", "a/b.py", "a/c/d.py"]


@pytest.mark.parametrize("folder", [".git", ".aws-sam", "node_modules", "venv", "dist", "cdk.out", "a/b/c/d/e"])
def test_what_tools_put_there_and_what_lies_too_deep_is_not_seen(tmp_path: Path, folder: str) -> None:
    fill(tmp_path, {f"{folder}/x.yaml": ""})

    assert list(walk.files(tmp_path, ".yaml")) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    fill(tmp_path, {"x.py": ""})

    assert list(walk.files(tmp_path, ".py")) == [PurePosixPath("x.py")]


def test_a_folder_that_may_not_be_read_holds_nothing(tmp_path: Path) -> None:
    assert list(walk.files(tmp_path / "absent", ".py")) == []


@pytest.mark.parametrize(
    ("path", "aside"), [("tests/t.yaml", True), ("a/Examples/t.yaml", True), ("tests.yaml", False), ("a/t.yaml", False)]
)
def test_tests_and_examples_lie_aside(path: str, *, aside: bool) -> None:
    assert walk.is_aside(PurePosixPath(path)) is aside


@pytest.mark.parametrize(
    ("path", "made"), [("dist/a", True), (".aws-sam/build", True), ("../src", False), ("src", False)]
)
def test_what_a_tool_makes_is_told_by_its_folder(path: str, *, made: bool) -> None:
    assert walk.is_made(PurePosixPath(path)) is made


def test_what_is_no_text_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    fill(tmp_path, {"text": "words"})

    assert [walk.text(tmp_path / name) for name in ("binary", "absent", "text")] == ["", "", "words"]
