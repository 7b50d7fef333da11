from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.dependencies import uv
from lambdas.job.ending import JobError
from lambdas.tasks import process
from lambdas.tasks.process import Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REQUIREMENTS = "app/requirements.txt"


class Run:
    """A run of uv, which leaves its lock, and ends as `result` says."""

    def __init__(self) -> None:
        self.result = Result(0, (), 3.2)
        self.command: Sequence[Any] = ()
        self.options: dict[str, Any] = {}

    def __call__(self, command: Sequence[Any], **options: Any) -> Result:
        self.command, self.options = command, options
        return self.result


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(uv, "executable", lambda: "/var/task/bin/uv")
    monkeypatch.setattr(uv, "environment", lambda: {"UV_NO_INDEX": "1"})
    return run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "app").mkdir(parents=True)
    (folder / REQUIREMENTS).touch()
    return folder


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The uv of the bundle."""
    path = tmp_path / "bundle" / "uv"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(path))
    return path


@pytest.mark.parametrize(
    ("options", "more"), [({}, []), ({"with_hashes": False}, []), ({"with_hashes": True}, ["--require-hashes"])]
)
def test_uv_installs_for_this_python_into_the_target_with_a_cache_that_outlives_the_job(  # noqa: PLR0913, PLR0917 - what it needs
    source: Path, tmp_path: Path, scratch: Path, run: Run, options: dict[str, bool], more: list[str]
) -> None:
    target = tmp_path / "dependencies"

    seconds = uv.install(source, REQUIREMENTS, target, 1000.0, **options)

    assert seconds == 3.2
    assert run.command == [
        *("/var/task/bin/uv", "pip", "install", "--no-progress", "--color", "never", "--python", sys.executable),
        *("--target", str(target), "--cache-dir", str(scratch / "uv-cache")),
        *("--requirement", REQUIREMENTS),
        *more,
    ]
    assert run.options == {"cwd": source, "env": {"UV_NO_INDEX": "1"}, "deadline": 1000.0}
    assert list(target.iterdir()) == []


def test_groups_of_a_project_come_with_what_it_depends_on_itself(source: Path, tmp_path: Path, run: Run) -> None:
    (source / "app" / "pyproject.toml").touch()

    uv.install(source, "app/pyproject.toml:dev,docs", tmp_path / "dependencies", 1000.0)

    assert run.command[-6:] == [
        *("--requirement", "app/pyproject.toml"),
        *("--group", "app/pyproject.toml:dev", "--group", "app/pyproject.toml:docs"),
    ]


def test_a_lock_is_written_as_a_list_first(
    source: Path, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "app" / "uv.lock").touch()
    runs: list[tuple[Any, Any]] = []

    def run(command: Sequence[Any], *, cwd: Path, **_: Any) -> Result:
        runs.append((command, cwd))
        return Result(0, (), 1.5)

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(uv, "executable", lambda: "uv")

    seconds = uv.install(source, "app/uv.lock:docs", tmp_path / "dependencies", 1000.0)

    python = ("--no-progress", "--color", "never", "--python", sys.executable)
    exported = ".requirements-of-lock.txt"
    target = ("--target", str(tmp_path / "dependencies"), "--cache-dir", str(scratch / "uv-cache"))
    assert seconds == 3.0
    assert runs == [
        (
            ["uv", "export", *python, "--quiet", "--frozen", "--output-file", exported, "--group", "docs"],
            source / "app",
        ),
        (["uv", "pip", "install", *python, *target, "--requirement", exported], source / "app"),
    ]


def test_a_lock_that_cannot_be_read_is_told_in_uvs_own_words(source: Path, tmp_path: Path, run: Run) -> None:
    (source / "uv.lock").touch()
    run.result = Result(2, ("error: Failed to parse `uv.lock`",), 0.1)

    with pytest.raises(JobError, match=r"^Installing uv.lock: uv ended with exit code 2:\nerror: Failed to parse"):
        uv.install(source, "uv.lock", tmp_path / "dependencies", 1000.0)


def test_the_lock_of_uv_is_taken_away(source: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "dependencies"

    def leave(*_arguments: Any, **_options: Any) -> Result:
        (target / ".lock").touch()
        (target / "greeting.py").touch()
        return run.result

    monkeypatch.setattr(process, "run", leave)

    uv.install(source, REQUIREMENTS, target, 1000.0)

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
    source: Path, tmp_path: Path, run: Run, result: Result, message: str
) -> None:
    run.result = result

    with pytest.raises(JobError) as caught:
        uv.install(source, REQUIREMENTS, tmp_path / "dependencies", 1000.0)

    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["requirements.txt", "app"])
def test_a_source_without_the_file_is_told_which_setting_names_it(
    source: Path, tmp_path: Path, run: Run, path: str
) -> None:
    with pytest.raises(JobError) as caught:
        uv.install(source, path, tmp_path / "dependencies", 1000.0)

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
