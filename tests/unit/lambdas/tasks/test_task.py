from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import process, task
from lambdas.tasks.environment import Environment
from lambdas.tasks.process import Result

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PYTHON = Path("environment/bin/python")
ENVIRONMENT = Environment(PYTHON, {"CI": "true"}, frozenset({"hidden"}))
LATE = "ran longer than 890 s, all the time the function has, and was stopped"


class Runs:
    """What was run, and how it ended: `results` are those of the words for Invoke."""

    def __init__(self) -> None:
        self.commands: list[tuple[Sequence[Any], Path, Mapping[str, str], float]] = []
        self.secrets: Collection[str] = ()
        self.results: dict[str, Result] = {}

    def run(
        self, command: Sequence[Any], *, cwd: Path, env: Mapping[str, str], deadline: float, secrets: Collection[str]
    ) -> Result:
        self.secrets = secrets
        self.commands.append((command, cwd, env, deadline))
        return self.results[command[-1]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr(process, "run", runs.run)
    return runs


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source with a file of tasks."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "tasks.py").touch()
    return folder


def test_a_task_is_run_by_invoke_in_the_source_and_its_seconds_are_answered(source: Path, runs: Runs) -> None:
    runs.results["package"] = Result(0, (), 3.2)

    seconds = task.run("package", source, ENVIRONMENT, 1000.0)

    assert seconds == 3.2
    assert runs.secrets == {"hidden"}
    assert runs.commands == [([PYTHON, "-m", "invoke", "package"], source, {"CI": "true"}, 1000.0)]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            Result(3, ("first", "last"), 3.2),
            "The task package ended with exit code 3:\nfirst\nlast",
        ),
        (
            Result(0, ("still here",), 889.6, is_late=True),
            f"The task package {LATE}:\nstill here",
        ),
        (
            Result(1, ("No idea what 'package' is!",), 889.6, is_late=True),
            f"The task package {LATE}:\nNo idea what 'package' is!",
        ),
        (
            Result(1, ("No idea what 'other' is!",), 3.2),
            "The task package ended with exit code 1:\nNo idea what 'other' is!",
        ),
    ],
)
def test_a_failed_task_is_told_with_its_ending_and_its_last_lines(
    source: Path, runs: Runs, result: Result, message: str
) -> None:
    runs.results["package"] = result

    with pytest.raises(JobError) as caught:
        task.run("package", source, ENVIRONMENT, 1000.0)

    assert str(caught.value) == message
    assert len(runs.commands) == 1


def test_an_unknown_task_is_told_with_the_ones_there_are(source: Path, runs: Runs) -> None:
    runs.results["pakage"] = Result(1, ("No idea what 'pakage' is!",), 0.2)
    runs.results["--list"] = Result(0, ("Available tasks:", "", "  package"), 0.2)

    with pytest.raises(JobError) as caught:
        task.run("pakage", source, ENVIRONMENT, 1000.0)

    assert str(caught.value) == (
        "The source has no task pakage; these are the ones it has:\nAvailable tasks:\n\n  package"
    )
    assert runs.commands[1] == ([PYTHON, "-m", "invoke", "--list"], source, {"CI": "true"}, 1000.0)


def test_tasks_may_be_a_package(tmp_path: Path, runs: Runs) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "__init__.py").touch()
    runs.results["package"] = Result(0, (), 3.2)

    task.run("package", tmp_path, ENVIRONMENT, 1000.0)

    assert len(runs.commands) == 1


@pytest.mark.parametrize("folders", [["tasks"], ["tasks.py"], ["tasks", "tasks.py"]])
def test_a_source_without_tasks_is_told_so_and_nothing_is_run(tmp_path: Path, runs: Runs, folders: list[str]) -> None:
    for folder in folders:
        (tmp_path / "source" / folder).mkdir(parents=True)
    (tmp_path / "tasks.py").touch()

    with pytest.raises(JobError) as caught:
        task.run("package", tmp_path / "source", ENVIRONMENT, 1000.0)

    assert str(caught.value) == ("The source has no tasks.py, so there is no task package; add one, or mend the source")
    assert runs.commands == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("invoke.yaml", "tasks:\n  collection_name: build\n"),
        ("invoke.yml", "tasks: {collection_name: 'build'}\n"),
        ("invoke.json", '{"tasks": {"collection_name": "build"}}'),
        ("invoke.py", "tasks = {'collection_name': 'build'}\n"),
    ],
)
def test_tasks_may_lie_in_a_module_of_another_name(tmp_path: Path, runs: Runs, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    runs.results["package"] = Result(0, (), 3.2)

    with pytest.raises(JobError, match=r"^The source has no build\.py, so there is no task package"):
        task.run("package", tmp_path, ENVIRONMENT, 1000.0)
    (tmp_path / "build.py").touch()

    assert task.run("package", tmp_path, ENVIRONMENT, 1000.0) == 3.2
