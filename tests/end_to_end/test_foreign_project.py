"""Another project uses all this in three lines: the wheel, in a fresh environment beside a project of somebody else.

The project has tasks, settings, requirements and a stage of its own. The tests are one story and run in order.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from tests.support import ROOT, terminal
from tests.support.project import TASKS, TEMPLATE, Project, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THREE_LINES = """
from invoke import Collection
from serverless_pipeline.tasks import local, pipeline
ns = Collection(package, functional, audit, local, pipeline)
"""

OWN_TASK = """

@task
def audit(c):
    import iniconfig
    import serverless_pipeline
    print("audited with", iniconfig.__name__, "by", serverless_pipeline.__name__)
"""

OWN_SETTINGS = """\
pipeline:
  stack_name: foreign
  environments: Live
  port: 0
  requirements: build/needs.txt
"""

OWN_STAGE = """\
{% extends "serverless_pipeline/pipeline.yml.j2" %}
{% import "serverless_pipeline/macros.j2" as macros %}
{% block stages_after_commit %}
      - Name: Audit
        Actions:
{{ macros.function_action("Audit", "RunTaskFunction", run_order=1,
    inputs=["SourceOutput", "DependenciesOutput"], asks="task=audit") }}
{% endblock %}
"""


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    home = tmp_path_factory.mktemp("foreign")
    uv = find_uv_bin()
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", home / "wheels", ROOT], check=True)
    (wheel,) = (home / "wheels").glob("*.whl")
    subprocess.run([uv, "venv", "--quiet", home / "venv"], check=True)
    python = str(home / "venv" / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, f"{wheel}[local]"], check=True)
    environment = clean_environment("VIRTUAL_ENV", "PYTHONPATH")
    project = Project(write_project(home / "project"), environment, (python, "-m", "invoke"))
    try:
        yield project
    finally:
        project.invoke("local.down")


def write_project(folder: Path) -> Path:
    files = {
        "tasks.py": TASKS + OWN_TASK + THREE_LINES,
        "invoke.yaml": OWN_SETTINGS,
        "template.yaml": TEMPLATE,
        "build/needs.txt": "iniconfig==2.1.0\n",
        "cfn/pipeline.yml.j2": OWN_STAGE,
        ".gitignore": ".local/\ndist/\n__pycache__/\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def test_the_project_sees_the_words_beside_its_own(foreign: Project) -> None:
    output = foreign.invoke("--list")

    assert re.findall(r"^  (audit|package|pipeline\.up|local\.env)\b", output, re.MULTILINE)[:4] == [
        "audit", "package", "local.env", "pipeline.up"
    ]  # fmt: skip


def test_the_wheel_brings_its_types_and_its_licence(foreign: Project) -> None:
    python, *_ = foreign.words
    source = (
        "from importlib.metadata import files, metadata\n"
        "print(metadata('serverless-pipeline')['License-Expression'])\n"
        "print(*(path.name for path in files('serverless-pipeline')))\n"
    )

    licence, names = terminal.run([python, "-c", source], foreign.folder, foreign.environment).stdout.splitlines()

    assert licence == "MIT"
    assert {"py.typed", "LICENSE"} <= set(names.split())


def test_its_templates_are_ours_with_its_own_stage(foreign: Project) -> None:
    assert "no finding" in foreign.invoke("pipeline.lint")


def test_its_pipeline_takes_it_to_its_environment(foreign: Project) -> None:
    output = foreign.invoke("pipeline.up pipeline.watch")

    status = foreign.data("pipeline.status")
    assert [(stage["name"], stage["status"]) for stage in status["pipeline"]["stages"]] == [
        (name, "Succeeded") for name in ("Source", "Commit", "Audit", "Production")
    ]
    assert "build/needs.txt installed" in output
    assert "audited with iniconfig by serverless_pipeline" in foreign.invoke("pipeline.log --action Audit")


def test_it_goes_down_and_leaves_nothing(foreign: Project) -> None:
    assert "nothing is left" in foreign.invoke("pipeline.down --yes")
