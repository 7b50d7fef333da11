from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from serverless_pipeline.codepipeline import logs
from serverless_pipeline.codepipeline.logs import Tail

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

EARLIER = timedelta(minutes=5)


def function(clients: Clients) -> str:
    name = f"function-{uuid.uuid4().hex[:8]}"
    clients.logs.create_log_group(logGroupName=logs.group(name))
    clients.logs.create_log_stream(logGroupName=logs.group(name), logStreamName="stream")
    return name


def printed(clients: Clients, name: str, *texts: str, at: datetime) -> None:
    stamp = int(at.timestamp() * 1000)
    clients.logs.put_log_events(
        logGroupName=logs.group(name),
        logStreamName="stream",
        logEvents=[{"timestamp": stamp, "message": text} for text in texts],
    )


def test_a_function_that_never_ran_has_no_lines(clients: Clients) -> None:
    assert list(logs.lines(clients, f"never-{uuid.uuid4().hex}", datetime.now(UTC))) == []


def test_the_lines_of_lambda_itself_are_left_out(clients: Clients) -> None:
    name, now = function(clients), datetime.now(UTC)
    own = ["INIT_START Runtime Version: x", "START RequestId: x", "END RequestId: x", "REPORT RequestId: x"]
    printed(clients, name, *own[:2], "START of the task", "\n", "done\n", *own[2:], at=now)

    texts = [line.text for line in logs.lines(clients, name, now - EARLIER)]

    assert texts == ["START of the task", "done"]


def test_only_the_lines_of_the_span_are_read(clients: Clients) -> None:
    name, now = function(clients), datetime.now(UTC)
    printed(clients, name, "before", at=now - EARLIER)
    printed(clients, name, "in it", at=now)
    printed(clients, name, "after", at=now + timedelta(seconds=5))

    texts = [line.text for line in logs.lines(clients, name, now, now + timedelta(seconds=1))]

    assert texts == ["in it"]


def test_a_tail_tells_each_line_once_also_those_of_one_millisecond(clients: Clients) -> None:
    name, now = function(clients), datetime.now(UTC)
    tail = Tail(clients, name, now - EARLIER)
    looks = []

    for texts in (["one", "same"], ["same", "two"], []):
        if texts:
            printed(clients, name, *texts, at=now)
        looks.append([line.text for line in tail.read()])

    assert looks == [["one", "same"], ["same", "two"], []]


def test_a_tail_reads_on_at_later_lines(clients: Clients) -> None:
    name, now = function(clients), datetime.now(UTC)
    tail = Tail(clients, name, now - EARLIER)
    printed(clients, name, "one", at=now)
    tail.read()
    printed(clients, name, "two", at=now + timedelta(seconds=1))

    assert [line.text for line in tail.read()] == ["two"]


def test_a_tail_tells_a_line_that_appears_late(clients: Clients) -> None:
    name, now = function(clients), datetime.now(UTC)
    tail = Tail(clients, name, now - EARLIER)
    printed(clients, name, "one", at=now)
    tail.read()
    printed(clients, name, "late", at=now - timedelta(seconds=3))

    assert [line.text for line in tail.read()] == ["late"]
