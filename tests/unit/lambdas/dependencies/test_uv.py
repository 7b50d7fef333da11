from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.dependencies import uv
from lambdas.dependencies.resolution import Resolution
from lambdas.dependencies.uv import Installation
from lambdas.job.ending import JobError
from lambdas.tasks import process
from lambdas.tasks.process import Result
from lambdas.tasks.project import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.functions import Log

REQUIREMENTS = "app/requirements.txt"


class Run:
    """A run of uv, which leaves its lock, and ends as `result` says."""

    def __init__(self) -> None:
        self.result = Result(0, (), 3.2)
        self.results: list[Result] = []
        self.command: Sequence[Any] = ()
        self.options: dict[str, Any] = {}
        self.files: dict[str, str] = {}

    def __call__(self, command: Sequence[Any], **options: Any) -> Result:
        self.command, self.options = command, options
        folder = options["cwd"]
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.files = {path.relative_to(folder).as_posix(): path.read_text() for path in files}
        return self.results.pop(0) if self.results else self.result


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(uv, "executable", lambda: "/var/task/bin/uv")
    monkeypatch.setattr(uv, "environment", lambda: {"UV_NO_INDEX": "1"})
    return run


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "source"
    (folder / "app").mkdir(parents=True)
    (folder / REQUIREMENTS).touch()
    return Place(folder, folder)


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The uv of the bundle."""
    path = tmp_path / "bundle" / "uv"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(path))
    return path


PIP = ("/var/task/bin/uv", "pip", "install", "--no-progress", "--color", "never", "--python", sys.executable)


def settled(**lists: str) -> Resolution:
    return Resolution("key", frozenset(), is_hashed=False, lists=lists)


@pytest.mark.parametrize(("is_hashed", "more"), [(False, []), (True, ["--require-hashes"])])
def test_wheels_are_taken_with_a_cache_that_outlives_the_job_where_nothing_of_the_source_is_found(  # noqa: PLR0913 - what it needs
    place: Place, tmp_path: Path, scratch: Path, run: Run, more: list[str], *, is_hashed: bool
) -> None:
    target = tmp_path / "dependencies"
    resolution = Resolution("key", frozenset(), is_hashed=is_hashed, lists={REQUIREMENTS: "six==1.17.0\n"})

    done = uv.install(place, REQUIREMENTS, target, 1000.0, resolution)

    assert done == Installation(3.2)
    cache = ("--cache-dir", str(scratch / "uv-cache"))
    assert run.command == [*PIP, "--target", str(target), "--requirement", REQUIREMENTS, *more, "--no-build", *cache]
    folder = run.options.pop("cwd")
    assert (folder.parent, folder.exists()) == (scratch, False)
    assert run.options == {"env": {"UV_NO_INDEX": "1"}, "deadline": 1000.0, "runs_code": False}
    assert run.files == {REQUIREMENTS: "six==1.17.0\n", "uv.toml": ""}
    assert list(target.iterdir()) == []


def test_a_source_with_settings_of_its_own_has_a_cache_of_its_own(place: Place, tmp_path: Path, run: Run) -> None:
    """They may name a proxy, and what that answers in the place of an index is cached under the index's name."""
    (place.project / "uv.toml").write_text('index-url = "https://packages.example.com/simple"\n')

    uv.install(place, REQUIREMENTS, tmp_path / "dependencies", 1000.0, settled(**{REQUIREMENTS: "six==1.17.0\n"}))

    assert run.command[-2:] == ["--cache-dir", str(tmp_path / "uv-cache-of-settings")]
    assert run.files == {
        REQUIREMENTS: "six==1.17.0\n",
        "uv.toml": '"index-url" = "https://packages.example.com/simple"\n',
    }


def test_what_cannot_be_had_as_wheels_is_built_in_the_source_with_a_cache_that_goes_with_the_job(
    place: Place, tmp_path: Path, run: Run, log: Log
) -> None:
    target = tmp_path / "dependencies"
    run.results = [Result(1, ("disabled",), 1.0), Result(0, (), 4.0)]

    done = uv.install(place, REQUIREMENTS, target, 1000.0, settled(**{REQUIREMENTS: ""}))

    assert done == Installation(5.0, is_built=True)
    assert run.command == [
        *(*PIP, "--target", str(target), "--requirement", REQUIREMENTS),
        *("--cache-dir", str(tmp_path / "uv-cache")),
    ]
    assert run.options == {
        "cwd": place.project,
        "env": {"UV_NO_INDEX": "1"},
        "deadline": 1000.0,
        "runs_code": True,
    }
    assert log.lines == ["Not all of it can be had as wheels; what cannot is built, with a cache of its own"]


def test_nothing_is_built_when_the_time_is_up(place: Place, tmp_path: Path, run: Run) -> None:
    run.result = Result(-9, (), 889.6, is_late=True)

    with pytest.raises(JobError, match="ran longer than 890 s"):
        uv.install(place, REQUIREMENTS, tmp_path / "dependencies", 1000.0, settled(**{REQUIREMENTS: ""}))

    assert run.options["runs_code"] is False


def test_what_does_not_say_what_it_holds_is_built_at_once(place: Place, tmp_path: Path, run: Run) -> None:
    done = uv.install(place, REQUIREMENTS, tmp_path / "dependencies", 1000.0)

    assert done == Installation(3.2, is_built=True)
    assert (run.options["cwd"], run.options["runs_code"]) == (place.project, True)
    assert "--no-build" not in run.command


def test_groups_of_a_project_come_with_what_it_depends_on_itself(place: Place, tmp_path: Path, run: Run) -> None:
    (place.project / "app" / "pyproject.toml").touch()

    uv.install(place, "app/pyproject.toml:dev,docs", tmp_path / "dependencies", 1000.0)

    assert run.command[-8:-2] == [
        *("--requirement", "app/pyproject.toml"),
        *("--group", "app/pyproject.toml:dev", "--group", "app/pyproject.toml:docs"),
    ]


def test_a_lock_is_written_as_a_list_first(
    place: Place, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.project / "app" / "uv.lock").touch()
    exported = ".requirements-of-lock.txt"
    runs: list[tuple[Any, Any]] = []

    def run(command: Sequence[Any], *, cwd: Path, **options: Any) -> Result:
        runs.append((command, cwd))
        assert options["runs_code"] is False
        if "export" in command:
            (cwd / exported).write_text("six==1.17.0\n")
        else:
            assert (cwd / exported).read_text() == "six==1.17.0\n"
        return Result(0, (), 1.5)

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(uv, "executable", lambda: "uv")

    done = uv.install(place, "app/uv.lock:docs", tmp_path / "dependencies", 1000.0, settled())

    python = ("--no-progress", "--color", "never", "--python", sys.executable)
    cache = ("--cache-dir", str(scratch / "uv-cache"))
    target = ("--target", str(tmp_path / "dependencies"))
    assert done.seconds == 3.0
    (export, folder), (installation, elsewhere) = runs
    assert export == [
        *("uv", "export", *python, "--quiet", "--frozen", "--output-file", exported, "--group", "docs", "--no-cache")
    ]
    assert folder == place.project / "app"
    assert installation == ["uv", "pip", "install", *python, *target, "--requirement", exported, "--no-build", *cache]
    assert elsewhere.parent == scratch


def test_a_lock_that_cannot_be_read_is_told_in_uvs_own_words(place: Place, tmp_path: Path, run: Run) -> None:
    (place.project / "uv.lock").touch()
    run.result = Result(2, ("error: Failed to parse `uv.lock`",), 0.1)

    with pytest.raises(JobError, match=r"^Installing uv.lock: uv ended with exit code 2:\nerror: Failed to parse"):
        uv.install(place, "uv.lock", tmp_path / "dependencies", 1000.0)


def test_the_lock_of_uv_is_taken_away(place: Place, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "dependencies"

    def leave(*_arguments: Any, **_options: Any) -> Result:
        (target / ".lock").touch()
        (target / "greeting.py").touch()
        return run.result

    monkeypatch.setattr(process, "run", leave)

    uv.install(place, REQUIREMENTS, target, 1000.0)

    assert [path.name for path in target.iterdir()] == ["greeting.py"]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            Result(1, ("No solution found", "because of this"), 3.2),
            f"Installing {REQUIREMENTS}: uv ended with exit code 1:\nNo solution found\nbecause of this",
        ),
        (
            Result(0, (), 889.6, is_late=True),
            f"Installing {REQUIREMENTS}: uv ran longer than 890 s, all the time the function has, and was stopped",
        ),
    ],
)
def test_what_cannot_be_installed_is_told_in_uvs_own_words(
    place: Place, tmp_path: Path, run: Run, result: Result, message: str
) -> None:
    run.result = result

    with pytest.raises(JobError) as caught:
        uv.install(place, REQUIREMENTS, tmp_path / "dependencies", 1000.0)

    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["requirements.txt", "app"])
def test_a_source_without_the_file_is_told_which_setting_names_it(
    place: Place, tmp_path: Path, run: Run, path: str
) -> None:
    with pytest.raises(JobError) as caught:
        uv.install(place, path, tmp_path / "dependencies", 1000.0)

    assert str(caught.value) == (
        f"The source has no {path}, which the setting `requirements` names; "
        "add it (it may be empty), or mend the setting in invoke.yaml"
    )
    assert run.command == ()


def test_uv_sees_its_own_settings_but_not_who_the_function_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os,
        "environ",
        {
            "AWS_SESSION_TOKEN": "a-session-token",
            "_HANDLER": "lambdas.install.handler",
            "PYTHONPATH": "/var/runtime",
            "UV_INDEX_URL": "https://packages.example.com/simple",
            "PIP_NO_INDEX": "1",
            "MY_AWS_": "shown",
            "PWD": "/var/task",
            "OLDPWD": "/",
        },
    )

    assert uv.environment() == {
        "UV_INDEX_URL": "https://packages.example.com/simple",
        "PIP_NO_INDEX": "1",
        "MY_AWS_": "shown",
    }


def test_a_uv_that_can_be_run_is_run_where_it_lies(binary: Path, scratch: Path) -> None:
    binary.chmod(0o755)

    assert uv.executable() == str(binary)
    assert list(scratch.iterdir()) == []


def test_a_uv_that_lost_its_executable_bit_is_run_as_a_copy(binary: Path, scratch: Path) -> None:
    path = uv.executable()

    assert path == str(scratch / "uv")
    assert stat.S_IMODE((scratch / "uv").stat().st_mode) == 0o755
    assert (scratch / "uv").read_text() == binary.read_text()
    assert [file.name for file in scratch.iterdir()] == ["uv"]


def test_a_copy_is_made_once_and_again_where_another_lies_in_its_place(binary: Path, scratch: Path) -> None:
    first = os.stat(uv.executable()).st_ino  # noqa: PTH116 - the path is a text

    second = os.stat(uv.executable()).st_ino  # noqa: PTH116
    binary.write_text("#!/bin/sh\nanother\n")
    uv.executable()

    assert first == second
    assert (scratch / "uv").read_text() == "#!/bin/sh\nanother\n"


def test_a_bundle_without_uv_is_told_where_uv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise FileNotFoundError("no uv in /var/task/bin")

    monkeypatch.setattr("uv.find_uv_bin", fail)

    with pytest.raises(JobError) as caught:
        uv.executable()

    assert str(caught.value) == (
        "The bundle of the functions holds no uv; see lambdas/requirements.txt (no uv in /var/task/bin)"
    )
