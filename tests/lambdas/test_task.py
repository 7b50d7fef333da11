import sys
import time
from pathlib import Path

import pytest
import task
from ending import JobError

TASKS = """
from invoke import task

@task
def package(c):
    "Make what is delivered."
    c.run("echo made > made.txt")

@task
def broken(c):
    c.run("echo first; echo '\\033[31mlast\\033[0m' >&2; exit 3")
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    work = tmp_path / "work"
    (work / "dependencies").mkdir(parents=True)
    return task.environment(work / "dependencies", work, {})


def run(name: str, source: Path, environment: dict[str, str], seconds: float = 60) -> float:
    return task.run(name, source, environment, time.monotonic() + seconds)


def test_a_task_runs_in_the_source(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks.py").write_text(TASKS)

    seconds = run("package", source, environment)

    assert (source / "made.txt").read_text() == "made\n"
    assert seconds > 0


def test_a_failed_task_is_told_by_name_exit_code_and_last_lines(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError) as caught:
        run("broken", source, environment)

    head, *lines = str(caught.value).splitlines()
    assert head == "The task broken ended with exit code 3:"
    assert sorted(lines) == ["first", "last"]


def test_an_unknown_task_is_told_with_the_ones_there_are(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError) as caught:
        run("pakage", source, environment)

    message = str(caught.value)
    assert message.startswith("The source has no task pakage; these are the ones it has:\n")
    assert "package" in message.partition("\n")[2]
    assert "broken" in message.partition("\n")[2]


def test_a_source_without_tasks_is_told_so_and_does_not_run_those_of_a_folder_above(
    source: Path, environment: dict[str, str]
) -> None:
    (source.parent / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError, match=r"The source has no tasks\.py, so there is no task package"):
        run("package", source, environment)

    assert not (source.parent / "made.txt").exists()


def test_tasks_may_be_a_package(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks").mkdir()
    (source / "tasks" / "__init__.py").write_text(TASKS)

    run("package", source, environment)

    assert (source / "made.txt").exists()


def test_a_task_that_takes_too_long_is_stopped(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks.py").write_text(TASKS + "@task\ndef slow(c):\n    c.run('sleep 600')\n")

    with pytest.raises(JobError, match="The task slow ran longer than"):
        run("slow", source, environment, seconds=2)


def test_the_environment_is_exactly_what_is_promised(tmp_path: Path) -> None:
    work, dependencies = tmp_path / "work", tmp_path / "dependencies"
    work.mkdir()

    environment = task.environment(dependencies, work, {"TARGET_URL": "http://x/", "CI": "mine"})

    interpreter = Path(sys.executable).parent
    assert environment == {
        "PATH": f"{dependencies}/bin:{interpreter}:/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{work}/home",
        "TMPDIR": str(work / "tmp"),
        "PYTHONPATH": f"{dependencies}:{work}/tools",
        "PYTHONUNBUFFERED": "1",
        "LANG": "C.UTF-8",
        "CI": "mine",
        "TARGET_URL": "http://x/",
    }


def test_a_task_finds_invoke_and_nothing_else_of_the_bundle(source: Path, environment: dict[str, str]) -> None:
    (source / "tasks.py").write_text(
        "import importlib.util\nfrom invoke import task\n\n@task\ndef look(c):\n"
        "    names = ['action', 'clients', 'run_task']\n"
        "    raise SystemExit(sum(importlib.util.find_spec(name) is not None for name in names))\n"
    )

    run("look", source, environment)


def test_a_boto3_that_a_bare_interpreter_would_not_find_is_shown_to_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    (runtime / "boto3").mkdir(parents=True)
    (runtime / "boto3" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(runtime))
    monkeypatch.delitem(sys.modules, "boto3", raising=False)

    assert task._sdk() == [runtime]


def test_a_bundle_without_invoke_is_told_where_invoke_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(JobError, match=r"holds no invoke; see lambdas/requirements\.txt"):
        task.environment(tmp_path / "dependencies", tmp_path, {})
