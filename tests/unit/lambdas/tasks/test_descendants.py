from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambdas.tasks import descendants
from lambdas.tasks.descendants import Process, Watch
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from pathlib import Path

OWN = 10
TERM, KILL = signal.SIGTERM, signal.SIGKILL


class Proc:
    """A folder /proc: what `proc_pid_stat(5)` says of processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "self").mkdir()
        (folder / "self" / "stat").write_text("no process")

    def put(self, pid: int, parent: int, session: int, *, start: str = "100", name: str = "sh") -> None:
        others = " ".join(map(str, range(7, 22)))
        (self.folder / str(pid)).mkdir(exist_ok=True)
        (self.folder / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 5 {session} {others} {start} 23 24\n")


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proc:
    monkeypatch.setattr(descendants, "_PROC", tmp_path)
    monkeypatch.setattr(os, "getpid", lambda: OWN)
    monkeypatch.setattr(os, "getsid", lambda pid: OWN if pid == 0 else None)
    return Proc(tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(descendants, "time", clock)
    return clock


@pytest.fixture
def controls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """What `prctl` was asked for."""
    calls: list[tuple[int, ...]] = []

    class Library:
        def __init__(self, name: str | None) -> None:
            assert name is None

        def prctl(self, *arguments: int) -> None:
            calls.append(arguments)

    monkeypatch.setattr(ctypes, "CDLL", Library)
    monkeypatch.setattr(sys, "platform", "linux")
    return calls


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Who was sent which signal; the process 13 is gone, and 14 belongs to somebody else."""
    sent: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        sent.append((pid, number))
        if pid == 13:
            raise ProcessLookupError
        if pid == 14:
            raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    return sent


def process(pid: int, state: str = "S", parent: int = 1, start: str = "100") -> Process:
    return Process(pid, start, parent, pid, state)


class Look:
    """The descendants as they are each time somebody looks; in the end as they were last."""

    alone = False

    def __init__(self, *views: list[Process], takes_orphans: bool = False) -> None:
        self._views = list(views)
        self.takes_orphans = takes_orphans

    @property
    def watch(self) -> Watch:
        """It, for those who ask for a watch."""
        return cast("Watch", self)

    def __call__(self) -> list[Process]:
        return self._views.pop(0) if len(self._views) > 1 else self._views[0]


def test_who_is_asked_has_two_seconds_to_end_and_is_looked_at_every_fiftieth_of_one() -> None:
    assert (descendants.GRACE, descendants._LAST_GRACE, descendants._POLL) == (2.0, 1.0, 0.02)


@pytest.mark.parametrize(("state", "is_alive"), [("S", True), ("R", True), ("D", True), ("Z", False), ("X", False)])
def test_what_waits_to_be_collected_does_not_live(state: str, is_alive: bool) -> None:  # noqa: FBT001 - a table
    assert process(1, state).is_alive is is_alive


@pytest.mark.parametrize("name", ["sh", "my program", "a) R (b"])
@pytest.mark.usefixtures("controls")
def test_a_process_is_read_whatever_its_name_is(proc: Proc, name: str) -> None:
    with descendants.watch() as look:
        proc.put(21, OWN, 22, start="4711", name=name)

        assert look() == [Process(pid=21, start="4711", parent=OWN, session=22, state="S")]
        assert look()[0].identity == (21, "4711")


@pytest.mark.usefixtures("controls")
def test_all_below_this_process_is_seen_but_for_what_stays_in_its_session(proc: Proc) -> None:
    with descendants.watch() as look:
        proc.put(1, 0, 1)
        proc.put(OWN, 1, OWN)
        proc.put(11, OWN, OWN)
        proc.put(12, 11, 12)
        proc.put(20, OWN, 20)
        proc.put(21, 20, 20)
        proc.put(22, 21, 22)
        proc.put(23, 21, OWN)
        proc.put(24, OWN, 24)
        proc.put(30, 1, 30)

        pids = [process.pid for process in look()]

    assert sorted(pids) == [20, 21, 22, 23, 24]
    assert set(pids[:2]) == {20, 24}


@pytest.mark.usefixtures("controls")
def test_what_was_there_before_is_left_alone_and_a_new_process_of_its_number_is_not(proc: Proc) -> None:
    proc.put(20, OWN, 20, start="100")
    proc.put(21, OWN, 21, start="100")

    with descendants.watch() as look:
        proc.put(21, OWN, 21, start="200")

        assert [process.identity for process in look()] == [(21, "200")]


@pytest.mark.usefixtures("controls")
def test_a_process_that_ends_while_it_is_read_is_left_out(proc: Proc) -> None:
    with descendants.watch() as look:
        proc.put(20, OWN, 20)
        (proc.folder / "21").mkdir()

        assert [process.pid for process in look()] == [20]


@pytest.mark.usefixtures("proc")
def test_orphans_are_taken_in_as_long_as_somebody_watches(controls: list[tuple[int, ...]]) -> None:
    def break_off() -> None:
        with descendants.watch():
            assert controls == [(36, 1, 0, 0, 0)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert controls == [(36, 1, 0, 0, 0), (36, 0, 0, 0, 0)]


def test_the_environment_is_hidden_by_forbidding_to_dump_the_process(controls: list[tuple[int, ...]]) -> None:
    descendants.hide_environment()

    assert controls == [(4, 0, 0, 0, 0)]


def test_elsewhere_than_on_linux_nothing_is_controlled(
    controls: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    descendants.hide_environment()

    assert controls == []


def test_who_ends_when_asked_is_not_killed(kills: list[tuple[int, int]], clock: Clock) -> None:
    alive, dead = [process(11), process(12)], [process(11, "Z"), process(12, "Z")]

    descendants.end(Look(alive, alive, dead).watch, child=0)

    assert kills == [(11, TERM), (12, TERM)]
    assert clock.pauses == [0.02, 0.02]


def test_who_comes_meanwhile_is_asked_too(kills: list[tuple[int, int]], clock: Clock) -> None:
    views = [[process(11)], [process(11), process(12)], [process(12, start="200"), process(11, "Z")], []]

    descendants.end(Look(*views).watch, child=0)

    assert kills == [(11, TERM), (12, TERM), (12, TERM)]
    assert len(clock.pauses) == 3


def test_who_does_not_end_in_time_is_killed_and_not_waited_for_for_ever(
    kills: list[tuple[int, int]], clock: Clock
) -> None:
    descendants.end(Look([process(11)]).watch, child=0)

    assert kills == [(11, TERM), (11, KILL)]
    assert clock.now == pytest.approx(3.0, abs=0.05)


def test_one_that_is_gone_or_somebody_elses_does_not_keep_the_others_alive(
    kills: list[tuple[int, int]], clock: Clock
) -> None:
    descendants.end(Look([process(13), process(14), process(15)], []).watch, child=0)

    assert kills == [(13, TERM), (14, TERM), (15, TERM)]
    assert clock.now > 0


@pytest.mark.usefixtures("kills", "clock", "proc")
def test_the_dead_children_are_reaped_but_for_the_one_that_somebody_else_reaps(monkeypatch: pytest.MonkeyPatch) -> None:
    reaped: list[Any] = []

    def waitpid(pid: int, options: int) -> None:
        reaped.append((pid, options))
        raise ChildProcessError

    monkeypatch.setattr(os, "waitpid", waitpid)
    family = [
        process(11, "Z", parent=OWN),
        process(12, "Z", parent=OWN),
        process(16, "Z", parent=11),
        process(17, "S", parent=OWN),
        process(18, "Z", parent=OWN),
    ]

    descendants.end(Look(family).watch, child=12)

    assert reaped == [(11, os.WNOHANG), (18, os.WNOHANG)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is seen")
def test_a_real_process_that_left_the_session_is_seen_and_ended() -> None:
    with descendants.watch() as look:
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)
        pids = [process.pid for process in look()]
        descendants.end(look, child=child.pid)

    assert pids == [child.pid]
    assert child.wait() == -TERM


@pytest.mark.parametrize(("left", "is_over"), [([], True), ([process(11)], False)])
def test_where_orphans_are_taken_in_it_is_known_whether_anything_lives_on(
    kills: list[tuple[int, int]], clock: Clock, *, left: list[Process], is_over: bool
) -> None:
    assert descendants.end(Look(left, takes_orphans=True).watch, child=0) is is_over
    assert len(kills) == 2 * len(left)
    assert clock.now < 4.1


@pytest.mark.usefixtures("kills", "clock", "proc")
def test_where_nobody_takes_orphans_in_nothing_is_certain() -> None:
    assert descendants.end(Look([]).watch, child=0) is False


@pytest.mark.parametrize("is_childless", [True, False])
@pytest.mark.usefixtures("kills", "clock", "proc")
def test_who_had_no_child_before_believes_the_kernel(monkeypatch: pytest.MonkeyPatch, *, is_childless: bool) -> None:
    monkeypatch.setattr(descendants, "_is_childless", lambda: is_childless)

    over = descendants.end(Watch(frozenset(), takes_orphans=True, alone=True), child=0)

    assert over is is_childless


def test_elsewhere_than_on_linux_the_kernel_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "waitid", None)

    assert descendants._is_childless() is False


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is seen")
def test_a_child_that_was_not_collected_counts_until_it_is() -> None:
    alone = descendants._is_childless()
    child = subprocess.Popen(["true"])

    before = descendants._is_childless()
    child.wait()

    assert before is False
    assert descendants._is_childless() is alone


def test_a_watch_does_not_change() -> None:
    assert changeable(Watch(frozenset(), takes_orphans=True, alone=True)) == []
