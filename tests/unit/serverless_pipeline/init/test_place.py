from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init.place import Place


def test_a_folder_without_a_repository_stands_for_itself(tmp_path: Path) -> None:
    place = Place.of(tmp_path)

    assert place == Place(tmp_path, None)
    assert (place.below, place.git) == (PurePosixPath(), PurePosixPath(".git"))


def test_one_of_several_projects_knows_its_way_to_the_top(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (folder := tmp_path / "services" / "api").mkdir(parents=True)

    place = Place.of(folder)

    assert place == Place(folder, tmp_path)
    assert (place.below, place.git) == (PurePosixPath("services/api"), PurePosixPath("../../.git"))


def test_the_working_directory_is_a_folder_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Place.of(Path()) == Place.of(tmp_path)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"),
        ("My Shop_2", "my-shop-2"),
        ("2048", "pipeline"),
        ("2-fast", "fast"),
        ("läden", "l-den"),
        ("x" * 40, "x" * 28),
        ("x" * 27 + "-y", "x" * 27),
    ],
)
def test_stacks_are_called_as_the_folder_as_far_as_they_may(folder: str, name: str) -> None:
    assert Place(Path("/home", folder), None).stack_name == name


def test_what_git_ignores_is_in_no_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("dist/\n")

    place = Place.of(tmp_path)

    assert [place.ignores(PurePosixPath(name)) for name in ("dist", "public")] == [True, False]


def test_without_git_nothing_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", "")

    places = [Place(tmp_path, None), Place.of(tmp_path)]

    assert [place.ignores(PurePosixPath("dist")) for place in places] == [False, False]
