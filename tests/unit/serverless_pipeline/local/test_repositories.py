"""What is read of a git repository."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from serverless_pipeline.local import repositories
from serverless_pipeline.local.repositories import NoRepositoryError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits on `main`, of which a tag names the first."""
    monkeypatch.setattr(repositories, "_chosen", repositories._Chosen())
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path, "The first", "readme")
    git(tmp_path, "tag", "--annotate", "--message=one", "v1")
    commit(tmp_path, "The second\n\nwith words", "src/app")
    return tmp_path


def git(path: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", path, *identity, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(path: Path, message: str, name: str) -> None:
    (path / name).parent.mkdir(exist_ok=True)
    (path / name).write_text(name)
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", message)


def test_a_branch_a_tag_and_an_id_mean_a_commit(repository: Path) -> None:
    first, second = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")

    found = [repositories.commit(repository, name) for name in ("main", "v1", first, second[:8])]

    assert [one and one.id for one in found] == [second, first, first, second]
    assert found[0]
    assert (found[0].message, found[0].author_date[:2]) == ("The second\n\nwith words", "20")


@pytest.mark.parametrize("name", ["gone", "--help", "HEAD", "deadbeef", "main~1", ""])
def test_another_name_means_none(repository: Path, name: str) -> None:
    assert repositories.commit(repository, name) is None


def test_branches_and_tags_are_known_by_their_commits(repository: Path) -> None:
    first, second = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")

    assert repositories.references(repository) == {"refs/heads/main": second, "refs/tags/v1": first}


def test_a_commit_becomes_a_zip_of_the_whole_also_from_a_folder_within(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "source.zip"

    repositories.archive(repository / "src", git(repository, "rev-parse", "HEAD"), target)

    with zipfile.ZipFile(target) as package:
        assert sorted(package.namelist()) == ["readme", "src/", "src/app"]


def test_changed_paths_are_those_between_two_commits_or_of_one(repository: Path) -> None:
    first, second = git(repository, "rev-parse", "HEAD~1"), git(repository, "rev-parse", "HEAD")

    assert repositories.changed(repository, first, second) == ("src/app",)
    assert repositories.changed(repository, "", second) == ("src/app",)
    assert repositories.changed(repository, "", first) == ("readme",)


def test_a_folder_without_a_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoRepositoryError, match=f"git does not read {tmp_path}/none"):
        repositories.references(tmp_path / "none")


def test_a_name_stands_for_its_path_and_others_for_none(repository: Path) -> None:
    repositories.choose({"ada/app": str(repository)}, Path("/project"))

    assert repositories.path("ada/app") == repository
    with pytest.raises(NoRepositoryError, match="set local_repositories to eve/x=<path of a git repository"):
        repositories.path("eve/x")


@pytest.mark.usefixtures("repository")
def test_where_none_is_chosen_the_project_stands_for_each() -> None:
    repositories.choose({}, Path("/project"))

    assert repositories.path("ada/app") == Path("/project")


def test_a_process_reads_what_was_written_for_it() -> None:
    assert repositories.read(repositories.write({"b/b": "/b", "a/a": "/a,a"})) == {"a/a": "/a,a", "b/b": "/b"}
    assert repositories.read("") == {}
