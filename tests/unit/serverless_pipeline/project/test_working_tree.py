from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serverless_pipeline import archive
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import working_tree
from serverless_pipeline.project.working_tree import Tree
from tests.support.repository import commit, git

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_tree_is_what_git_tracks_and_what_it_does_not_ignore(repository: Path) -> None:
    (repository / "new.txt").write_text("new")
    (repository / "ignored.txt").write_text("ignored")
    (repository / ".local").mkdir()
    (repository / ".local" / "aws.json").write_text("secret")

    tree = working_tree.read(repository)

    names = [".gitignore", "new.txt", "tracked.txt"]
    assert tree == Tree({name: repository / name for name in names}, git("rev-parse", "HEAD"), modified=True)


def test_a_tree_as_it_was_committed_is_not_modified(repository: Path) -> None:
    assert working_tree.read(repository).modified is False


def test_what_we_keep_in_a_project_changes_nothing_of_it(repository: Path) -> None:
    (repository / ".local").mkdir()
    (repository / ".local" / "aws.json").write_text("secret")

    (repository / "deep" / ".local").mkdir(parents=True)
    (repository / "deep" / ".local" / "aws.json").write_text("secret")

    assert working_tree.read(repository).modified is False


def test_a_new_file_is_a_change_whatever_git_shows_of_them(repository: Path) -> None:
    git("config", "status.showUntrackedFiles", "no")
    (repository / "new.txt").write_text("new")

    tree = working_tree.read(repository)

    assert "new.txt" in tree.files
    assert tree.modified


@pytest.mark.parametrize("branches", ["kept", "gone"])
def test_a_commit_is_one_without_a_branch_as_well(repository: Path, branches: str) -> None:
    git("checkout", "--quiet", "--detach")
    if branches == "gone":
        git("branch", "--quiet", "-D", "main")

    tree = working_tree.read(repository)

    assert (tree.commit, tree.modified) == (git("rev-parse", "HEAD"), False)


def test_only_what_lies_in_the_folder_counts(repository: Path) -> None:
    (repository / "app").mkdir()
    (repository / "app" / "tasks.py").write_text("")
    commit("second")
    (repository / "tracked.txt").write_text("edited beside the folder")

    tree = working_tree.read(repository / "app")

    assert set(tree.files) == {"tasks.py"}
    assert not tree.modified


def test_a_file_deleted_and_not_yet_committed_so_is_no_part_of_the_tree(repository: Path) -> None:
    (repository / "tracked.txt").unlink()

    tree = working_tree.read(repository)

    assert set(tree.files) == {".gitignore"}
    assert tree.modified
    assert tree.left_out == ()


def test_a_tracked_file_that_a_sparse_checkout_leaves_out_is_named(repository: Path) -> None:
    (repository / "app").mkdir()
    (repository / "app" / "tasks.py").write_text("")
    commit("second")
    git("sparse-checkout", "set", "nothing")

    tree = working_tree.read(repository)

    assert set(tree.files) == {".gitignore", "tracked.txt"}
    assert tree.left_out == ("app/tasks.py is tracked and not checked out; git sparse-checkout disable",)


@pytest.mark.parametrize("target", ["tracked.txt", "folder", "folder/file.txt", "./folder/../tracked.txt"])
def test_a_link_within_the_tree_comes_along(repository: Path, target: str) -> None:
    (repository / "folder").mkdir()
    (repository / "folder" / "file.txt").write_text("")
    (repository / "link").symlink_to(target)

    tree = working_tree.read(repository)

    assert tree.files["link"] == repository / "link"
    assert tree.left_out == ()


@pytest.mark.parametrize("target", ["nowhere", "..", "../outside.txt", "ignored.txt", "{tree}/tracked.txt", "link"])
def test_a_link_that_would_lead_nowhere_is_named(repository: Path, target: str) -> None:
    (repository.parent / "outside.txt").write_text("")
    (repository / "ignored.txt").write_text("")
    target = target.format(tree=repository)
    (repository / "link").symlink_to(target)

    tree = working_tree.read(repository)

    assert set(tree.files) == {".gitignore", "tracked.txt"}
    assert tree.left_out == (f"link is a link to {target}, which does not come along",)


def test_a_link_that_leads_through_another_one_comes_along(repository: Path) -> None:
    (repository / "one").symlink_to("tracked.txt")
    (repository / "two").symlink_to("one")

    assert {"one", "two"} <= working_tree.read(repository).files.keys()


def test_a_repository_within_the_tree_is_named(repository: Path) -> None:
    git("init", "--quiet", "inner")
    (repository / "inner" / "file.txt").write_text("of another project")

    tree = working_tree.read(repository)

    assert set(tree.files) == {".gitignore", "tracked.txt"}
    assert tree.left_out == ("inner/ is a repository of its own; make it a submodule, or ignore it",)


@pytest.fixture
def submodule(repository: Path) -> Path:
    """A submodule that is checked out, with a file, and another submodule in it."""
    inner, library = repository.parent / "inner", repository.parent / "library"
    for folder, holds in ((inner, "deep.txt"), (library, "sdk.txt")):
        git("init", "--quiet", str(folder))
        (folder / holds).write_text("of another project")
        (folder / ".gitignore").write_text("built.txt\n")
        git("-C", str(folder), "add", ".")
        git("-C", str(folder), "commit", "--quiet", "--message", "first")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    git("-C", str(library), *add, str(inner), "inner")
    git("-C", str(library), "commit", "--quiet", "--message", "second")
    git(*add, str(library), "libs/sdk")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    commit("with a submodule")
    return repository / "libs" / "sdk"


def test_a_submodule_comes_along_with_those_in_it(repository: Path, submodule: Path) -> None:
    (submodule / "built.txt").write_text("ignored there")
    (submodule / "new.txt").write_text("new there")

    tree = working_tree.read(repository)

    ours = {".gitignore", ".gitmodules", "tracked.txt"}
    theirs = {"libs/sdk/.gitignore", "libs/sdk/.gitmodules", "libs/sdk/sdk.txt", "libs/sdk/new.txt"}
    deep = {"libs/sdk/inner/.gitignore", "libs/sdk/inner/deep.txt"}
    assert set(tree.files) == ours | theirs | deep
    assert tree.modified
    assert tree.left_out == ()


def test_a_submodule_that_is_not_checked_out_is_named_with_the_command_that_does_so(
    repository: Path, submodule: Path
) -> None:
    git("-C", str(submodule), "submodule", "--quiet", "deinit", "inner")
    inner = working_tree.read(repository)
    git("submodule", "--quiet", "deinit", "--force", "libs/sdk")
    outer = working_tree.read(repository)

    words = "is a submodule that is not checked out; git submodule update --init --recursive"
    assert inner.left_out == (f"libs/sdk/inner {words}",)
    assert outer.left_out == (f"libs/sdk {words}",)
    assert not outer.modified


def test_a_name_beyond_ascii_is_delivered(repository: Path) -> None:
    (repository / "Grüße.txt").write_text("hello")

    assert "Grüße.txt" in working_tree.read(repository).files


def test_a_name_that_a_zip_cannot_hold_is_told(repository: Path) -> None:
    (repository / os.fsdecode(b"gr\xfc\xdfe.txt")).write_text("hello")

    message = re.escape("holds names in UTF-8 only, and b'gr\\xfc\\xdfe.txt' is not.\n  Next: rename it")
    with pytest.raises(Misconfigured, match=message):
        working_tree.read(repository)


def test_before_the_first_commit_there_is_a_tree_without_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    (tmp_path / "new.txt").write_text("new")

    assert working_tree.read(tmp_path) == Tree({"new.txt": tmp_path / "new.txt"}, None, modified=True)


def test_a_folder_outside_git_is_named_with_the_next_step(tmp_path: Path) -> None:
    words = rf"git does not say what is in {tmp_path}: .*not a git repository"
    message = rf"^{words}[\s\S]*\n  Next: git init, or choose `source: s3`$"
    with pytest.raises(Misconfigured, match=message):
        working_tree.read(tmp_path)


def test_where_git_refuses_its_own_words_and_advice_are_shown(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    with pytest.raises(Misconfigured) as caught:
        working_tree.read(repository)

    assert "dubious ownership" in str(caught.value.message)
    assert str(caught.value.message).rstrip().endswith(f"git config --global --add safe.directory {repository}")


def test_a_file_that_cannot_be_read_is_named(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    tree = working_tree.read(repository)
    monkeypatch.setattr(archive, "digest", refuse)

    with pytest.raises(
        Misconfigured, match=r"^\.gitignore cannot be read: Permission denied\n  Next: make it readable"
    ):
        tree.digest()


def test_an_empty_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")

    with pytest.raises(Misconfigured, match=rf"^There is nothing to deliver in {tmp_path}: git knows no file here\.$"):
        working_tree.read(tmp_path)


def test_without_git_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Misconfigured, match=r"^git is not installed\.\n  Next: install git, or choose `source: s3`$"):
        working_tree.read(tmp_path)


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


@pytest.fixture
def project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: one project of several in the repository."""
    folder = repository / "services" / "api"
    folder.mkdir(parents=True)
    (folder / "tasks.py").write_text("")
    (folder / ".local").mkdir()
    (folder / ".local" / "aws.json").touch()
    monkeypatch.chdir(folder)
    git("add", "tasks.py")
    git("commit", "--quiet", "--message", "second")
    return folder


@pytest.mark.usefixtures("project")
def test_a_project_is_what_lies_in_its_folder_unless_it_is_one_of_several() -> None:
    alone, one_of_several = working_tree.of_project(""), working_tree.of_project("services/api")

    assert set(alone.files) == {"tasks.py"}
    assert set(one_of_several.files) == {".gitignore", "services/api/tasks.py", "tracked.txt"}


@pytest.mark.parametrize("folder", ["services/web", "api", "services"])
def test_a_project_that_lies_elsewhere_is_told_where(project: Path, folder: str) -> None:
    assert Path.cwd() == project

    with pytest.raises(Misconfigured) as caught:
        working_tree.of_project(folder)

    words = f"folder: the project lies in services/api of its repository, not in {folder}"
    assert caught.value.message == f"{words}\n  Next: mend folder in invoke.yaml"


@pytest.mark.usefixtures("repository")
def test_a_project_at_the_top_is_in_no_folder() -> None:
    with pytest.raises(Misconfigured, match="lies at the top of its repository, not in api"):
        working_tree.of_project("api")
