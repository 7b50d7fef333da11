from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from serverless_pipeline.errors import Error
from serverless_pipeline.local import environment, processes
from serverless_pipeline.local.client import health, listener, record, start
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes
from tests.support import ROOT

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

PID = 42
MODES = Modes(eventual=0.5, block_public_access=True)


class Pipe(io.BytesIO):
    """Standard input of a process; what was written can be read after it was closed."""

    content = b""
    broken = False

    def write(self, data: Any, /) -> int:
        if self.broken:
            raise BrokenPipeError
        return super().write(data)

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


@dataclass
class Machine:
    """What happens to the process that is started, in order."""

    stdin: Pipe = field(default_factory=Pipe)
    command: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    process: Any = None
    listening: socket.socket | None = None
    checks: list[tuple[str, int, float, bool]] = field(default_factory=list)
    ended: list[tuple[int, float]] = field(default_factory=list)
    prints: bytes = b""
    check: Callable[[], None] = lambda: None


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / ".local")
    home.path.mkdir()
    return home


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, home: Home) -> Machine:
    machine = Machine()
    listen = listener.listen

    def spawn(command: list[str], **options: Any) -> Any:
        machine.command, machine.options = command, options
        options["stdout"].write(machine.prints)
        machine.process = SimpleNamespace(pid=PID, stdin=machine.stdin, returncode=None)
        return machine.process

    def check(url: str, pid: int, seconds: float) -> None:
        machine.checks.append((url, pid, seconds, home.record.exists()))
        machine.check()

    def keep(port: int) -> socket.socket:
        machine.listening = listen(port)
        return machine.listening

    monkeypatch.setattr(subprocess, "Popen", spawn)
    monkeypatch.setattr(health, "check", check)
    monkeypatch.setattr(listener, "listen", keep)
    monkeypatch.setattr(psutil, "Process", lambda pid: pid)
    monkeypatch.setattr(processes, "end", lambda process, seconds: machine.ended.append((process, seconds)))
    return machine


def refuse(error: BaseException) -> Callable[[], None]:
    def check() -> None:
        raise error

    return check


def test_the_server_is_the_process_at_the_port_that_was_opened(machine: Machine, home: Home) -> None:
    server = start.start(0, home, MODES)

    (url, pid, seconds, recorded) = machine.checks[0]
    assert (server.pid, server.endpoint.url) == (PID, f"http://127.0.0.1:{server.port}")
    assert (url, pid, seconds) == (server.endpoint.url, PID, 60)
    assert not recorded
    assert machine.ended == []


def test_it_runs_in_the_mode_that_was_chosen(machine: Machine, home: Home) -> None:
    server = start.start(0, home, MODES)

    told = {name: value for name, value in machine.options["env"].items() if name in MODES.environment()}
    assert told == {
        "SERVERLESS_PIPELINE_EVENTUAL": "0.5",
        "SERVERLESS_PIPELINE_BLOCK_PUBLIC_ACCESS": "true",
        "SERVERLESS_PIPELINE_SANDBOX": "automatic",
        "SERVERLESS_PIPELINE_CODEPIPELINE_TIMING": "",
        "LAMBDA_ACCOUNT_CONCURRENCY": "100",
        "SERVERLESS_PIPELINE_REPOSITORIES": "{}",
        "SERVERLESS_PIPELINE_STUB_PROVIDERS": "false",
    }
    assert (server.modes, server.endpoint.throttles) == (MODES, True)


def test_it_is_written_down_when_it_answers(machine: Machine, home: Home) -> None:
    server = start.start(0, home, MODES)

    assert record.read(home.record) == server
    assert len(machine.checks) == 1


def test_the_time_of_its_start_is_now_in_utc(machine: Machine, home: Home) -> None:
    started = datetime.fromisoformat(start.start(0, home, MODES).started)

    assert started.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - started) < timedelta(minutes=1)
    assert started.microsecond == 0
    assert machine.process


def test_the_process_is_our_own_module_and_outlives_the_client(
    machine: Machine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "laptop-secret")

    server = start.start(0, home, MODES)

    variables = environment.server(os.environ, port=server.port, scratch=home.scratch)
    assert machine.command == [sys.executable, "-P", "-m", "serverless_pipeline.local", str(home.path)]
    assert machine.options["env"] == variables | MODES.environment() | {"PYTHONPATH": str(ROOT)}
    assert machine.options["cwd"] == home.path
    assert machine.options["start_new_session"] is True
    assert machine.options["stdin"] == subprocess.PIPE
    assert machine.process.returncode == 0


def test_what_it_prints_is_its_log(machine: Machine, home: Home) -> None:
    home.log.write_text("of an earlier start")
    machine.prints = b"a warning"

    start.start(0, home, MODES)

    assert home.log.read_bytes() == b"a warning"
    assert machine.options["stderr"] == machine.options["stdout"]


def test_the_socket_and_the_root_key_are_handed_over_by_a_pipe(machine: Machine, home: Home) -> None:
    server = start.start(0, home, MODES)

    (descriptor,) = machine.options["pass_fds"]
    assert json.loads(machine.stdin.content) == {
        "listener": descriptor,
        "key": server.endpoint.access_key_id,
        "secret": server.endpoint.secret_access_key,
    }
    assert machine.stdin.closed
    assert machine.listening
    assert machine.listening.fileno() == -1


def test_each_start_has_a_root_key_of_its_own_that_cannot_be_guessed(machine: Machine, home: Home) -> None:
    first = start.start(0, home, MODES).endpoint
    machine.stdin = Pipe()
    second = start.start(0, home, MODES).endpoint

    assert re.fullmatch("AKIA[0-9A-F]{16}", first.access_key_id)
    assert re.fullmatch(r"[\w-]{40}", first.secret_access_key)
    assert first.access_key_id != second.access_key_id
    assert first.secret_access_key != second.secret_access_key


def test_what_an_earlier_server_wrote_is_removed(machine: Machine, home: Home) -> None:
    (home.scratch / "s3").mkdir(parents=True)

    start.start(0, home, MODES)

    assert list(home.scratch.iterdir()) == []
    assert machine.process


def test_a_start_that_fails_shows_the_end_of_the_log(machine: Machine, home: Home) -> None:
    machine.prints = b"".join(b"line %d \xff\n" % number for number in range(1, 21))
    machine.check = refuse(health.Unwell("refused"))

    with pytest.raises(Error) as caught:
        start.start(0, home, MODES)

    lines = "\n".join(f"  line {number} \ufffd" for number in range(6, 21))
    assert str(caught.value) == (
        f"The embedded AWS did not start; the end of {home.log}:\n{lines}\n  Next: invoke local.up"
    )


def test_a_start_that_fails_without_a_word_says_that_too(machine: Machine, home: Home) -> None:
    machine.check = refuse(health.Unwell("refused"))

    with pytest.raises(Error, match=r"  \(its log is empty\)"):
        start.start(0, home, MODES)


@pytest.mark.parametrize("error", [health.Unwell("refused"), KeyboardInterrupt()])
def test_what_did_not_start_is_ended_and_not_written_down(machine: Machine, home: Home, error: BaseException) -> None:
    machine.check = refuse(error)

    with pytest.raises((Error, KeyboardInterrupt)):
        start.start(0, home, MODES)

    assert machine.ended == [(PID, 5)]
    assert machine.process.returncode == 0
    assert not home.record.exists()


def test_ctrl_c_stays_ctrl_c(machine: Machine, home: Home) -> None:
    machine.check = refuse(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        start.start(0, home, MODES)


def test_a_process_that_ended_before_it_read_is_told_by_its_log(machine: Machine, home: Home) -> None:
    machine.stdin.broken = True
    machine.prints = b"No module named ministack"
    machine.check = refuse(health.Unwell("refused"))

    with pytest.raises(Error, match="No module named ministack"):
        start.start(0, home, MODES)
