from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.init import survey, tasks_file
from tests.support import ROOT
from tests.support.folder import HANDLER, SAM, SAM_PROJECT, SITE_PROJECT, fill

if TYPE_CHECKING:
    from pathlib import Path

BUILD = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}'
BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\n"
SITE_OUTPUT = f"{BUCKET}Outputs: {{Web: {{Value: !GetAtt Bucket.WebsiteURL}}}}\n"
PROJECTS = {
    "site": SITE_PROJECT,
    "scattered": {"index.html": "", **dict.fromkeys([f"page-{number}.html" for number in range(9)], "")},
    "sam": SAM_PROJECT,
    "function": {"lambda_function.py": HANDLER, "requirements.txt": "requests"},
    "silent": {"app.py": "def handler(event, context):\n    pass\n"},
    "build": {"web 'x'/package.json": BUILD, "web 'x'/package-lock.json": ""},
    "nothing": {"template.yaml": BUCKET},
}
SITE = '''\
"""The tasks of this project, for you and for the pipeline, which calls them by name."""

import os
from urllib.request import urlopen

from invoke import Collection, task
from serverless_pipeline.tasks import local, pipeline


@task
def package(c):
    """Leave public/ as it is."""


@task(name="test-functional")
def test_functional(c):
    """Ask the environment at the address in TARGET_URL."""
    with urlopen(os.environ["TARGET_URL"], timeout=30) as answer:
        print(answer.status, answer.url)


ns = Collection(package, test_functional, local, pipeline)
'''


def text(folder: Path, files: dict[str, str]) -> str:
    return tasks_file.text(survey.look(fill(folder, files)))


def lacks(folder: Path, files: dict[str, str], name: str = "tasks.py") -> list[str]:
    return list(tasks_file.lacks(survey.look(fill(folder, files)), folder / name))


@pytest.mark.parametrize("name", PROJECTS)
def test_it_is_formatted_and_faultless(tmp_path: Path, name: str) -> None:
    (tmp_path / "tasks.py").write_text(text(tmp_path, PROJECTS[name]))

    for words in ("format --isolated --diff", "check --isolated --select E,F,I,W,B,SIM,UP,PIE,RET --ignore E501"):
        command = [sys.executable, "-m", "ruff", *words.split(), "tasks.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", PROJECTS)
def test_it_imports_the_standard_library_invoke_and_the_tasks_of_the_pipeline(tmp_path: Path, name: str) -> None:
    lines = text(tmp_path, PROJECTS[name]).splitlines()

    modules = {line.split()[1] for line in lines if line.startswith(("import", "from"))}
    assert modules - {"os", "pathlib", "urllib.error", "urllib.request"} == {"invoke", "serverless_pipeline.tasks"}


def test_its_tasks_are_listed_beside_those_of_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(text(tmp_path, SAM_PROJECT))

    done = subprocess.run(
        [sys.executable, "-m", "invoke", "--list"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(name in done.stdout for name in ("package", "test-functional", "local.up", "pipeline.up"))


def test_of_a_site_it_asks_for_its_page(tmp_path: Path) -> None:
    assert text(tmp_path, SITE_PROJECT) == SITE


def test_of_an_api_it_asks_only_whether_it_is_well(tmp_path: Path) -> None:
    assert "if error.code >= 500:" in text(tmp_path, {"template.yaml": SAM})


def test_an_output_tells_a_site_as_well(tmp_path: Path) -> None:
    assert "answer.status" in text(tmp_path, {"template.yaml": SITE_OUTPUT})


def test_where_nothing_says_its_address_nothing_is_asked(tmp_path: Path) -> None:
    assert "test_functional" not in text(tmp_path, {"template.yaml": BUCKET})


def test_a_copy_is_told_by_the_repository_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()

    assert 'if not Path("../.git").exists():' in text(tmp_path / "api", SAM_PROJECT)


TASKS = """\
from invoke import task


@task
def package(c):
    pass


@task(
    name="x"
)
def other(c):
    pass


def helper(): ...
"""
IMPORT = "from serverless_pipeline.tasks import local, pipeline"
PACKAGE = '# a task package that tests and builds, or `package_task: ""` in invoke.yaml'
FUNCTIONAL = '# a task test-functional that asks the address in TARGET_URL, or `test_task: ""` in invoke.yaml'
ADDED = ("ns.add_collection(local)", "ns.add_collection(pipeline)")


@pytest.mark.parametrize(
    ("there", "lines"),
    [
        (SITE, []),
        (TASKS, [IMPORT, "ns = Collection(package, other, local, pipeline)", FUNCTIONAL]),
        (f"{TASKS}ns = Collection(package)\n", [IMPORT, *ADDED, FUNCTIONAL]),
        ("", [IMPORT, "ns = Collection(local, pipeline)", PACKAGE, FUNCTIONAL]),
    ],
)
def test_what_lacks_in_one_that_is_there_is_told(tmp_path: Path, there: str, lines: list[str]) -> None:
    assert lacks(tmp_path, {**SITE_PROJECT, "tasks.py": there}) == lines


def test_a_package_of_tasks_counts_as_a_whole(tmp_path: Path) -> None:
    files = {**SITE_PROJECT, "tasks/__init__.py": "", "tasks/build.py": SITE}

    assert lacks(tmp_path, files, "tasks/__init__.py") == []


def test_a_test_that_nobody_asks_for_is_not_lacking(tmp_path: Path) -> None:
    files = {"template.yaml": BUCKET, "tasks.py": SITE.replace("test_functional", "x").replace("test-functional", "x")}

    assert lacks(tmp_path, files) == []
