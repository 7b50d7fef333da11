from __future__ import annotations

import os
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket, source
from serverless_pipeline.project.source import Revision, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working tree whose two files are committed."""
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

    names = [".gitignore", "new.txt", "tracked.txt"]
    assert tree == Tree({name: project / name for name in names}, git("rev-parse", "HEAD"), modified=True)


def test_a_tree_as_it_was_committed_is_not_modified(project: Path) -> None:
    assert source.read(project).modified is False


def test_only_what_lies_in_the_folder_counts(project: Path) -> None:
    (project / "app").mkdir()
    (project / "app" / "tasks.py").write_text("")
    git("add", ".")
    git("commit", "--quiet", "--message", "second")
    (project / "tracked.txt").write_text("edited beside the folder")

    tree = source.read(project / "app")

    assert set(tree.files) == {"tasks.py"}
    assert not tree.modified


def test_a_file_deleted_and_not_yet_committed_so_is_left_out(project: Path) -> None:
    (project / "tracked.txt").unlink()

    tree = source.read(project)

    assert set(tree.files) == {".gitignore"}
    assert tree.modified


def test_a_link_is_delivered_wherever_it_leads(project: Path) -> None:
    (project / "link").symlink_to("nowhere")

    assert "link" in source.read(project).files


def test_a_repository_within_the_tree_is_left_out(project: Path) -> None:
    git("init", "--quiet", "inner")
    (project / "inner" / "file.txt").write_text("of another project")

    assert set(source.read(project).files) == {".gitignore", "tracked.txt"}


def test_a_name_beyond_ascii_is_delivered(project: Path) -> None:
    (project / "Grüße.txt").write_text("hello")

    assert "Grüße.txt" in source.read(project).files


def test_a_name_that_a_zip_cannot_hold_is_told(project: Path) -> None:
    (project / os.fsdecode(b"gr\xfc\xdfe.txt")).write_text("hello")

    message = re.escape("holds names in UTF-8 only, and b'gr\\xfc\\xdfe.txt' is not.\n  Next: rename it")
    with pytest.raises(Misconfigured, match=message):
        source.read(project)


def test_before_the_first_commit_there_is_a_tree_without_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    (tmp_path / "new.txt").write_text("new")

    assert source.read(tmp_path) == Tree({"new.txt": tmp_path / "new.txt"}, None, modified=True)


def test_a_folder_outside_git_is_named_with_the_next_step(tmp_path: Path) -> None:
    message = (
        rf"^{tmp_path} is no git working tree: .*not a git repository[\s\S]*\n  Next: git init, or choose `source: s3`$"
    )
    with pytest.raises(Misconfigured, match=message):
        source.read(tmp_path)


def test_an_empty_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")

    with pytest.raises(Misconfigured, match=rf"^There is nothing to deliver in {tmp_path}: git knows no file here\.$"):
        source.read(tmp_path)


def test_without_git_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Misconfigured, match=r"^git is not installed\.\n  Next: install git, or choose `source: s3`$"):
        source.read(tmp_path)


@pytest.mark.parametrize(
    ("commit", "modified", "revision", "summary"),
    [
        (COMMIT, False, COMMIT, f"commit {COMMIT}"),
        (COMMIT, True, "20260102-030405", f"commit {COMMIT} with changes of the working tree"),
        (None, True, "20260102-030405", "working tree before the first commit"),
        (None, False, "20260102-030405", "working tree before the first commit"),
    ],
)
def test_the_revision_is_the_commit_as_long_as_nothing_was_changed_since(
    commit: str | None, revision: str, summary: str, *, modified: bool
) -> None:
    tree = Tree({}, commit, modified=modified)

    assert tree.revision(NOW) == revision
    assert tree.summary() == summary


def test_the_digest_tells_names_contents_links_what_is_executable_and_the_commit(tmp_path: Path) -> None:
    for name in ("one", "same"):
        (tmp_path / name).write_text("content")
    (tmp_path / "other").write_text("another")
    (tmp_path / "program").write_text("content")
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "link").symlink_to("content")
    tree = Tree({"a": tmp_path / "one"}, COMMIT, modified=False)
    others = [
        replace(tree, files={"b": tmp_path / "one"}),
        replace(tree, files={"a": tmp_path / "other"}),
        replace(tree, files={"a": tmp_path / "program"}),
        replace(tree, files={"a": tmp_path / "link"}),
        replace(tree, files={"a": tmp_path / "one", "b": tmp_path / "one"}),
        replace(tree, commit=None),
        replace(tree, commit="f" * 40),
        replace(tree, modified=True),
    ]

    digests = [tree.digest(), *(other.digest() for other in others)]

    assert len(set(digests)) == len(digests)
    assert replace(tree, files={"a": tmp_path / "same"}).digest() == digests[0]


def test_the_digest_is_of_what_the_archive_keeps(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    tree = Tree({"a": tmp_path / "one", "b": tmp_path / "two"}, None, modified=True)
    before = tree.digest()

    (tmp_path / "one").chmod(0o600)

    assert tree.digest() == before
    assert Tree({name: tree.files[name] for name in ("b", "a")}, None, modified=True).digest() == before


def test_a_clean_tree_is_published_under_its_commit(project: Path, store: Store) -> None:
    (project / "ignored.txt").write_text("ignored")
    commit = git("rev-parse", "HEAD")

    revision = source.publish(NOBODY, "shop", "source.zip")

    assert revision == Revision(commit, f"commit {commit}", changed=True)
    assert store.archive == (commit, [".gitignore", "tracked.txt"])
    assert store.metadata == {
        "source-digest": source.read(project).digest(),
        "revision": commit,
        "codepipeline-artifact-revision-summary": f"commit {commit}",
    }
    assert set(store.places) == {("shop", "source.zip")}


def test_a_tree_is_published_once_until_it_changes(project: Path, store: Store) -> None:
    first = source.publish(NOBODY, "shop", "source.zip")
    again = source.publish(NOBODY, "shop", "source.zip")
    (project / "tracked.txt").write_text("edited")
    edited = source.publish(NOBODY, "shop", "source.zip")

    assert again == replace(first, changed=False)
    assert edited.changed
    assert edited.summary == f"{first.summary} with changes of the working tree"
    assert re.fullmatch(r"\d{8}-\d{6}", edited.id)
    assert store.archive[0] == edited.id
    assert len(store.places) == 5


def test_an_object_that_somebody_else_put_there_is_replaced(project: Path, store: Store) -> None:
    store.metadata = {"revision": "theirs"}

    assert source.publish(NOBODY, "shop", "source.zip").id == git("-C", str(project), "rev-parse", "HEAD")
