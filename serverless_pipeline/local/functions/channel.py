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

from serverless_pipeline.local.client import processes

_SIGNALS: dict[int, str] = {SIGKILL: "killed", SIGTERM: "terminated", SIGSEGV: "segmentation fault", SIGABRT: "aborted"}


class Ended(Exception):
    """The process ended before it answered; the message says how."""


class Channel:
    """The process, in a group of its own; `output` is the descriptor to read what it prints from."""

    def __init__(self, command: list[str], folder: Path, variables: Mapping[str, str]) -> None:
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self.output, output = os.pipe()
        self._unread = b""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter and the program are ours
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
            for theirs in (requests, answers, output):
                os.close(theirs)

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
            Ended: the process is gone, and so is the answer.
        """
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            self._unread += self._more(deadline - time.monotonic())
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def kill(self) -> None:
        """Kill the process, its group and everything that it started."""
        started = processes.descendants(self._process.pid)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, SIGKILL)
        processes.end(started)
        self._process.wait()
        os.close(self._requests)
        os.close(self._answers)

    def _more(self, seconds: float) -> bytes:
        poll = select.poll()
        poll.register(self._answers, select.POLLIN | select.POLLHUP)
        if not poll.poll(max(0.0, seconds) * 1000):
            raise TimeoutError
        data = os.read(self._answers, 65536)
        if not data:
            raise Ended(self._ending())
        return data

    def _ending(self) -> str:
        """How the process ended, in Lambda's words."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "Runtime exited without providing a reason"
        if code < 0:
            return f"Runtime exited with error: signal: {_SIGNALS.get(-code, str(-code))}"
        return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"
