"""A process that must not outlive the job: what it says is shown as it comes, and nothing it started stays behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KEPT_LINES = 200
_LONGEST_LINE = 64 * 1024
_GRACE = 5.0
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Finished:
    """How a process ended: its code (negative: the signal that ended it), its last lines, its time in seconds."""

    code: int
    lines: tuple[str, ...]
    seconds: float
    expired: bool = False

    @property
    def succeeded(self) -> bool:
        return self.code == 0

    @property
    def ending(self) -> str:
        """The way it ended, in words that follow the name of what ran."""
        if self.expired:
            return f"ran longer than {self.seconds:.0f} s, all the time the function has, and was stopped"
        if self.code == -signal.SIGKILL:
            return "was killed (SIGKILL), most likely for want of memory"
        if self.code < 0:
            return f"was ended by signal {-self.code}"
        return f"ended with exit code {self.code}"


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], deadline: float) -> Finished:
    """Run a command to its end, or until `deadline` on the clock of `time.monotonic`.

    It gets a session of its own; whatever is left of that when the command has ended is killed.
    """
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - the caller's words, no shell
        command,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    expired = _await(process, lines, max(deadline - started, 0))
    return Finished(process.returncode, tuple(lines), time.monotonic() - started, expired)


def plain(text: str) -> str:
    """Text without the colours and other control sequences of a terminal."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def _await(process: subprocess.Popen[bytes], lines: deque[str], seconds: float) -> bool:
    """Wait for the process and what it says; answer whether its time was up.

    The output may stay open after the end, held by something that left the session: then it is waited for no longer.
    """
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _kill(process)

    assert process.stdout  # noqa: S101 - it was asked for
    reader = threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True)
    timer = threading.Timer(seconds, expire)
    reader.start()
    timer.start()
    process.wait()
    timer.cancel()
    _kill(process)
    reader.join(_GRACE)
    return expired.is_set() and process.returncode == -signal.SIGKILL


def _listen(output: IO[bytes], lines: deque[str]) -> None:
    with output:
        while chunk := output.readline(_LONGEST_LINE):
            line = chunk.decode(errors="replace").rstrip("\r\n")
            print(line, flush=True)
            lines.append(plain(line))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
