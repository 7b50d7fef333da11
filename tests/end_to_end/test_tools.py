"""A task has what AWS's image has and what the project brings as a tool, and nothing else of the laptop."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.project import PACKAGE, TASKS, Project, make

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOKS = """\
    for words in ("greet", "git --version", "node --version", "make --version", "tar --version"):
        print(f"<{words}>", c.run(words, hide=True, warn=True).exited)
    c.run("greet")
    print("version", os.environ["SOURCE_VERSION"])
    import multiprocessing, concurrent.futures
    try:
        multiprocessing.Lock()
    except OSError:
        print("no locks")
    print("threads", *concurrent.futures.ThreadPoolExecutor().map(abs, [-1, -2]))
    try:
        c.run("true", pty=True)
    except OSError as error:
        print("no pty:", error)
"""
GREETING = "#!/bin/sh\necho greetings, {name}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with a tool, brought up; its first execution has ended."""
    one = make(tmp_path_factory.mktemp("tools"), TASKS.replace(PACKAGE, PACKAGE + LOOKS))
    one.environment.update(INVOKE_PIPELINE_TOOLS="tools")
    tool = one.folder / "tools" / "bin" / "greet"
    tool.parent.mkdir(parents=True)
    tool.write_text(GREETING.format(name="friend"))
    tool.chmod(0o755)
    try:
        yield one
    finally:
        one.invoke("local.down")


@pytest.fixture(scope="module")
def brought_up(project: Project) -> str:
    """What `up` says."""
    words = project.invoke("pipeline.up")
    project.invoke("pipeline.watch")
    return words


@pytest.fixture(scope="module")
def log(project: Project, brought_up: str) -> list[str]:
    """The log of the package task, line by line."""
    assert "tools/" in brought_up
    return project.invoke("pipeline.log --action TestAndPackage").splitlines()


def test_what_only_a_laptop_has_is_advised_against(brought_up: str) -> None:
    advice = [line for line in brought_up.splitlines() if line.startswith("Advice")]

    assert [line.partition(": ")[2].partition(",")[0] for line in advice] == [
        "package imports multiprocessing",
        "package asks for a pty",
    ]


def test_a_task_finds_a_tool_of_the_project(log: list[str]) -> None:
    assert "<greet> 0" in log
    assert "greetings, friend" in log


@pytest.mark.skipif(sys.platform != "linux" and not os.environ.get("CI"), reason="a sandbox of Linux")
@pytest.mark.parametrize("words", ["git --version", "node --version", "make --version", "tar --version"])
def test_a_task_does_not_find_what_the_laptop_has(log: list[str], words: str) -> None:
    assert f"<{words}> 127" in log


@pytest.mark.skipif(sys.platform != "linux" and not os.environ.get("CI"), reason="a sandbox of Linux")
def test_there_is_neither_shared_memory_nor_a_terminal_and_threads_do(log: list[str]) -> None:
    assert "no locks" in log
    assert "threads 1 2" in log
    assert "no pty: out of pty devices" in log


def test_a_task_knows_the_version_of_its_source(log: list[str]) -> None:
    [version] = [line.split()[1] for line in log if line.startswith("version ")]

    assert len(version) == len("20261126-120000")


def test_a_tool_that_changed_is_another_layer_for_the_next_execution(project: Project, log: list[str]) -> None:
    assert "greetings, friend" in log
    (project.folder / "tools" / "bin" / "greet").write_text(GREETING.format(name="stranger"))

    project.invoke("pipeline.up")
    project.invoke("pipeline.run")

    assert "greetings, stranger" in project.invoke("pipeline.log --action TestAndPackage")


def test_a_tool_that_is_not_there_is_told_before_anything_changes(project: Project, log: list[str]) -> None:
    assert log

    words = project.invoke("pipeline.up", ends=2, tools="tools/missing")

    assert "tools: tools/missing is not there." in words


def test_a_layer_of_another_account_is_told_with_the_way_out(project: Project, log: list[str]) -> None:
    assert log
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:node:3"

    words = project.invoke("pipeline.up", ends=2, tools=arn)

    assert f"the layer {arn} is not to be had" in words
    assert "name a folder of the project" in words


def test_nothing_of_it_is_left(project: Project, log: list[str]) -> None:
    assert log

    assert "nothing" in project.invoke("pipeline.down --yes").lower()
