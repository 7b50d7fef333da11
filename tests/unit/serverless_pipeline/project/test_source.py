from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "A. Tester")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "tester@example.com")
    git("init", "--quiet")
    (tmp_path / ".gitignore").write_text("ignored.txt\n")
    (tmp_path / "tracked.txt").write_text("tracked")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    return tmp_path


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.strip()


def test_the_tree_is_what_git_tracks_and_what_it_does_not_ignore(project: Path) -> None:
    (project / "new.txt").write_text("new")
    (project / "ignored.txt").write_text("ignored")
    (project / ".local").mkdir()
    (project / ".local" / "aws.json").write_text("secret")

    tree = source.read(project)

    assert set(tree.files) == {".gitignore", "tracked.txt", "new.txt"}


def test_a_file_deleted_and_not_yet_committed_so_is_left_out(project: Path) -> None:
    (project / "tracked.txt").unlink()

    tree = source.read(project)

    assert set(tree.files) == {".gitignore"}
    assert tree.modified


def test_a_name_beyond_ascii_is_delivered(project: Path) -> None:
    (project / "Grüße.txt").write_text("hello")

    tree = source.read(project)

    assert "Grüße.txt" in tree.files


def test_before_the_first_commit_there_is_a_tree_without_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    (tmp_path / "new.txt").write_text("new")

    tree = source.read(tmp_path)

    assert tree.commit is None
    assert set(tree.files) == {"new.txt"}


def test_a_folder_outside_git_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no git working tree[\s\S]*git init"):
        source.read(tmp_path)


def test_an_empty_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")

    with pytest.raises(Misconfigured, match="nothing to deliver"):
        source.read(tmp_path)
