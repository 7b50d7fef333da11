"""Processes of this machine, their descendants, and how to end them; Linux's /proc or else `ps`."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Process:
    """A process as it was seen; `started` tells it from a later one of the same number."""

    pid: int
    parent: int
    started: str


def command(pid: int) -> str:
    """The command line of a process, its words joined by spaces; empty if there is no such process."""
    if (PROC / "self").exists():
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return _ps("-ww", "-o", "command=", "-p", str(pid)).strip()


def descendants(pid: int) -> list[Process]:
    """Everything that a process started, directly or not, and that still has a parent to tell."""
    everything = _everything()
    found: list[Process] = []
    parents = {pid}
    while children := [process for process in everything if process.parent in parents]:
        found += children
        parents = {child.pid for child in children}
    return found


def end(processes: Iterable[Process]) -> None:
    """Kill those that are still the processes they were; what they hold is theirs no more."""
    now = set(_identities(_everything()))
    for process in processes:
        if (process.pid, process.started) in now:
            send(process.pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone does not mind."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def gone(pid: int) -> bool:
    """Whether a process has ended; a child of ours is collected on the way."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait(done: Callable[[], bool], seconds: float) -> bool:
    """Ask until it is so or the time is up; the last answer."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _identities(processes: Iterable[Process]) -> Iterable[tuple[int, str]]:
    return ((process.pid, process.started) for process in processes)


def _everything() -> list[Process]:
    if (PROC / "self").exists():
        return [process for folder in PROC.glob("[0-9]*") if (process := _from_proc(folder))]
    return [_from_ps(line) for line in _ps("-A", "-o", "pid=,ppid=,lstart=").splitlines()]


def _from_proc(folder: Path) -> Process | None:
    """See proc(5): after the name in parentheses come the state, the parent, and as field 22 the start time."""
    try:
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return Process(int(folder.name), int(fields[1]), fields[19])


def _from_ps(line: str) -> Process:
    pid, parent, started = line.split(maxsplit=2)
    return Process(int(pid), int(parent), started)


def _ps(*words: str) -> str:
    return subprocess.run(["ps", *words], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607
