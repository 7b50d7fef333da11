from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.project import bucket, source, working_tree
from serverless_pipeline.project.source import Revision
from tests.support.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOBODY: Any = None


class Store:
    """A bucket with one object: its metadata, and the archive that was put there last."""

    def __init__(self) -> None:
        self.metadata: Mapping[str, str] | None = None
        self.archive: tuple[str, list[str]] = ("", [])
        self.places: list[tuple[str, str]] = []

    def head(self, _: object, name: str, key: str) -> Mapping[str, str] | None:
        self.places.append((name, key))
        return self.metadata

    def put(self, _: object, name: str, key: str, data: Path, *, metadata: Mapping[str, str]) -> None:
        self.places.append((name, key))
        self.metadata = metadata
        with zipfile.ZipFile(data) as archive:
            self.archive = archive.comment.decode(), archive.namelist()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    fake = Store()
    monkeypatch.setattr(bucket, "head", fake.head)
    monkeypatch.setattr(bucket, "put", fake.put)
    return fake


def test_a_clean_tree_is_published_under_its_commit(repository: Path, store: Store) -> None:
    (repository / "ignored.txt").write_text("ignored")
    commit = git("rev-parse", "HEAD")

    revision = source.publish(NOBODY, "shop", "source.zip")

    assert revision == Revision(commit, f"commit {commit}", changed=True)
    assert store.archive == (commit, [".gitignore", "tracked.txt"])
    assert store.metadata == {
        "source-digest": working_tree.read(repository).digest(),
        "revision": commit,
        "codepipeline-artifact-revision-summary": f"commit {commit}",
    }
    assert set(store.places) == {("shop", "source.zip")}


def test_a_tree_is_published_once_until_it_changes(repository: Path, store: Store) -> None:
    first = source.publish(NOBODY, "shop", "source.zip")
    again = source.publish(NOBODY, "shop", "source.zip")
    (repository / "tracked.txt").write_text("edited")
    edited = source.publish(NOBODY, "shop", "source.zip")

    assert again == replace(first, changed=False)
    assert edited.changed
    assert edited.summary == f"{first.summary} with changes of the working tree"
    assert re.fullmatch(r"\d{8}-\d{6}", edited.id)
    assert store.archive[0] == edited.id
    assert len(store.places) == 5


def test_an_object_that_somebody_else_put_there_is_replaced(repository: Path, store: Store) -> None:
    store.metadata = {"revision": "theirs"}

    assert source.publish(NOBODY, "shop", "source.zip").id == git("-C", str(repository), "rev-parse", "HEAD")


def test_of_one_project_of_several_the_whole_repository_is_published(
    repository: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "services" / "api").mkdir(parents=True)
    (repository / "services" / "api" / "tasks.py").touch()
    monkeypatch.chdir(repository / "services" / "api")

    source.publish(NOBODY, "shop", "source.zip", "services/api")

    assert store.archive[1] == [".gitignore", "services/api/tasks.py", "tracked.txt"]
