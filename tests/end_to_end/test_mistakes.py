"""What a user of the pipeline gets wrong, in a small project on an embedded AWS: each ends in words that help.

The tests share one stack; each mends what it broke.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.project import TASKS, Project, make

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = make(tmp_path_factory.mktemp("small"))
    try:
        yield project
    finally:
        project.invoke("local.down")


def test_an_up_that_was_interrupted_is_picked_up_by_the_next(project: Project) -> None:
    stderr = project.interrupt("pipeline.up", at="Created    bucket")
    project.invoke("pipeline.up")

    assert "Next: " in stderr
    assert project.data("pipeline.status")["stack"]["status"] == "CREATE_COMPLETE"
    assert "Succeeded" in project.invoke("pipeline.watch")


def test_a_run_that_was_interrupted_goes_on_and_is_picked_up(project: Project) -> None:
    with project.endless_task():
        stderr = project.interrupt("pipeline.run", at="TestAndPackage")
        running = project.execution()
    watched = project.invoke("pipeline.watch")

    assert "invoke pipeline.watch" in stderr
    assert running["status"] == "InProgress"
    assert f"Succeeded  execution {running['id']}" in watched
    assert project.execution() == running | {"status": "Succeeded"}


def test_a_source_without_the_requirements_names_the_file_and_the_setting(project: Project) -> None:
    (project.folder / "requirements.txt").unlink()

    output = project.invoke("pipeline.run", ends=1)

    (project.folder / "requirements.txt").write_text("")
    assert "Dependencies" in output
    assert "requirements.txt" in output
    assert "setting `requirements`" in output or "setting requirements" in output


def test_requirements_that_cannot_be_resolved_are_told_in_uvs_words(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("invoke==999.0\n")

    output = project.invoke("pipeline.run", ends=1)

    (project.folder / "requirements.txt").write_text("")
    assert "invoke==999.0" in output
    assert "Next: " in output


def test_an_output_that_was_not_produced_is_named_with_its_path(project: Project) -> None:
    (project.folder / "tasks.py").write_text(TASKS.replace('DIST / "openapi.json"', 'DIST / "other.json"'))

    output = project.invoke("pipeline.run", ends=1)

    (project.folder / "tasks.py").write_text(TASKS)
    assert "DistApiOutput (dist/openapi.json)" in output


def test_a_task_that_does_not_exist_is_named_beside_those_that_do(project: Project) -> None:
    project.invoke("pipeline.up", package_task="pakcage")

    output = project.invoke("pipeline.run", ends=1)

    project.invoke("pipeline.up")
    assert "no task pakcage" in output
    assert "test-functional" in output


def test_a_function_that_is_killed_ends_its_action_at_once_with_the_reason(project: Project) -> None:
    kill = "import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)\n    DIST.mkdir()"
    (project.folder / "tasks.py").write_text(TASKS.replace("DIST.mkdir()", kill))

    output = project.invoke("pipeline.run", ends=1)

    (project.folder / "tasks.py").write_text(TASKS)
    assert "TestAndPackage failed" in output
    assert "small-run-task was killed" in output


def test_a_template_that_does_not_render_is_told_before_anything_changes(project: Project) -> None:
    (project.folder / "cfn").mkdir()
    (project.folder / "cfn" / "roles.yml.j2").write_text("Resources:\n  Role: {{ nobody }}\n")
    before = project.data("pipeline.status")["stack"]

    output = project.invoke("pipeline.up", ends=2)

    shutil.rmtree(project.folder / "cfn")
    assert "roles.yml.j2:2" in output
    assert "nobody" in output
    assert project.data("pipeline.status")["stack"] == before


def test_a_template_that_does_not_lint_is_told_with_the_rendered_line(project: Project) -> None:
    (project.folder / "cfn").mkdir()
    (project.folder / "cfn" / "roles.yml.j2").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Nothing\n")

    outputs = [project.invoke(words, ends=2) for words in ("pipeline.lint", "pipeline.up")]

    shutil.rmtree(project.folder / "cfn")
    for output in outputs:
        assert "roles.yml:3  E3006" in output
        assert "| Type: AWS::SNS::Nothing" in output


def test_an_approval_is_waited_for_and_given_with_the_command_that_is_shown(project: Project) -> None:
    project.invoke("pipeline.up", approval="true")

    output = project.invoke("pipeline.run", ends=5)

    [command] = [line.strip() for line in output.splitlines() if "put-approval-result" in line]
    approve = f'eval "$({" ".join(project.command("local.env"))} 2>/dev/null)" && {command[command.index("aws ") :]}'
    path = f"{Path(sys.executable).parent}{os.pathsep}{project.environment['PATH']}"
    subprocess.run(
        ["bash", "-c", approve],
        cwd=project.folder,
        env=project.environment | {"PATH": path},
        check=True,
        capture_output=True,
    )
    assert "Succeeded" in project.invoke("pipeline.watch")
    project.invoke("pipeline.up")


def test_a_server_that_died_is_noticed_and_started_anew(project: Project) -> None:
    state = json.loads((project.folder / ".local" / "aws.json").read_text())
    os.kill(state["pid"], signal.SIGKILL)

    output = project.invoke("pipeline.watch", ends=1)
    project.invoke("pipeline.up")

    assert "does not run" in output
    assert project.data("pipeline.status")["stack"]["status"] == "CREATE_COMPLETE"


def test_going_down_without_a_terminal_needs_a_yes(project: Project) -> None:
    output = project.invoke("pipeline.down", ends=2)

    assert "--yes" in output
    assert project.data("pipeline.status")["stack"]["status"] == "CREATE_COMPLETE"


def test_down_takes_everything_and_says_so_twice(project: Project) -> None:
    first = project.invoke("pipeline.down --yes")
    second = project.invoke("pipeline.down --yes")

    assert "nothing is left" in first
    assert "Unchanged" in second or "nothing" in second
