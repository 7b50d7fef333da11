"""The process of an execution environment: its output comes through a pipe, and what it started ends with it.

In a sandbox the first process of its namespace is killed, and the kernel ends everything in it, whatever it did.
Without one the group of the process is killed, and all that still has a parent to tell.

The system gives the number of a process away once somebody has asked how it ended, and that of its group with it. So
this is asked last: until then the number is this process's, and nobody else is killed by it.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from signal import SIGABRT, SIGKILL, SIGSEGV, SIGTERM
from typing import TYPE_CHECKING

import psutil

from serverless_pipeline.local import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SILENT = "Runtime exited without providing a reason"
BY_SIGNAL = 128
"""A sandbox ends with this and the number, when a signal ended what ran in it."""

_SIGNALS: dict[int, str] = {SIGKILL: "killed", SIGTERM: "terminated", SIGSEGV: "segmentation fault", SIGABRT: "aborted"}

_LOOK_SECONDS = 0.02

_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawn")
"""A sandbox ends with the thread that started it, so this one lives as long as the server."""


class Process:
    """The process, in a group of its own; `output` is the descriptor to read from, and `writing` its other end."""

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], *, folder: Path, is_sandboxed: bool
    ) -> None:
        self._is_sandboxed = is_sandboxed
        self._ending = threading.Lock()
        self.output, self.writing = os.pipe()
        try:
            self._process = _spawner.submit(_spawn, command, variables, folder, self.writing).result()
            self._handle = psutil.Process(self._process.pid)
        except BaseException:
            os.close(self.output)
            os.close(self.writing)
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not _has_ended(self._handle)

    def wait(self) -> str:
        """Wait for the end, end what the process left behind, and say it in Lambda's words."""
        _await_end(self._handle)
        self.kill()
        return _reason(self._process.returncode)

    def kill(self) -> None:
        """Kill the process and everything that it started; nothing of it is alive when this returns."""
        with self._ending:
            if self._process.returncode is not None:
                return
            if not (self._is_sandboxed and self._kill_first()):
                self._kill_group()
            self._process.wait()

    def _kill_first(self) -> bool:
        """Whether there was a first process in the sandbox to kill."""
        first: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            first = self._handle.children()
        processes.kill(first)
        return bool(first)

    def _kill_group(self) -> None:
        """The group outlives its leader."""
        started = processes.descendants(self._handle)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, SIGKILL)
        processes.kill(started)


def _spawn(command: Sequence[str], variables: Mapping[str, str], folder: Path, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command of the function, as its runtime has it
        list(command),
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        process_group=0,
    )


def _await_end(process: psutil.Process) -> None:
    """Wait until a process has ended, and leave its number to it."""
    if hasattr(os, "waitid"):
        with suppress(ChildProcessError):  # somebody else killed it, and asked how it ended
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return
    while not _has_ended(process):  # macOS before Python 3.13
        time.sleep(_LOOK_SECONDS)


def _has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _reason(code: int) -> str:
    """How a process ended."""
    number = code - BY_SIGNAL if code > BY_SIGNAL else -code
    if not code:
        return SILENT
    if code < 0 or number in _SIGNALS:
        return f"Runtime exited with error: signal: {_SIGNALS.get(number, str(number))}"
    return f"Runtime exited with error: exit status {code}"
