from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import logs
from serverless_pipeline.local.functions.logs import LogStream

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("empty_ministack")

CONFIG = {"FunctionName": "shop", "Version": "7", "MemorySize": 512}
NOW = 1_800_000_000.9
REGION: ContextVar[str] = ContextVar("region", default="nowhere")


class Logs:
    """CloudWatch Logs of a MiniStack: its groups, what it handed on to subscribers and in which region."""

    def __init__(self) -> None:
        self.groups: dict[str, Any] = {}
        self.handed_on: list[tuple[str, str, list[dict[str, Any]]]] = []
        self.regions: list[str] = []
        self.lock = threading.Lock()

    def append(self, stream: dict[str, Any], events: list[dict[str, Any]]) -> str:
        stream["events"] += events
        return "stored"

    def hand_on(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        self.handed_on.append((group, stream, events))
        self.regions.append(REGION.get())

    def messages(self, group: str = "/aws/lambda/shop") -> list[str]:
        (stream,) = self.groups[group]["streams"].values()
        return [event["message"] for event in stream["events"]]


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> Logs:
    ministack = Logs()
    seams.LOG_GROUPS.replace(ministack.groups)
    seams.MAKE_GROUP_ARN.replace(lambda name: f"arn:{name}")
    seams.APPEND_LOG_EVENTS.replace(ministack.append)
    seams.FANOUT_TO_SUBSCRIPTION_FILTERS.replace(ministack.hand_on)
    seams.LOG_EVENTS_LOCK.replace(ministack.lock)
    monkeypatch.setattr(time, "time", lambda: NOW)
    return ministack


@pytest.fixture
def running() -> Iterator[dict[str, LogStream]]:
    yield logs._running
    logs._running.clear()


def test_a_stream_is_named_as_lambda_names_it(ministack: Logs) -> None:
    first, second = LogStream(CONFIG), LogStream(CONFIG)

    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[7\][0-9a-f]{32}", first.name)
    assert first.name != second.name
    assert (first.group, first.version, first.memory, first.peak) == ("/aws/lambda/shop", "7", 512, 0)
    assert list(ministack.groups["/aws/lambda/shop"]["streams"]) == [first.name, second.name]


def test_what_a_configuration_does_not_say_is_lambdas_default(ministack: Logs) -> None:
    stream = LogStream({"FunctionName": "shop"})

    assert (stream.version, stream.memory) == ("$LATEST", 128)
    assert "[$LATEST]" in stream.name
    assert ministack.groups


def test_a_function_may_choose_its_group(ministack: Logs) -> None:
    LogStream(CONFIG | {"LoggingConfig": {"LogGroup": "mine"}})

    assert list(ministack.groups) == ["mine"]


@pytest.mark.parametrize("configuration", [None, {}, {"LogGroup": ""}])
def test_without_a_choice_the_group_has_the_functions_name(ministack: Logs, configuration: Any) -> None:
    LogStream(CONFIG | {"LoggingConfig": configuration})

    assert list(ministack.groups) == ["/aws/lambda/shop"]


def test_group_and_stream_are_made_where_they_are_missing(ministack: Logs) -> None:
    stream = LogStream(CONFIG)

    assert ministack.groups == {
        "/aws/lambda/shop": {
            "arn": "arn:/aws/lambda/shop",
            "creationTime": 1_800_000_000_900,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {
                stream.name: {
                    "events": [],
                    "uploadSequenceToken": "1",
                    "creationTime": 1_800_000_000_900,
                    "firstEventTimestamp": None,
                    "lastEventTimestamp": None,
                    "lastIngestionTime": None,
                }
            },
        }
    }


def test_a_group_that_is_there_keeps_what_it_has(ministack: Logs) -> None:
    ministack.groups["/aws/lambda/shop"] = {"retentionInDays": 7, "streams": {"earlier": {}}}

    stream = LogStream(CONFIG)

    assert ministack.groups["/aws/lambda/shop"]["retentionInDays"] == 7
    assert list(ministack.groups["/aws/lambda/shop"]["streams"]) == ["earlier", stream.name]


def test_lines_are_stored_and_handed_on_with_the_time_of_now(ministack: Logs) -> None:
    stream = LogStream(CONFIG)

    stream.write(["one", "two"])

    events = [
        {"timestamp": 1_800_000_000_900, "message": line, "ingestionTime": 1_800_000_000_900} for line in ("one", "two")
    ]
    assert ministack.groups["/aws/lambda/shop"]["streams"][stream.name]["events"] == events
    assert ministack.handed_on == [("/aws/lambda/shop", stream.name, events)]


def test_subscribers_get_lines_in_the_region_of_the_invocation(ministack: Logs) -> None:
    stream = LogStream(CONFIG)
    token = REGION.set("eu-west-1")
    stream.start("id")
    REGION.reset(token)

    reader = threading.Thread(target=stream.write, args=(["one"],))
    reader.start()
    reader.join()

    assert ministack.regions == ["eu-west-1", "eu-west-1"]


def test_an_invocation_stands_between_lambdas_own_lines(ministack: Logs) -> None:
    stream = LogStream(CONFIG)

    stream.start("id")
    stream.write(["one"])
    stream.peak = 33
    stream.end("id", milliseconds=12)

    report = (
        "REPORT RequestId: id\tDuration: 12 ms\tBilled Duration: 12 ms\tMemory Size: 512 MB\tMax Memory Used: 33 MB"
    )
    assert ministack.messages() == ["START RequestId: id Version: 7", "one", "END RequestId: id", report]


def test_the_tail_is_of_the_invocation_and_at_most_fifty_lines(ministack: Logs) -> None:
    stream = LogStream(CONFIG)
    stream.write(["of an earlier invocation"])

    stream.start("id")
    short = list(stream.tail)
    stream.write([str(number) for number in range(60)])

    assert short == ["START RequestId: id Version: 7"]
    assert list(stream.tail) == [str(number) for number in range(10, 60)]
    assert ministack.groups


def test_a_group_that_was_deleted_is_made_again(ministack: Logs) -> None:
    stream = LogStream(CONFIG)
    ministack.groups.clear()

    stream.start("id")

    assert ministack.messages() == ["START RequestId: id Version: 7"]


@pytest.mark.parametrize(("kept", "more", "left"), [(10_000, 0, 10_000), (10_000, 1, 4_490)])
def test_of_too_many_lines_the_older_half_is_dropped(ministack: Logs, kept: int, more: int, left: int) -> None:
    stream = LogStream(CONFIG)
    stream.write([str(number) for number in range(kept)])

    stream.write([str(number) for number in range(kept, kept + more)])

    messages = ministack.messages()
    assert len(messages) == left
    assert messages[-1] == str(kept + more - 1)
    assert not ministack.lock.locked()


def test_of_too_many_bytes_the_older_half_is_dropped(ministack: Logs) -> None:
    stream = LogStream(CONFIG)
    megabyte = "x" * 1024 * 1024
    stream.write([megabyte] * 16)
    before = len(ministack.messages())

    stream.write(["one more"])

    assert before == 16
    assert len(ministack.messages()) == 8
    assert ministack.messages()[-1] == "one more"


def test_events_that_others_deleted_are_not_looked_for(ministack: Logs) -> None:
    stream = LogStream(CONFIG)
    stream.write(["x" * 15 * 1024 * 1024])
    ministack.groups["/aws/lambda/shop"]["streams"][stream.name]["events"].clear()

    stream.write(["y" * 2 * 1024 * 1024])
    stream.write(["last"])

    assert [len(message) for message in ministack.messages()] == [2 * 1024 * 1024, 4]


def test_the_lock_is_held_while_events_are_dropped(ministack: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    class Events(list[dict[str, Any]]):
        def __delitem__(self, index: Any) -> None:
            held.append(ministack.lock.locked())
            super().__delitem__(index)

    monkeypatch.setattr(logs, "STREAM_LINES", 2)
    stream = LogStream(CONFIG)
    ministack.groups["/aws/lambda/shop"]["streams"][stream.name]["events"] = Events()

    stream.write(["1", "2", "3"])

    assert held == [True, True]


def test_every_event_gets_an_id_that_grows(ministack: Logs) -> None:
    seams.EMIT_LAMBDA_LOGS.replace(None)
    logs.install()
    stream: dict[str, Any] = defaultdict(list)

    answer = seams.APPEND_LOG_EVENTS(stream, [{"timestamp": 5, "message": "a"}, {"timestamp": 5, "message": "b"}])
    seams.APPEND_LOG_EVENTS(stream, [{"timestamp": 6, "message": "c"}, {"timestamp": 7, "eventId": "own"}])

    identifiers = [event["eventId"] for event in stream["events"]]
    assert answer == "stored"
    assert identifiers[:3] == sorted(identifiers[:3])
    assert len(set(identifiers)) == 4
    assert [(len(one), one[:13]) for one in identifiers[:3]] == [(56, f"{time:013d}") for time in (5, 5, 6)]
    assert identifiers[3] == "own"
    assert stream["events"][0] | {"eventId": ""} == {"timestamp": 5, "message": "a", "eventId": ""}
    assert ministack.handed_on == []


def test_an_invocation_of_ours_ends_in_its_stream_once(ministack: Logs, running: dict[str, LogStream]) -> None:
    others: list[tuple[Any, ...]] = []
    seams.EMIT_LAMBDA_LOGS.replace(lambda *words, **more: others.append((*words, more)))
    logs.install()
    stream = LogStream(CONFIG)
    stream.start("id")

    seams.EMIT_LAMBDA_LOGS({"config": {}}, "id", "text", False, 12, log_source=None)  # noqa: FBT003 - MiniStack's way
    seams.EMIT_LAMBDA_LOGS({"config": {}}, "id", "text", False, 12, log_source="rie")  # noqa: FBT003 - as above

    assert len(ministack.messages()) == 3
    assert "\tDuration: 12 ms\t" in ministack.messages()[2]
    assert running == {}
    assert others == [({"config": {}}, "id", "text", False, 12, {"log_source": "rie"})]
