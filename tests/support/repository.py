"""A working tree whose two files are committed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a repository of git with `.gitignore` and `tracked.txt`; `ignored.txt` is ignored."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "A. Tester")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "tester@example.com")
    git("init", "--quiet", "--initial-branch=main")
    (folder / ".gitignore").write_text("ignored.txt\n")
    (folder / "tracked.txt").write_text("tracked")
    commit("first")
    return folder


def git(*words: str) -> str:
    """What git prints, in the working directory."""
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(message: str) -> str:
    """Commit everything; answers the commit."""
    git("add", ".")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")
