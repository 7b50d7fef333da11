"""What functions print: the lines of a log group, without those that Lambda itself writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

LATE = timedelta(seconds=10)
"""How much later than it was written a line may appear."""


@dataclass(frozen=True)
class Line:
    """One line of a log; `id` is that of its event."""

    id: str
    time: datetime
    text: str


def group(function: str) -> str:
    """The log group of a function."""
    return f"/aws/lambda/{function}"


def lines(clients: Clients, function: str, since: datetime, until: datetime | None = None) -> Iterator[Line]:
    """The lines a function printed in a span of time, oldest first; none if it never ran."""
    span = {"startTime": _milliseconds(since)}
    if until:
        span["endTime"] = _milliseconds(until) + 1
    pages = clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group(function), **span)  # type: ignore[arg-type]
    try:
        for page in pages:
            for event in page["events"]:
                line = _line(event)
                if line.text and not line.text.startswith(_OF_LAMBDA):
                    yield line
    except clients.logs.exceptions.ResourceNotFoundException:
        return


class Tail:
    """Reads on where it stopped: each line once, those that CloudWatch Logs shows late included."""

    def __init__(self, clients: Clients, function: str, since: datetime) -> None:
        self._clients = clients
        self._function = function
        self._since = since
        self._told: set[str] = set()

    def read(self, until: datetime | None = None) -> list[Line]:
        """The lines that are new since the last look."""
        found = list(lines(self._clients, self._function, self._since, until))
        fresh = [line for line in found if line.id not in self._told]
        if found:
            self._since = max(self._since, found[-1].time - LATE)
            self._told = {line.id for line in found}
        return fresh


def _line(event: FilteredLogEventTypeDef) -> Line:
    time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    return Line(event["eventId"], time, event["message"].rstrip())


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
