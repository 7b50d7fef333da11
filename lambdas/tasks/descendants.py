"""What a process started, directly or not, and the end of all of it.

A descendant whose parent has ended moves to the nearest ancestor that takes orphans in. This process is made one, so
that neither a session of its own nor a double fork hides anything, and so that where it has no child at all, nothing of
what it started lives. Elsewhere than on Linux nothing is seen, and nothing can be proved.
See PR_SET_CHILD_SUBREAPER(2const), wait(2) and proc_pid_stat(5).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.execution import namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE = 2.0
"""The seconds that descendants have to end by themselves when they are asked to."""

_LAST_GRACE = 1.0
_POLL = 0.02
_SET_DUMPABLE, _SET_CHILD_SUBREAPER = 4, 36
_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process as it is at this moment; `start`, its time, tells it from a later one of the same number."""

    pid: int
    start: str
    parent: int
    session: int
    state: str

    @property
    def identity(self) -> tuple[int, str]:
        return self.pid, self.start

    @property
    def is_alive(self) -> bool:
        """Not so where it has ended, and waits to be collected or is about to go."""
        return self.state not in "ZX"


@dataclass(frozen=True)
class Watch:
    """What tells the descendants that have come since it began.

    `takes_orphans` says that none of them can hide; `alone`, that this process had no child before.
    """

    before: frozenset[tuple[int, str]]
    takes_orphans: bool
    alone: bool

    def __call__(self) -> list[Process]:
        """Those there are, but for the children of this session and what these started."""
        return [process for process in _below_this_process() if process.identity not in self.before]


@contextlib.contextmanager
def watch() -> Iterator[Watch]:
    """Take orphans in, and watch descendants.

    Whatever else this process starts meanwhile stays in its session; what is started to be watched must leave it.
    """
    before = frozenset(process.identity for process in _processes())
    alone = _is_childless()
    takes_orphans = _control(_SET_CHILD_SUBREAPER, 1)
    try:
        yield Watch(before, takes_orphans, alone)
    finally:
        _control(_SET_CHILD_SUBREAPER, 0)


def hide_environment() -> None:
    """Keep this process's environment, which holds credentials, from other processes of the same user.

    Linux lets nobody but root look into a process that may not be dumped; see PR_SET_DUMPABLE(2const).
    """
    _control(_SET_DUMPABLE, 0)


def end(watch: Watch, child: int) -> bool:
    """Ask all to end, kill those that do not, and reap them, but for `child`, which somebody else reaps.

    True if nothing of it lives, for certain. A chain of forks is ended for certain only where the function is alone.
    """
    _send(watch, signal.SIGTERM, GRACE)
    namespace.kill_all()
    _send(watch, signal.SIGKILL, _LAST_GRACE)
    _reap(watch, child)
    deadline = time.monotonic() + _LAST_GRACE
    while watch.takes_orphans and time.monotonic() < deadline:
        if _is_over(watch):
            return True
        _reap(watch, child)
        time.sleep(_POLL)
    return False


def _is_over(watch: Watch) -> bool:
    """Whether no descendant is there: for certain by what the kernel says, since a look at /proc might miss some."""
    return _is_childless() if watch.alone else not watch()


def _is_childless() -> bool:
    if sys.platform != "linux":
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def _reap(watch: Watch, child: int) -> None:
    for process in watch():
        if not process.is_alive and process.parent == os.getpid() and process.pid != child:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def _send(watch: Watch, number: int, seconds: float) -> None:
    """Send each a signal, also those that come meanwhile; returns when none lives, or when the time is up."""
    recipients: set[tuple[int, str]] = set()
    deadline = time.monotonic() + seconds
    while living := [process for process in watch() if process.is_alive]:
        for process in living:
            if process.identity not in recipients:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, number)
        recipients.update(process.identity for process in living)
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL)


def _below_this_process() -> list[Process]:
    """All descendants but the children of the same session and what these started."""
    processes = _processes()
    own = os.getsid(0)
    generation = [process for process in processes if process.parent == os.getpid() and process.session != own]
    descendants: list[Process] = []
    while generation:
        descendants += generation
        parents = {process.pid for process in generation}
        generation = [process for process in processes if process.parent in parents]
    return descendants


def _processes() -> list[Process]:
    """All there are."""
    return [process for folder in _PROC.glob("[0-9]*") if (process := _read(folder))]


def _read(folder: Path) -> Process | None:
    """After the name in parentheses come the state, the parent, the group, the session, and as 22nd field the start."""
    try:
        state, parent, _group, session, *more = (folder / "stat").read_bytes().rpartition(b")")[2].decode().split()
    except OSError:
        return None
    return Process(int(folder.name), more[15], int(parent), int(session), state)


def _control(option: int, value: int) -> bool:
    """Set an attribute of this process; False where there is none such."""
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
