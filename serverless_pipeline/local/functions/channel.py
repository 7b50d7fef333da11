"""A process that is asked and answers: a pipe each way, one JSON document a line, and a third for what it prints."""

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGABRT, SIGKILL, SIGSEGV, SIGTERM
from typing import Any

import psutil

from serverless_pipeline.local import processes

SILENT = "Runtime exited without providing a reason"
CHUNK_BYTES = 64 * 1024
EXIT_SECONDS = 1
SHOWN_BYTES = 80

_SIGNALS: dict[int, str] = {SIGKILL: "killed", SIGTERM: "terminated", SIGSEGV: "segmentation fault", SIGABRT: "aborted"}


class Unanswered(Exception):
    """The process ended before it answered, or its answer cannot be read; the message says which."""


class Channel:
    """The process, in a group of its own; `output` is the descriptor to read what it prints from."""

    def __init__(self, command: list[str], folder: Path, variables: Mapping[str, str]) -> None:
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self.output, output = os.pipe()
        self._unread = b""
        try:
            self._process = psutil.Popen(
                [*command, str(requests), str(answers)],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[requests, answers],
                process_group=0,
            )
        finally:
            for its_own in (requests, answers, output):
                os.close(its_own)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, document: Any, seconds: float) -> Any:  # noqa: ANN401 - JSON
        """Send a document and wait for the answer; raises as `answer` does."""
        unsent = memoryview(json.dumps(document).encode() + b"\n")
        with suppress(BrokenPipeError):
            while unsent:
                unsent = unsent[os.write(self._requests, unsent) :]
        return self.answer(seconds)

    def answer(self, seconds: float) -> Any:  # noqa: ANN401 - JSON
        """The next document from the process.

        Raises:
            TimeoutError: it did not come in time.
            Unanswered: the process ended, or what it sent is no answer.
        """
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            self._unread += self._read(deadline - time.monotonic())
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            return json.loads(line)
        except ValueError as error:
            raise Unanswered(f"Runtime sent what is no JSON: {line[:SHOWN_BYTES]!r}") from error

    def kill(self) -> None:
        """Kill the process, its group and everything that it started."""
        started = processes.descendants(self._process)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, SIGKILL)
        processes.kill(started)
        self._process.wait()
        os.close(self._requests)
        os.close(self._answers)

    def _read(self, seconds: float) -> bytes:
        poll = select.poll()
        poll.register(self._answers, select.POLLIN | select.POLLHUP)
        if not poll.poll(max(0.0, seconds) * 1000):
            raise TimeoutError
        data = os.read(self._answers, CHUNK_BYTES)
        if not data:
            raise Unanswered(self._exit())
        return data

    def _exit(self) -> str:
        """How the process ended, in Lambda's words."""
        try:
            code = self._process.wait(EXIT_SECONDS)
        except psutil.TimeoutExpired:
            return SILENT
        if not code:
            return SILENT
        if code < 0:
            return f"Runtime exited with error: signal: {_SIGNALS.get(-code, str(-code))}"
        return f"Runtime exited with error: exit status {code}"
