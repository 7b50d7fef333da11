"""What a function's process prints, read until it ends and stored line by line."""

import threading

from serverless_pipeline.local.functions.logs import LogStream

LINE_BYTES = 256 * 1024
"""What is longer without an end is stored as a line; that is the size of an event in CloudWatch Logs."""

CHUNK_BYTES = 64 * 1024


class Output(threading.Thread):
    """A thread that reads from the descriptor `pipe`, and closes it at its end."""

    def __init__(self, pipe: int, log: LogStream) -> None:
        super().__init__(name=f"log of {log.group}", daemon=True)
        self._pipe, self._log = pipe, log
        self._marker, self._complete = b"", threading.Event()

    def expect(self, marker: str) -> None:
        """Look out for the line with which the process ends an invocation's output."""
        self._marker = marker.encode()
        self._complete.clear()

    def wait(self, seconds: float) -> bool:
        """Whether all output up to the marker is stored, or the output has ended."""
        return self._complete.wait(seconds)

    def run(self) -> None:
        rest = b""
        with open(self._pipe, "rb", buffering=0) as output:  # noqa: PTH123 - this is a descriptor
            while chunk := output.read(CHUNK_BYTES):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LINE_BYTES:
                    lines, rest = [*lines, rest], b""
                self._store(lines)
        self._store([rest] if rest else [])
        self._complete.set()

    def _store(self, lines: list[bytes]) -> None:
        complete = bool(self._marker) and any(line.endswith(self._marker) for line in lines)
        if complete:
            lines = [line.removesuffix(self._marker) for line in lines if line != self._marker]
        if lines:
            self._log.write([_message(line) for line in lines])
        if complete:
            self._complete.set()


def _message(line: bytes) -> str:
    """A line as an event: a runtime client writes a message of several lines as one, with carriage returns in it."""
    return line.decode(errors="replace").removesuffix("\r").replace("\r", "\n")
