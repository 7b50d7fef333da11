from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import waiting_events

NO_ROOM: dict[str, Any] = {"throttle": True, "error": True}
DONE: dict[str, Any] = {"body": 1}
HOUR = 60 * 60


class Lambda:
    """Lambda that has room after so many tries, in time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.full = 0
        self.tries: list[float] = []
        self.reserved: list[Any] = []
        self.now = 0.0
        self.results: list[Any] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def execute(self, function: Any, _event: Any) -> dict[str, Any]:
        self.tries.append(self.now)
        self.reserved.append(function.get("concurrency"))
        return NO_ROOM if len(self.tries) <= self.full else DONE

    def invoke(self, function: Any, event: Any) -> None:
        self.results.append(seams.EXECUTE_FUNCTION(function, event))


@pytest.fixture
def service(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> Lambda:  # noqa: ARG001 - it has to be empty first
    service = Lambda()
    seams.INVOKE_ASYNC_WITH_RETRY.replace(service.invoke)
    seams.EXECUTE_FUNCTION.replace(service.execute)
    seams.LAMBDA_FUNCTIONS.replace({"shop": {"concurrency": 7}})
    monkeypatch.setattr("time.monotonic", lambda: service.now)
    monkeypatch.setattr("time.sleep", service.sleep)
    waiting_events.install()
    return service


def test_an_event_for_which_there_is_room_is_executed_once(service: Lambda) -> None:
    seams.INVOKE_ASYNC_WITH_RETRY({}, {})

    assert (service.results, service.tries) == ([DONE], [0])


def test_one_for_which_there_is_none_is_tried_again_ever_later_up_to_five_minutes(service: Lambda) -> None:
    service.full = 12

    seams.INVOKE_ASYNC_WITH_RETRY({}, {})

    pauses = [later - earlier for earlier, later in zip(service.tries, service.tries[1:], strict=False)]
    assert service.results == [DONE]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_what_is_reserved_is_looked_up_each_time(service: Lambda) -> None:
    service.full = 1

    seams.INVOKE_ASYNC_WITH_RETRY({"config": {"FunctionName": "shop"}, "concurrency": 0}, {})

    assert service.reserved == [0, 7]


@pytest.mark.parametrize(
    ("function", "oldest"),
    [
        ({}, 6 * HOUR),
        ({"event_invoke_config": {"MaximumEventAgeInSeconds": 60}}, 60),
        ({"event_invoke_configs": {"$LATEST": {"MaximumEventAgeInSeconds": HOUR}}}, HOUR),
    ],
)
def test_one_that_is_too_old_is_given_up(service: Lambda, function: dict[str, Any], oldest: float) -> None:
    service.full = 1000

    seams.INVOKE_ASYNC_WITH_RETRY(function, {})

    assert service.results == [NO_ROOM]
    assert oldest - waiting_events.LONGEST_PAUSE < service.now <= oldest


def test_who_waits_for_the_answer_hears_at_once_that_there_is_no_room(service: Lambda) -> None:
    service.full = 1
    seams.INVOKE_ASYNC_WITH_RETRY({}, {})
    service.full = 1000

    assert seams.EXECUTE_FUNCTION({}, {}) == NO_ROOM
