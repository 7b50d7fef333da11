"""The words of the embedded AWS, typed in a shop."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.shop import HEADLINE

if TYPE_CHECKING:
    from tests.support.project import Project

VARIABLES = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3_CONTROL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
]


@pytest.mark.parametrize(("word", "code"), [("status", 0), ("down", 0), ("env", 1)])
def test_an_embedded_aws_that_does_not_run_is_said_and_not_started(project: Project, word: str, code: int) -> None:
    done = project.type(f"local.{word}")

    assert done.returncode == code
    assert done.stderr.splitlines()[0] == HEADLINE
    assert "does not run" in done.stdout + done.stderr
    assert not (project.folder / ".local" / "aws.json").exists()


def test_the_embedded_aws_is_started_shown_used_and_stopped(project: Project) -> None:
    up = project.type("local.up")
    again = project.type("local.up")
    status = project.type("local.status")
    env = project.type("local.env")
    account = subprocess.run(
        ["bash", "-c", f"{env.stdout}\naws sts get-caller-identity --query Account --output text"],
        capture_output=True,
        text=True,
        check=True,
    )
    down = project.type("local.down")

    url = up.stdout.strip()
    assert [done.returncode for done in (up, again, status, env, down)] == [0] * 5
    assert again.stdout == up.stdout
    assert f"url        {url}" in status.stdout.splitlines()
    assert [shlex.split(line)[1].partition("=")[0] for line in env.stdout.splitlines()] == VARIABLES
    assert account.stdout.strip() == "000000000000"
    assert down.stderr.splitlines() == [HEADLINE, "Stopped    the embedded AWS"]


def test_a_word_typed_in_a_folder_of_the_project_is_about_the_project(project: Project) -> None:
    deep = project.folder / "cfn" / "deep"
    deep.mkdir()
    url = project.type("local.up").stdout.strip()

    there = replace(project, folder=deep)
    status, down = there.type("local.status"), there.type("local.down")

    assert f"url        {url}" in status.stdout.splitlines()
    assert down.stderr.splitlines()[-1] == "Stopped    the embedded AWS"
    assert list(deep.iterdir()) == []
