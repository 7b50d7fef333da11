from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lambdas.execution import storage, traces
from lambdas.execution.traces import Traces

if TYPE_CHECKING:
    from pathlib import Path

HERE = {"LAMBDA_TASK_ROOT": "/elsewhere"}


@pytest.fixture
def left(scratch: Path) -> Path:
    """A temporary folder with uv, its cache, and what a job that was killed left."""
    scratch.chmod(0o700)
    for name in ("uv-cache", "task-1"):
        (scratch / name).mkdir()
    (scratch / "uv").touch()
    return scratch


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_at_the_start_of_the_function_nothing_counts_that_lies_there(left: Path) -> None:
    found = Traces()

    found.begin(HERE)

    assert (names(left), found.faults) == ([], [])


def test_it_is_swept_once_and_then_after_each_job(left: Path) -> None:
    found = Traces(has_begun=True)

    found.begin(HERE)

    assert names(left) == ["task-1", "uv", "uv-cache"]


def test_after_a_job_that_ran_no_code_uv_and_its_cache_stay(left: Path) -> None:
    found = Traces()

    found.tidy(HERE)

    assert (names(left), found.faults) == (["uv", "uv-cache"], [])


def test_after_a_job_that_ran_code_nothing_stays_and_the_next_begins_anew(left: Path) -> None:
    found = Traces(code_ran=True)

    found.tidy(HERE)

    assert (names(left), found.faults, found.code_ran) == ([], [], False)


@pytest.mark.usefixtures("left")
def test_what_cannot_be_removed_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "sweep", lambda _keep: [f"{number}" for number in range(9)])
    found = Traces(code_ran=True)

    found.tidy(HERE)

    assert found.faults == ["'0', '1', '2', '3', '4' cannot be removed from its temporary folder"]
    assert found.code_ran is True


@pytest.mark.usefixtures("left")
def test_that_the_folder_cannot_be_read_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_keep: object) -> list[str]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(storage, "sweep", refuse)
    found = Traces()

    found.tidy(HERE)

    assert found.faults == ["its temporary folder cannot be emptied: [Errno 24] Too many open files"]


@pytest.mark.parametrize(("code_ran", "faults"), [(False, 0), (True, 1)])
def test_a_folder_that_others_use_stays_as_it_is_and_is_a_fault_once_code_ran(
    left: Path, *, code_ran: bool, faults: int
) -> None:
    left.chmod(0o1777)
    found = Traces(code_ran=code_ran)

    found.begin(HERE)
    found.tidy(HERE)

    assert names(left) == ["task-1", "uv", "uv-cache"]
    assert len(found.faults) == faults


def test_what_is_no_function_of_lambdas_hands_nothing_on_and_keeps_its_files(left: Path) -> None:
    found = Traces(code_ran=True, faults=["something lives"])

    found.begin({})
    found.tidy({})

    assert (names(left), found.faults) == (["task-1", "uv", "uv-cache"], [])


def test_the_process_of_a_function_ends_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)

    traces.end({})
    assert ends == []

    traces.end(HERE)
    assert ends == [traces.EXIT_CODE]
    assert traces.EXIT_CODE != 0
