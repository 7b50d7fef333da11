"""A function's output in CloudWatch Logs, line by line as it is printed.

MiniStack stores a function's output when the invocation is over, after waiting for lines that may not come, and makes a
log stream for each invocation. Here a line is stored when it was printed, and a log stream belongs to an execution
environment, as on AWS. And every event has the ID that FilterLogEvents shows, which MiniStack leaves out.
"""

import os
import threading
import time
from collections import deque
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import count
from typing import Any

from serverless_pipeline.local import seams

LINE_BYTES = 256 * 1024
STREAM_BYTES = 16 * 1024 * 1024
STREAM_LINES = 10_000  # MiniStack's FilterLogEvents shows the first ten thousand, and has no next page
TAIL_LINES = 50

_running: dict[str, "LogStream"] = {}
_numbers = count()


def install() -> None:
    """Let an invocation's END and REPORT go where its lines went, and number every event."""
    store = seams.APPEND_LOG_EVENTS.value

    def append(stream: dict[str, Any], events: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - whatever MiniStack answers
        return store(stream, [{"eventId": _number(event), **event} for event in events])

    seams.APPEND_LOG_EVENTS.replace(append)
    store_afterwards = seams.EMIT_LAMBDA_LOGS.value

    def report(function: dict[str, Any], request_id: str, *output: Any, **options: Any) -> None:  # noqa: ANN401
        stream = _running.pop(request_id, None)
        if stream is None:
            store_afterwards(function, request_id, *output, **options)
            return
        stream.end(request_id, milliseconds=output[2])

    seams.EMIT_LAMBDA_LOGS.replace(report)


class LogStream:
    """The log stream of one execution environment; it keeps the latest 16 MiB or ten thousand lines."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        self.version = config.get("Version", "$LATEST")
        self.memory = config.get("MemorySize", 128)
        self.name = f"{datetime.now(UTC):%Y/%m/%d}/[{self.version}]{os.urandom(16).hex()}"
        self.peak = 0
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._size = 0
        self._stored = _opened(self.group, self.name)
        self._context = copy_context()

    def start(self, request_id: str) -> None:
        """Open an invocation; the group and the stream are made again if somebody deleted them meanwhile."""
        self.tail.clear()
        self._context = copy_context()
        self._stored = _opened(self.group, self.name)
        self.write([f"START RequestId: {request_id} Version: {self.version}"])
        _running[request_id] = self

    def write(self, lines: list[str]) -> None:
        """Store lines with the time of now, for whoever reads or subscribes to the group."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
        seams.APPEND_LOG_EVENTS(self._stored, events)
        self.tail.extend(lines)
        self._size += sum(map(len, lines))
        if self._size > STREAM_BYTES or len(self._stored["events"]) > STREAM_LINES:
            self._forget()
        self._context.copy().run(seams.FANOUT_TO_SUBSCRIPTION_FILTERS, self.group, self.name, events)

    def end(self, request_id: str, *, milliseconds: int) -> None:
        """Close an invocation with Lambda's own two lines."""
        figures = (
            f"Duration: {milliseconds} ms\tBilled Duration: {milliseconds} ms\t"
            f"Memory Size: {self.memory} MB\tMax Memory Used: {self.peak} MB"
        )
        self.write([f"END RequestId: {request_id}", f"REPORT RequestId: {request_id}\t{figures}"])

    def _forget(self) -> None:
        """Drop the older half."""
        with seams.LOG_EVENTS_LOCK.value:
            events = self._stored["events"]
            while self._size > STREAM_BYTES // 2 or len(events) > STREAM_LINES // 2:
                dropped = events[: max(1, len(events) // 8)]
                del events[: len(dropped)]
                self._size -= sum(len(event["message"]) for event in dropped)


class Reader(threading.Thread):
    """Reads the output of a function's process until it ends."""

    def __init__(self, pipe: int, stream: LogStream) -> None:
        super().__init__(name=f"log of {stream.group}", daemon=True)
        self._pipe, self._stream = pipe, stream
        self._marker, self._passed = b"", threading.Event()

    def expect(self, marker: str) -> None:
        """Look out for the line with which the process ends an invocation's output."""
        self._marker = marker.encode()
        self._passed.clear()

    def wait(self, seconds: float) -> bool:
        """Whether all output up to the marker is stored, or the output has ended."""
        return self._passed.wait(seconds)

    def run(self) -> None:
        rest = b""
        with open(self._pipe, "rb", buffering=0) as output:  # noqa: PTH123 - this is a descriptor
            while chunk := output.read(65536):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LINE_BYTES:
                    lines, rest = [*lines, rest], b""
                self._store(lines)
        self._store([rest] if rest else [])
        self._passed.set()

    def _store(self, lines: list[bytes]) -> None:
        marked = bool(self._marker) and any(line.endswith(self._marker) for line in lines)
        if marked:
            lines = [line.removesuffix(self._marker) for line in lines if line != self._marker]
        if lines:
            self._stream.write([line.decode(errors="replace").removesuffix("\r") for line in lines])
        if marked:
            self._passed.set()


def _number(event: dict[str, Any]) -> str:
    """An event ID as AWS makes them: 56 digits that grow with time."""
    return f"{event['timestamp']:013d}{next(_numbers):043d}"


def _opened(group_name: str, name: str) -> dict[str, Any]:
    """MiniStack's record of the stream; as on AWS, Lambda makes the group and the stream where they are missing."""
    now = int(time.time() * 1000)
    groups = seams.LOG_GROUPS.value
    if group_name not in groups:
        groups[group_name] = {
            "arn": seams.MAKE_GROUP_ARN(group_name),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    empty = {"events": [], "uploadSequenceToken": "1", "creationTime": now}
    times = dict.fromkeys(("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"))
    stored: dict[str, Any] = groups[group_name]["streams"].setdefault(name, empty | times)
    return stored
