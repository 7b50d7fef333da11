"""A function's output in CloudWatch Logs, line by line as it is printed.

MiniStack stores a function's output when the invocation is over, after waiting for lines that may not come, and makes a
log stream for each invocation. Here a line is stored when it was printed, and a log stream belongs to an execution
environment, as on AWS. And every event has the ID that FilterLogEvents shows, which MiniStack leaves out.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from datetime import UTC, datetime
from itertools import count
from typing import Any

from serverless_pipeline.local import seams

Events = list[dict[str, Any]]

STREAM_BYTES = 16 * 1024 * 1024
STREAM_LINES = 10_000  # MiniStack's FilterLogEvents shows the first ten thousand, and has no next page
TAIL_LINES = 50

_running: dict[str, "LogStream"] = {}
"""The stream of each invocation that runs, by its request ID."""

_numbers = count()


def install() -> None:
    """Number every event, and let an invocation's END and REPORT go where its lines went."""
    seams.APPEND_LOG_EVENTS.wrap(_number_events)
    seams.EMIT_LAMBDA_LOGS.wrap(_end_in_its_stream)


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
        self._open()

    def start(self, request_id: str) -> None:
        """Open an invocation; the group and the stream are made again if somebody deleted them meanwhile."""
        self.tail.clear()
        self._open()
        self.write([f"START RequestId: {request_id} Version: {self.version}"])
        _running[request_id] = self

    def write(self, lines: list[str]) -> None:
        """Store lines with the time of now, for whoever reads or subscribes to the group."""
        now = _milliseconds()
        events = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
        seams.APPEND_LOG_EVENTS(self._record, events)
        self.tail.extend(lines)
        self._size += _size(events)
        if self._size > STREAM_BYTES or len(self._record["events"]) > STREAM_LINES:
            self._drop_older_half()
        self._context.copy().run(seams.FANOUT_TO_SUBSCRIPTION_FILTERS, self.group, self.name, events)

    def end(self, request_id: str, *, milliseconds: int) -> None:
        """Close an invocation with Lambda's own two lines."""
        figures = (
            f"Duration: {milliseconds} ms\tBilled Duration: {milliseconds} ms\t"
            f"Memory Size: {self.memory} MB\tMax Memory Used: {self.peak} MB"
        )
        self.write([f"END RequestId: {request_id}", f"REPORT RequestId: {request_id}\t{figures}"])

    def _open(self) -> None:
        """As on AWS, Lambda makes the group and the stream where they are missing."""
        self._context = copy_context()  # MiniStack keeps the account and the region of a request in it
        now = _milliseconds()
        groups = seams.LOG_GROUPS.value
        if self.group not in groups:
            groups[self.group] = _new_group(self.group, now)
        self._record = groups[self.group]["streams"].setdefault(self.name, _new_stream(now))

    def _drop_older_half(self) -> None:
        with seams.LOG_EVENTS_LOCK.value:
            events = self._record["events"]
            self._size = _size(events)  # not what was written: others delete events, groups and streams
            while self._size > STREAM_BYTES // 2 or len(events) > STREAM_LINES // 2:
                oldest = events[: max(1, len(events) // 8)]
                del events[: len(oldest)]
                self._size -= _size(oldest)


def _number_events(append: Callable[[dict[str, Any], Events], Any]) -> Callable[[dict[str, Any], Events], Any]:
    """Give each event an ID where it has none."""

    def numbered(stream: dict[str, Any], events: Events) -> Any:  # noqa: ANN401 - whatever MiniStack answers
        return append(stream, [{"eventId": _event_id(event), **event} for event in events])

    return numbered


def _event_id(event: dict[str, Any]) -> str:
    """As AWS makes them: 56 digits that grow with time."""
    return f"{event['timestamp']:013d}{next(_numbers):043d}"


def _end_in_its_stream(emit: Callable[..., None]) -> Callable[..., None]:
    """Its lines are stored already where an environment of ours ran it."""

    def end(function: dict[str, Any], request_id: str, *outcome: Any, **options: Any) -> None:  # noqa: ANN401 - MiniStack's
        if stream := _running.pop(request_id, None):
            _text, _failed, milliseconds = outcome
            stream.end(request_id, milliseconds=milliseconds)
        else:
            emit(function, request_id, *outcome, **options)

    return end


def _new_group(name: str, now: int) -> dict[str, Any]:
    return {
        "arn": seams.MAKE_GROUP_ARN(name),
        "creationTime": now,
        "retentionInDays": None,
        "tags": {},
        "subscriptionFilters": {},
        "streams": {},
    }


def _new_stream(now: int) -> dict[str, Any]:
    return {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": now,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }


def _size(events: Events) -> int:
    return sum(len(event["message"]) for event in events)


def _milliseconds() -> int:
    return int(time.time() * 1000)
