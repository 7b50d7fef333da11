from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.init import files, survey
from serverless_pipeline.init.files import Added, File, Kept, New
from tests.support.folder import HANDLER, SAM_PROJECT, SITE_PROJECT, TEST, fill

BUILD = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}'


def wanted(folder: Path, there: dict[str, str]) -> dict[str, File]:
    """The files that are wanted, by their path."""
    return {str(file.path): file for file in files.wanted(survey.look(fill(folder, there)))}


def kinds(folder: Path, there: dict[str, str]) -> dict[str, str]:
    return {path: type(file).__name__ for path, file in wanted(folder, there).items()}


def ignored(folder: Path, there: dict[str, str]) -> tuple[str, ...]:
    match wanted(folder, there).get(".gitignore"):
        case Added(lines=lines):
            return lines
    return ()


def test_a_site_lacks_everything(tmp_path: Path) -> None:
    assert kinds(tmp_path, SITE_PROJECT) == {
        "tasks.py": "New",
        "invoke.yaml": "New",
        "template.yaml": "New",
        ".gitignore": "Added",
    }


def test_a_project_with_a_template_keeps_it(tmp_path: Path) -> None:
    assert kinds(tmp_path, SAM_PROJECT) == {
        "tasks.py": "New",
        "invoke.yaml": "New",
        "requirements-tasks.txt": "New",
        ".gitignore": "Added",
    }


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        ({"tasks.py": ""}, "tasks.py"),
        ({"tasks/__init__.py": ""}, "tasks/__init__.py"),
        ({"work.py": "", "invoke.yaml": "tasks: {collection_name: work}"}, "work.py"),
        ({"invoke.yaml": ""}, "invoke.yaml"),
        ({"invoke.yml": ""}, "invoke.yml"),
        ({"invoke.json": "{}"}, "invoke.json"),
    ],
)
def test_what_is_there_is_kept_with_what_it_lacks(tmp_path: Path, there: dict[str, str], kept: str) -> None:
    file = wanted(tmp_path, {**SITE_PROJECT, **there})[kept]

    assert isinstance(file, Kept)
    assert file.lacks


def test_a_link_that_leads_nowhere_is_there(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").symlink_to("elsewhere.py")

    assert kinds(tmp_path, SITE_PROJECT)["tasks.py"] == "Kept"


def test_tasks_are_written_under_the_name_that_they_shall_have(tmp_path: Path) -> None:
    there = {**SITE_PROJECT, "invoke.yaml": "tasks: {collection_name: work}"}

    assert kinds(tmp_path, there)["work.py"] == "New"


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^invoke\.yaml:1:"):
        wanted(tmp_path, {**SITE_PROJECT, "invoke.yaml": "a: ["})


def test_a_list_is_written_if_no_file_names_all_that_is_needed(tmp_path: Path) -> None:
    file = wanted(tmp_path, {**SITE_PROJECT, "test_a.py": TEST, "requirements.txt": "requests\n"})[
        "requirements-tasks.txt"
    ]

    assert file == New(PurePosixPath("requirements-tasks.txt"), "-r requirements.txt\npytest\n")


@pytest.mark.parametrize(
    ("there", "lines"),
    [
        ({}, (".local/", ".venv/", "__pycache__/")),
        ({".gitignore": "/.local\n.venv/\n__pycache__\n"}, ()),
        ({"lambda_function.py": HANDLER}, (".local/", ".venv/", "__pycache__/", "dist/")),
        ({"web/package.json": BUILD}, (".local/", ".venv/", "__pycache__/", "node_modules/", "web/dist/")),
    ],
)
def test_what_commands_leave_is_ignored(tmp_path: Path, there: dict[str, str], lines: tuple[str, ...]) -> None:
    assert ignored(tmp_path, {**SITE_PROJECT, **there}) == lines


def test_what_the_top_of_the_repository_ignores_is_ignored_below(tmp_path: Path) -> None:
    fill(tmp_path, {".git/HEAD": "", ".gitignore": ".venv/\n__pycache__/\n"})

    assert ignored(tmp_path / "site", SITE_PROJECT) == (".local/",)


def test_a_new_file_is_written(tmp_path: Path) -> None:
    files.write(tmp_path, New(PurePosixPath("tasks.py"), "ä\n"))

    assert (tmp_path / "tasks.py").read_text(encoding="utf-8") == "ä\n"


def test_what_came_there_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    fill(tmp_path, {"tasks.py": "mine"})

    with pytest.raises(Error) as caught:
        files.write(tmp_path, New(PurePosixPath("tasks.py"), "ours"))

    path = tmp_path / "tasks.py"
    assert str(caught.value) == (
        f"{path} cannot be written: File exists\n  Next: mend that, then type the same again"
    )  # fmt: skip
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("before", "after"), [(None, "b/\nc/\n"), ("", "b/\nc/\n"), ("a/\n", "a/\nb/\nc/\n"), ("a/", "a/\nb/\nc/\n")]
)
def test_lines_are_added_to_the_end_of_a_file(tmp_path: Path, before: str | None, after: str) -> None:
    if before is not None:
        fill(tmp_path, {".gitignore": before})

    files.write(tmp_path, Added(PurePosixPath(".gitignore"), ("b/", "c/")))

    assert (tmp_path / ".gitignore").read_text() == after


def test_a_folder_that_nobody_may_write_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"absent/tasks\.py cannot be written: No such file or directory"):
        files.write(tmp_path / "absent", New(PurePosixPath("tasks.py"), ""))
