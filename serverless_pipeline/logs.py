"""What functions print: the lines of a log group, without those that Lambda itself writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

    from serverless_pipeline.aws import Clients

_OF_LAMBDA = (
    "INIT_START ",
    "INIT_REPORT ",
    "START RequestId: ",
    "END RequestId: ",
    "REPORT RequestId: ",
    "EXTENSION\t",
)


@dataclass(frozen=True)
class Line:
    """One line of a log; `turn` counts equal lines of one millisecond in one stream."""

    stream: str
    time: datetime
    text: str
    turn: int = 0


def group(function: str) -> str:
    """The log group of a function."""
    return f"/aws/lambda/{function}"


def lines(clients: Clients, function: str, since: datetime, until: datetime | None = None) -> Iterator[Line]:
    """The lines a function printed in a span of time, oldest first; none if it never ran."""
    span = {"startTime": _milliseconds(since)}
    if until:
        span["endTime"] = _milliseconds(until) + 1
    pages = clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group(function), **span)  # type: ignore[arg-type]
    equal: Counter[Line] = Counter()
    try:
        for page in pages:
            for event in page["events"]:
                line = _line(event)
                if line.text and not line.text.startswith(_OF_LAMBDA):
                    yield replace(line, turn=equal[line])
                    equal[line] += 1
    except clients.logs.exceptions.ResourceNotFoundException:
        return


class Tail:
    """Reads on where it stopped: each line once."""

    def __init__(self, clients: Clients, function: str, since: datetime) -> None:
        self._clients = clients
        self._function = function
        self._since = since
        self._told: set[Line] = set()

    def read(self, until: datetime | None = None) -> list[Line]:
        """The lines that are new since the last look; those of one millisecond may come in two looks."""
        found = list(lines(self._clients, self._function, self._since, until))
        fresh = [line for line in found if line not in self._told]
        if found:
            self._since = max(line.time for line in found)
            self._told = {line for line in found if line.time == self._since}
        return fresh


def _line(event: FilteredLogEventTypeDef) -> Line:
    time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return Line(event.get("logStreamName", ""), time, event["message"].rstrip())


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
