"""What functions print: the lines of a log group, without those that Lambda itself writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from serverless_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import Execution

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

    @classmethod
    def from_response(cls, event: FilteredLogEventTypeDef) -> Line:
        time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return cls(event["eventId"], time, event["message"].rstrip())


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
        for page in aws.moving(pages, f"the log of {function}"):
            for event in page["events"]:
                line = Line.from_response(event)
                if line.text and not line.text.startswith(_OF_LAMBDA):
                    yield line
    except ClientError as error:
        if not aws.is_absent(error):
            raise


class Tail:
    """Reads on where it stopped: each line once, those that CloudWatch Logs shows late included."""

    def __init__(self, clients: Clients, function: str, since: datetime) -> None:
        self._clients = clients
        self._function = function
        self._since = since
        self._seen: set[str] = set()

    def read(self, until: datetime | None = None) -> list[Line]:
        """The lines that are new since the last look; up to now by the clock of AWS, which is not this machine's."""
        window = list(lines(self._clients, self._function, self._since, until))
        fresh = [line for line in window if line.id not in self._seen]
        if window:
            self._since = max(self._since, window[-1].time - LATE)
            self._seen = {line.id for line in window}
        return fresh


class LatestLines:
    """The latest line of each action that runs, by `Stage/Action`, read on from look to look."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._tails: dict[str, Tail] = {}
        self._latest: dict[str, str] = {}

    def read(self, execution: Execution) -> Mapping[str, str]:
        """The lines as they stand; an action that has ended keeps its last one."""
        for stage, action in execution.actions:
            if action.status == "InProgress" and action.function and action.started:
                key = f"{stage.name}/{action.name}"
                tail = self._tails.setdefault(key, Tail(self._clients, action.function, action.started))
                if fresh := tail.read():
                    self._latest[key] = fresh[-1].text
        return self._latest


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
