from __future__ import annotations

import re
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.project import bucket, source
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients


KEY = "source/source.zip"


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


def test_a_clean_tree_is_published_under_its_commit(project: Path, clients: Clients) -> None:
    settings = Settings(stack_name="clean-tree")
    name = bucket.name(settings, clients)
    bucket.ensure(clients, name)

    published = source.publish(clients, name, KEY)

    assert published == source.Revision(git("rev-parse", "HEAD"), f"commit {git('rev-parse', 'HEAD')}", changed=True)
    snapshot = project / "snapshot.zip"
    snapshot.write_bytes(clients.s3.get_object(Bucket=name, Key=KEY)["Body"].read())
    with zipfile.ZipFile(snapshot) as archive:
        assert archive.comment.decode() == published.id
        assert archive.namelist() == [".gitignore", "tracked.txt"]


def test_a_tree_is_published_once_until_it_changes(project: Path, clients: Clients) -> None:
    settings = Settings(stack_name="once")
    name = bucket.name(settings, clients)
    bucket.ensure(clients, name)

    first = source.publish(clients, name, KEY)
    second = source.publish(clients, name, KEY)
    (project / "tracked.txt").write_text("edited")
    third = source.publish(clients, name, KEY)

    assert (first.changed, second.changed, third.changed) == (True, False, True)
    assert second.id == first.id
    assert re.fullmatch(r"\d{8}-\d{6}", third.id)
    assert third.summary.endswith("with changes of the working tree")
