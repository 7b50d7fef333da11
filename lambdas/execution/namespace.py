"""Whether the function has a PID namespace to itself: then one signal ends all that jobs started, and nothing else.

`kill(-1, SIGKILL)` reaches at once every process that its sender may signal, but for the sender and PID 1, and no
chain of forks outruns it. Where anything else lives, as on a laptop, it would end that too: so it is sent only where at
the start of the function nothing else was there, and where still nothing has another origin than the function.
See kill(2), pid_namespaces(7), proc_pid_status(5).
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PROC = Path("/proc")
_INITIAL = 0xEFFFFFFC
"""The number of the namespace in which a machine itself runs, the same on every Linux: nothing is alone there."""
_INIT = 1


def is_own(proc: Path = _PROC) -> bool:
    """Whether this process has a namespace of its own, in which nobody else is but its PID 1."""
    try:
        if (proc / "self" / "ns" / "pid").stat().st_ino == _INITIAL:
            return False
        return _numbers(proc) == [os.getpid()] and _visible(proc) <= {_INIT, os.getpid()}
    except (OSError, ValueError):
        return False


def kill_all(proc: Path = _PROC, *, own: bool | None = None) -> bool:
    """Kill everything in the namespace but this process and PID 1; False, and nothing is, where it may hold others."""
    if not (OWN if own is None else own) or _has_strangers(proc):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    return True


def _has_strangers(proc: Path) -> bool:
    """Whether something lives there that this process did not start: what it started is never a child of PID 1.

    It takes orphans in while jobs run: see `descendants.watch`.
    """
    origins = {0, _INIT} - {os.getpid()}
    try:
        others = _visible(proc) - {_INIT, os.getpid()}
        return any(_parent(proc / str(number)) in origins for number in others)
    except (OSError, ValueError):
        return True


def _numbers(proc: Path) -> list[int]:
    """The numbers of this process, in the namespace that /proc shows and in each below it, down to its own."""
    lines = (proc / "self" / "status").read_text().splitlines()
    return [int(number) for line in lines if line.startswith("NSpid:") for number in line.split()[1:]]


def _visible(proc: Path) -> set[int]:
    return {int(path.name) for path in proc.iterdir() if path.name.isdigit()}


def _parent(folder: Path) -> int | None:
    """The parent of a process; None if it has just gone."""
    try:
        return int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


OWN = is_own()
"""As it is when the function starts: before any job, so that whatever comes later is a job's."""
