"""Commands as a user types them, where nobody sits at a terminal; and Ctrl-C."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_HEARS_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""A command inherits that Ctrl-C is ignored, as it is where the tests run in the background of a shell."""


class Typed(io.StringIO):
    """What somebody types, or what a program gets that nobody sits before."""

    def __init__(self, words: str, *, at_terminal: bool = True) -> None:
        super().__init__(words)
        self._at_terminal = at_terminal

    def isatty(self) -> bool:
        return self._at_terminal


def run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Type a command and wait for its end, whatever its exit code."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def interrupt(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], *, at: str
) -> tuple[int, str]:
    """Type a command and press Ctrl-C when it says `at` on stderr; answers its exit code and all that it says there."""
    with subprocess.Popen(
        [sys.executable, "-c", _HEARS_CTRL_C, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        words = ""
        while at not in words:
            line = process.stderr.readline()
            assert line, f"{command} ended without saying {at}:\n{words}"
            words += line
        process.send_signal(signal.SIGINT)
        words += process.stderr.read()
        return process.wait(PATIENCE), words
