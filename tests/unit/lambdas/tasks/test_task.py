from __future__ import annotations

import importlib.util
import site
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import process, task
from lambdas.tasks.process import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENVIRONMENT = {"CI": "true"}
LATE = "ran longer than 890 s, all the time the function has, and was stopped"


class Runs:
    """What was run, and how it ended: `results` are those of the words for Invoke."""

    def __init__(self) -> None:
        self.commands: list[tuple[Sequence[Any], Path, Mapping[str, str], float]] = []
        self.results: dict[str, Result] = {}

    def run(self, command: Sequence[Any], *, cwd: Path, env: Mapping[str, str], deadline: float) -> Result:
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
    assert runs.commands == [([sys.executable, "-m", "invoke", "package"], source, ENVIRONMENT, 1000.0)]


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
    assert runs.commands[1] == ([sys.executable, "-m", "invoke", "--list"], source, ENVIRONMENT, 1000.0)


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


def test_the_environment_is_exactly_what_is_promised(tmp_path: Path) -> None:
    work, dependencies = tmp_path / "work", tmp_path / "dependencies"
    work.mkdir()

    environment = task.environment(dependencies, work, {"TARGET_URL": "http://x/", "CI": "mine"})

    assert environment == {
        "PATH": f"{dependencies}/bin:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{work}/home",
        "TMPDIR": str(work / "tmp"),
        "PYTHONPATH": f"{dependencies}:{work}/tools",
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "CI": "mine",
        "TARGET_URL": "http://x/",
    }
    assert task.environment(dependencies, make(tmp_path / "other"), {})["CI"] == "true"
    assert sorted(path.name for path in work.iterdir()) == ["home", "tmp", "tools"]
    assert [list((work / name).iterdir()) for name in ("home", "tmp")] == [[], []]


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_a_task_finds_invoke_and_what_the_bundle_holds_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = make(tmp_path / "packages")
    invoke = make(packages / "invoke")
    metadata = make(packages / "invoke-3.0.3.dist-info")
    for other in ("uv", "uv-0.13.9.dist-info", "invoke_more"):
        make(packages / other)
    library = make(tmp_path / "bundle" / "offered" / "serverless_pipeline")
    specs = {"invoke": SimpleNamespace(origin=str(invoke / "__init__.py")), "boto3": None}
    monkeypatch.setattr(importlib.util, "find_spec", specs.__getitem__)
    monkeypatch.setattr(task, "_FOR_TASKS", tmp_path / "bundle" / "offered")

    task.environment(tmp_path / "dependencies", make(tmp_path / "work"), {})

    links = {path.name: path.readlink() for path in (tmp_path / "work" / "tools").iterdir()}
    assert links == {"invoke": invoke, "invoke-3.0.3.dist-info": metadata, "serverless_pipeline": library}


def test_what_is_for_tasks_lies_beside_the_functions_in_the_bundle() -> None:
    assert Path(task.__file__).parents[2] / "offered" == task._FOR_TASKS


@pytest.mark.parametrize("spec", [None, SimpleNamespace(origin=None)])
def test_a_bundle_without_invoke_is_told_where_invoke_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: object
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)

    with pytest.raises(JobError, match=r"^The bundle of the functions holds no invoke; see lambdas/requirements\.txt"):
        task.environment(tmp_path / "dependencies", tmp_path, {})


def test_a_boto3_that_a_bare_interpreter_would_not_find_is_shown_to_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke = importlib.util.find_spec("invoke")
    runtime = tmp_path / "runtime"
    specs = {"invoke": invoke, "boto3": SimpleNamespace(origin=str(runtime / "boto3" / "__init__.py"))}
    monkeypatch.setattr(importlib.util, "find_spec", specs.__getitem__)

    environment = task.environment(tmp_path / "dependencies", make(tmp_path / "work"), {})

    assert environment["PYTHONPATH"].split(":")[2:] == [str(runtime)]


@pytest.mark.parametrize("place", ["site", "purelib", "nowhere", "nameless"])
def test_a_boto3_that_it_finds_or_that_is_not_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    origin = str(tmp_path / place / "boto3" / "__init__.py")
    specs = {"nowhere": None, "nameless": SimpleNamespace(origin=None)}
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: specs.get(place, SimpleNamespace(origin=origin)))
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path / "site")])
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / name))

    assert task._sdk() == []


def test_credentials_are_the_keys_the_region_and_the_endpoints_of_the_function() -> None:
    credentials = {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    }
    others = {"AWS_LAMBDA_RUNTIME_API", "AWS_PROFILE", "PATH", "MY_AWS_ENDPOINT_URL", "AWS_REGION_X"}

    own = task.credentials({name: f"own {name}" for name in credentials | others})

    assert own == {name: f"own {name}" for name in credentials}
