from __future__ import annotations

import fcntl
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.local import processes
from serverless_pipeline.local.client import health, record, server
from serverless_pipeline.local.client import start as start_module
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "serverless_pipeline.local"
PORT = Settings(port=4600)
RECORDED = record.Server(42, 4599, Endpoint("http://127.0.0.1:4599", "key", "secret"), "2026-01-01T00:00:00+00:00")
STARTED = record.Server(43, 4600, Endpoint("http://127.0.0.1:4600", "other", "secret"), "2026-01-02T00:00:00+00:00")


@dataclass(frozen=True)
class Process:
    pid: int
    words: tuple[str, ...]

    def cmdline(self) -> list[str]:
        return list(self.words)


@dataclass
class Machine:
    """The processes that run on it, what is wrong with the server's health, and what was done."""

    processes: dict[int, Process] = field(default_factory=dict)
    unwell: str = ""
    checks: list[tuple[str, int, float]] = field(default_factory=list)
    done: list[object] = field(default_factory=list)
    modes: list[Modes] = field(default_factory=list)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / ".local")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, home: Home) -> Machine:
    """A machine on which nothing runs."""
    machine = Machine()

    def find(pid: int) -> Process:
        if pid < 0:
            raise ValueError
        if pid not in machine.processes:
            raise psutil.NoSuchProcess(pid)
        return machine.processes[pid]

    def check(url: str, pid: int, seconds: float) -> None:
        machine.checks.append((url, pid, seconds))
        if machine.unwell or pid not in machine.processes:
            raise health.Unwell(machine.unwell or "nobody answers")

    def start(port: int, place: Home, modes: Modes) -> record.Server:
        machine.modes.append(modes)
        machine.done.append(("start", port, place, is_locked(place), place.record.exists()))
        return STARTED

    def end(process: Process, seconds: float) -> None:
        machine.done.append(("end", process.pid, seconds, is_locked(home), home.record.exists()))

    monkeypatch.setattr(psutil, "Process", find)
    monkeypatch.setattr(health, "check", check)
    monkeypatch.setattr(start_module, "start", start)
    monkeypatch.setattr(processes, "end", end)
    return machine


@pytest.fixture
def recorded(machine: Machine, home: Home) -> Machine:
    """A machine on which the server that is written down runs."""
    home.path.mkdir()
    record.write(home.record, RECORDED)
    machine.processes[42] = Process(42, ("python", "-P", "-m", MODULE, str(home.path)))
    return machine


def is_locked(home: Home) -> bool:
    with home.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def ensure(home: Home) -> tuple[Endpoint, list[tuple[str, str]]]:
    lines: list[tuple[str, str]] = []
    endpoint = server.ensure(PORT, home.path.parent, say=lambda *words: lines.append(words))
    return endpoint, lines


def test_where_none_runs_one_is_started_alone_and_without_a_word(machine: Machine, home: Home) -> None:
    assert ensure(home) == (STARTED.endpoint, [])
    assert machine.done == [("start", 4600, home, True, False)]
    assert not is_locked(home)


def test_the_one_that_runs_is_found_again(recorded: Machine, home: Home) -> None:
    assert ensure(home) == (RECORDED.endpoint, [])
    assert recorded.done == []
    assert recorded.checks == [("http://127.0.0.1:4599", 42, 10)]


def test_one_is_started_in_the_mode_that_the_settings_choose(machine: Machine, home: Home) -> None:
    server.ensure(replace(PORT, local_eventual=0.5, local_block_public_access=True), home.path.parent)

    assert machine.modes == [Modes(0.5, block_public_access=True)]


def test_one_that_runs_in_another_mode_is_not_taken_in_silence(recorded: Machine, home: Home) -> None:
    with pytest.raises(Misconfigured, match=r"runs otherwise: local_eventual is 0 and not 0\.5\n") as refused:
        server.ensure(replace(PORT, local_eventual=0.5), home.path.parent)

    assert refused.value.hint == "invoke local.down"
    assert recorded.done == []


def test_a_folder_that_is_there_already_is_taken(machine: Machine, home: Home) -> None:
    home.path.mkdir()

    ensure(home)

    assert len(machine.done) == 1


def test_a_project_may_lie_in_folders_that_are_not_there_yet(machine: Machine, tmp_path: Path) -> None:
    server.ensure(PORT, tmp_path / "a" / "b")

    assert len(machine.done) == 1


def test_one_that_is_dead_is_replaced_and_told(recorded: Machine, home: Home) -> None:
    recorded.processes.clear()

    endpoint, lines = ensure(home)

    reason = f"process 42 of {home.record} is dead or another one"
    assert endpoint == STARTED.endpoint
    assert lines == [("Restarted", f"the embedded AWS: {reason}; what it held is lost")]
    assert recorded.done == [("start", 4600, home, True, False)]


def test_one_that_does_not_answer_is_ended_before_another_is_started(recorded: Machine, home: Home) -> None:
    recorded.unwell = "it hangs"

    _, lines = ensure(home)

    assert lines == [("Restarted", "the embedded AWS: it hangs; what it held is lost")]
    assert recorded.done == [("end", 42, 5, True, True), ("start", 4600, home, True, False)]


def test_nobody_need_listen(recorded: Machine, home: Home) -> None:
    recorded.unwell = "it hangs"

    assert server.ensure(PORT, home.path.parent) == STARTED.endpoint


def test_a_record_that_cannot_be_read_is_told_as_such(machine: Machine, home: Home) -> None:
    home.path.mkdir()
    home.record.write_text('{"url": ""}')

    _, lines = ensure(home)

    reason = f"{home.record} cannot be read ('access_key_id' is missing)"
    assert lines == [("Restarted", f"the embedded AWS: {reason}; what it held is lost")]
    assert machine.done == [("start", 4600, home, True, False)]


@pytest.mark.parametrize(
    "words",
    [
        ("python", "-P", "-m", MODULE, "/another/project/.local"),
        ("python", "-P", "-m", "http.server", "{home}"),
        ("{home}",),
        (),
    ],
)
def test_another_process_of_the_same_number_is_neither_taken_nor_ended(
    recorded: Machine, home: Home, words: tuple[str, ...]
) -> None:
    recorded.processes[42] = Process(42, tuple(word.format(home=home.path) for word in words))
    recorded.unwell = "process 7 answers"

    assert server.find(home.path.parent) is None
    assert not server.stop(home.path.parent)
    assert recorded.done == []


@pytest.mark.parametrize("error", [psutil.ZombieProcess(42), psutil.AccessDenied(42)])
def test_a_process_that_cannot_be_looked_at_is_not_the_server(
    recorded: Machine, home: Home, monkeypatch: pytest.MonkeyPatch, error: psutil.Error
) -> None:
    def refuse(_process: Process) -> list[str]:
        raise error

    monkeypatch.setattr(Process, "cmdline", refuse)
    recorded.unwell = "nobody answers"

    assert not server.stop(home.path.parent)
    assert recorded.done == []


def test_a_number_that_no_process_has_is_no_server(recorded: Machine, home: Home) -> None:
    home.record.write_text(home.record.read_text().replace("42", "-42"))

    assert server.find(home.path.parent) is None
    assert recorded.done == []


def test_finding_changes_nothing(recorded: Machine, home: Home) -> None:
    recorded.unwell = "it hangs"

    assert server.find(home.path.parent) is None
    assert recorded.done == []
    assert home.record.exists()


def test_the_one_that_runs_is_found_with_its_record(recorded: Machine, home: Home) -> None:
    assert server.find(home.path.parent) == RECORDED
    assert recorded.done == []


def test_where_none_runs_none_is_found_and_no_folder_is_made(machine: Machine, home: Home) -> None:
    assert server.find(home.path.parent) is None
    assert not server.stop(home.path.parent)
    assert not home.path.exists()
    assert machine.done == []


def test_the_project_is_the_working_directory_if_none_is_named(
    recorded: Machine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.path.parent)

    assert server.find() == RECORDED
    assert server.ensure(PORT) == RECORDED.endpoint
    assert server.stop()
    assert len(recorded.done) == 1


def test_stopping_ends_the_process_and_removes_what_it_left(recorded: Machine, home: Home) -> None:
    recorded.unwell = "it hangs"
    home.scratch.mkdir()

    assert server.stop(home.path.parent)

    assert recorded.done == [("end", 42, 5, True, True)]
    assert sorted(path.name for path in home.path.iterdir()) == ["lock"]


@pytest.mark.parametrize("text", [None, "{"])
def test_without_a_record_there_is_nothing_to_end_but_something_to_remove(
    machine: Machine, home: Home, text: Any
) -> None:
    home.scratch.mkdir(parents=True)
    if text:
        home.record.write_text(text)

    assert not server.stop(home.path.parent)

    assert machine.done == []
    assert sorted(path.name for path in home.path.iterdir()) == ["lock"]
