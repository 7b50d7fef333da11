"""Real tasks, run by a real Invoke; each start of it takes a good part of a second."""

import time
from pathlib import Path

import pytest

from lambdas.job.ending import JobError
from lambdas.tasks import descendants, environment, task
from lambdas.tasks.environment import Environment

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
def place(tmp_path: Path, source: Path) -> Environment:
    """An environment without dependencies."""
    return created(tmp_path, source, {})


def created(tmp_path: Path, source: Path, variables: dict[str, str]) -> Environment:
    work = tmp_path / "work"
    (work / "dependencies").mkdir(parents=True)
    return environment.create(work / "dependencies", source, work, variables)


def run(name: str, source: Path, place: Environment, seconds: float = 60) -> float:
    return task.run(name, source, place, time.monotonic() + seconds)


def in_folder(folder: Path) -> list[Path]:
    """The processes that work in a folder."""
    return [process for process in Path("/proc").glob("[0-9]*") if works_in(process, folder)]


def works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


def test_a_task_runs_in_the_source(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(TASKS)

    seconds = run("package", source, place)

    assert (source / "made.txt").read_text() == "made\n"
    assert seconds > 0


def test_a_failed_task_is_told_by_name_exit_code_and_last_lines(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError) as caught:
        run("broken", source, place)

    head, *lines = str(caught.value).splitlines()
    assert head == "The task broken ended with exit code 3:"
    assert sorted(lines) == ["first", "last"]


def test_an_unknown_task_is_told_with_the_ones_there_are(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError) as caught:
        run("pakage", source, place)

    message = str(caught.value)
    assert message.startswith("The source has no task pakage; these are the ones it has:\n")
    assert "package" in message.partition("\n")[2]
    assert "broken" in message.partition("\n")[2]


def test_a_source_without_tasks_is_told_so_and_does_not_run_those_of_a_folder_above(
    source: Path, place: Environment
) -> None:
    (source.parent / "tasks.py").write_text(TASKS)

    with pytest.raises(JobError, match=r"The source has no tasks\.py, so there is no task package"):
        run("package", source, place)

    assert not (source.parent / "made.txt").exists()


def test_tasks_may_be_a_package(source: Path, place: Environment) -> None:
    (source / "tasks").mkdir()
    (source / "tasks" / "__init__.py").write_text(TASKS)

    run("package", source, place)

    assert (source / "made.txt").exists()


def test_a_task_that_takes_too_long_is_stopped(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(TASKS + "@task\ndef slow(c):\n    c.run('sleep 600')\n")

    with pytest.raises(JobError, match="The task slow ran longer than"):
        run("slow", source, place, seconds=2)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("c.run('setsid sleep 600')", id="forks and sleeps in a new session"),
        pytest.param("c.run('(setsid sleep 600 &)'); time.sleep(600)", id="leaves a daemon"),
        pytest.param("os.close(1); os.close(2); time.sleep(600)", id="closes its output"),
        pytest.param("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", id="ignores SIGTERM"),
    ],
)
def test_a_task_that_does_not_end_is_ended_and_its_last_lines_are_told(
    source: Path, place: Environment, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descendants, "GRACE", 0.5)
    (source / "tasks.py").write_text(
        f"import os, signal, time\nfrom invoke import task\n@task\ndef slow(c):\n    print('still here')\n    {body}\n"
    )

    with pytest.raises(JobError) as caught:
        run("slow", source, place, seconds=4)

    head, *lines = str(caught.value).splitlines()
    assert head == "The task slow ran longer than 4 s, all the time the function has, and was stopped:"
    assert lines[0] == "still here"
    assert not in_folder(source)


@pytest.mark.parametrize(
    ("body", "head", "last"),
    [
        (
            "resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29)); bytearray(2**30)",
            "The task greedy ended with exit code 1:",
            "MemoryError",
        ),
        (
            "print('filling'); os.kill(os.getpid(), signal.SIGKILL)",
            "The task greedy was killed (SIGKILL), most likely for want of memory:",
            "filling",
        ),
    ],
)
def test_a_task_that_runs_out_of_memory_is_told_so(
    source: Path, place: Environment, body: str, head: str, last: str
) -> None:
    (source / "tasks.py").write_text(
        f"import os, resource, signal\nfrom invoke import task\n@task\ndef greedy(c):\n    {body}\n"
    )

    with pytest.raises(JobError) as caught:
        run("greedy", source, place)

    lines = str(caught.value).splitlines()
    assert lines[0] == head
    assert lines[-1] == last


def test_a_command_of_a_task_that_was_killed_is_told_so(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text("from invoke import task\n@task\ndef greedy(c):\n    c.run('kill -9 $$')\n")

    with pytest.raises(JobError, match="The task greedy ended with exit code 247: what it ran was killed"):
        run("greedy", source, place)


def test_a_task_that_exists_is_never_told_to_be_unknown(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(TASKS + "@task\ndef nested(c):\n    c.run('invoke absent')\n")

    with pytest.raises(JobError) as caught:
        run("nested", source, place)

    message = str(caught.value)
    assert message.startswith("The task nested ended with exit code 1:")
    assert "No idea what 'absent' is!" in message


def test_secrets_of_the_actions_variables_are_not_in_the_message(tmp_path: Path, source: Path) -> None:
    place = created(tmp_path, source, {"REGISTRY_PASSWORD": "hunter2-hunter2"})
    (source / "tasks.py").write_text(
        "import os\nfrom invoke import task\n@task\ndef leak(c):\n"
        "    raise SystemExit('login with \\033[1m' + os.environ['REGISTRY_PASSWORD'])\n"
    )

    with pytest.raises(JobError) as caught:
        run("leak", source, place)

    assert str(caught.value).splitlines()[1:] == ["login with ***"]


def test_a_task_finds_invoke_and_nothing_else_of_the_bundle(source: Path, place: Environment) -> None:
    (source / "tasks.py").write_text(
        "import importlib.util\nfrom invoke import task\n\n@task\ndef look(c):\n"
        "    names = ['action', 'clients', 'run_task']\n"
        "    raise SystemExit(sum(importlib.util.find_spec(name) is not None for name in names))\n"
    )

    run("look", source, place)


def test_a_task_finds_what_the_bundle_offers(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "offered" / "shared_words").mkdir(parents=True)
    (tmp_path / "offered" / "shared_words" / "__init__.py").touch()
    monkeypatch.setattr(environment, "_OFFERED", tmp_path / "offered")
    (source / "tasks.py").write_text("import shared_words\nfrom invoke import task\n@task\ndef look(c): ...\n")

    run("look", source, created(tmp_path, source, {}))
