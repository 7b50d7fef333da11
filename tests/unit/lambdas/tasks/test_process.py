from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from lambdas.tasks import descendants, process
from lambdas.tasks.process import Result

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
READY = "while [ ! -e ready ]; do sleep 0.01; done"
LEAVE = {
    "a child": "sleep 600 & echo $!",
    "a child in a session of its own": f"setsid sh -c 'echo $$; touch ready; exec sleep 600' & {READY}",
    "a child that ignores SIGTERM": f"(trap '' TERM; sh -c 'echo $$; touch ready; exec sleep 600') & {READY}",
}
TRIES = (0.3, 3, 30)
"""The seconds that a command has until its time is up: more where the machine is too busy for it to say a word."""


def run(script: str, folder: Path, seconds: float = 60, **environment: str) -> Result:
    start = time.monotonic()
    return process.run(["sh", "-c", script], cwd=folder, env=ENVIRONMENT | environment, deadline=start + seconds)


def run_late(script: str, folder: Path) -> Result:
    """The result of a command that does not end, once it had the time to say something."""
    for seconds in TRIES:
        result = run(script, folder, seconds)
        if result.lines:
            return result
    raise AssertionError("The command says nothing")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not collected yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        os.sched_yield()
    return condition()


def test_both_streams_are_shown_and_kept_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run("echo out; echo err >&2; echo end", tmp_path)

    assert result.lines == ("out", "err", "end")
    assert capsys.readouterr().out == "out\nerr\nend\n"
    assert (result.code, result.is_late) == (0, False)
    assert 0 < result.seconds < 60


def test_a_line_is_shown_at_once_and_before_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[dict[str, Any]] = []

    def show(_line: str, **words: Any) -> None:
        options.append(words)
        (tmp_path / "go").touch()

    monkeypatch.setattr("builtins.print", show)

    result = run("echo first; for i in $(seq 3000); do [ -e go ] && exit 0; sleep 0.01; done; exit 1", tmp_path)

    assert result.code == 0
    assert options == [{"flush": True}]


@pytest.mark.parametrize(
    ("result", "is_success", "ending"),
    [
        (Result(0, (), 3.2), True, "ended with exit code 0"),
        (Result(7, (), 3.2), False, "ended with exit code 7"),
        (Result(-15, (), 3.2), False, "was ended by signal 15"),
        (Result(-9, (), 3.2), False, "was killed (SIGKILL), most likely for want of memory"),
        (
            Result(137, (), 3.2),
            False,
            "ended with exit code 137: what it ran was killed (SIGKILL), most likely for want of memory",
        ),
        (
            Result(247, (), 3.2),
            False,
            "ended with exit code 247: what it ran was killed (SIGKILL), most likely for want of memory",
        ),
        (Result(138, (), 3.2), False, "ended with exit code 138"),
        (
            Result(0, (), 889.6, is_late=True),
            False,
            "ran longer than 890 s, all the time the function has, and was stopped",
        ),
        (
            Result(-9, (), 889.6, is_late=True),
            False,
            "ran longer than 890 s, all the time the function has, and was stopped",
        ),
    ],
)
def test_an_ending_is_told_in_words(result: Result, is_success: bool, ending: str) -> None:  # noqa: FBT001 - a table
    assert (result.is_success, result.ending) == (is_success, ending)


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -TERM $$", -15), ("kill -KILL $$", -9)])
def test_the_code_is_that_of_the_process_or_the_signal_that_ended_it(tmp_path: Path, script: str, code: int) -> None:
    assert run(script, tmp_path).code == code


def test_a_process_finds_its_folder_nothing_on_its_input_and_the_environment_that_it_is_given(tmp_path: Path) -> None:
    result = run("pwd; cat; env | sort", tmp_path, COLOUR="red")

    folder, *variables = result.lines
    assert folder == str(tmp_path)
    assert {name: value for name, _, value in (line.partition("=") for line in variables)} == {
        **ENVIRONMENT,
        "COLOUR": "red",
        "PWD": str(tmp_path),
        **({"_": "/usr/bin/env"} if any(line.startswith("_=") for line in variables) else {}),
    }


def test_a_process_leads_a_session_of_its_own(tmp_path: Path) -> None:
    result = run("echo $$; cut -d' ' -f6 /proc/$$/stat", tmp_path)

    assert result.lines[0] == result.lines[1]


def test_a_secret_of_the_environment_is_neither_shown_nor_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run("echo the token is $API_TOKEN", tmp_path, API_TOKEN="f00dcafe")

    assert result.lines == ("the token is ***",)
    assert capsys.readouterr().out == "the token is ***\n"


def test_a_process_that_closes_its_output_is_still_waited_for(tmp_path: Path) -> None:
    result = run("echo last; exec >&- 2>&-; sleep 0.05; touch done", tmp_path)

    assert result.lines == ("last",)
    assert result.is_success
    assert (tmp_path / "done").exists()


def test_the_environment_of_this_process_is_hidden_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    start = subprocess.Popen

    def begin(*arguments: Any, **options: Any) -> Any:
        steps.append("start")
        return start(*arguments, **options)

    monkeypatch.setattr(descendants, "hide_environment", lambda: steps.append("hide"))
    monkeypatch.setattr(subprocess, "Popen", begin)

    run("true", tmp_path)

    assert steps == ["hide", "start"]


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
@pytest.mark.parametrize("then", ["true", "sleep 600"])
def test_nothing_stays_behind_wherever_it_went(
    tmp_path: Path, leave: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descendants, "GRACE", 0.05)

    result = run_late(f"{leave}\n{then}", tmp_path)

    assert result.is_late is (then != "true")
    assert result.is_success is not result.is_late
    assert not is_alive(int(result.lines[0]))


class Thread(threading.Thread):
    """A thread that tells how long it was waited for, and whether it keeps Python from ending."""

    waits: ClassVar[list[float | None]] = []
    daemons: ClassVar[list[bool]] = []

    def start(self) -> None:
        self.daemons.append(self.daemon)
        super().start()

    def join(self, timeout: float | None = None) -> None:
        self.waits.append(timeout)
        super().join(timeout)


def test_a_time_that_is_up_already_ends_the_process_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", Thread)
    monkeypatch.setattr(Thread, "waits", [])

    result = run("sleep 600", tmp_path, seconds=-5)

    assert result.is_late
    assert Thread.waits == [0, 1.0, 1.0]


def test_nothing_that_is_waited_for_keeps_the_function_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", Thread)
    monkeypatch.setattr(Thread, "daemons", [])

    run("true", tmp_path)

    assert Thread.daemons == [True, True]


def test_a_process_that_ends_well_when_it_is_asked_to_has_not_succeeded(tmp_path: Path) -> None:
    result = run_late("trap 'echo asked; exit 0' TERM; echo ready; while true; do sleep 0.01; done", tmp_path)

    assert (result.code, result.lines[0], result.lines[-1]) == (0, "ready", "asked")
    assert not result.is_success


def test_a_process_that_cannot_be_ended_counts_as_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.05)
    monkeypatch.setattr(descendants, "end", lambda *_, **__: None)
    monkeypatch.setattr(os, "killpg", lambda *_: None)
    go = tmp_path / "go"

    result = run("while [ ! -e go ]; do sleep 0.01; done", tmp_path, seconds=0.05)
    go.touch()

    assert (result.code, result.is_late) == (-signal.SIGKILL, True)


def test_where_descendants_cannot_be_seen_the_session_is_killed_and_the_rest_is_heard_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(descendants, "_processes", list)
    monkeypatch.setattr(process, "_GRACE", 0.2)
    threads = set(threading.enumerate())
    late = "echo $$; while [ ! -e go ]; do sleep 0.01; done; echo late"

    result = run(f"sleep 600 & echo $!\nsetsid sh -c '{late}' &\nsleep 0.1", tmp_path)
    log = capsys.readouterr().out
    (tmp_path / "go").touch()

    stayed, left = map(int, log.split())
    assert result.is_success
    assert until(lambda: not is_alive(stayed))
    assert until(lambda: not is_alive(left))
    assert until(lambda: set(threading.enumerate()) <= threads)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_a_session_that_is_gone_or_not_ours_any_longer_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    groups: list[tuple[int, int]] = []

    def kill_group(group: int, number: int) -> None:
        groups.append((group, number))
        raise error

    monkeypatch.setattr(os, "killpg", kill_group)

    result = run("echo $$", tmp_path)

    assert result.is_success
    assert groups == [(int(result.lines[0]), signal.SIGKILL)]
