"""What the engine announces goes to EventBridge, in order and later."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.codepipeline import bus
from serverless_pipeline.local.codepipeline.bus import Bus
from serverless_pipeline.local.codepipeline.engine.announcements import Announcement
from tests.support.engine import ACCOUNT, ARN, REGION, SCOPE

KIND = "CodePipeline Stage Execution State Change"


class EventBridge:
    """The events that were dispatched and archived, each with whose it was; `breaks` are the first ones."""

    def __init__(self) -> None:
        self.place: dict[str, str] = {}
        self.dispatched: list[dict[str, Any]] = []
        self.archived: list[dict[str, Any]] = []
        self.breaks = 0
        self.arrived = threading.Semaphore(0)
        seams.SET_REQUEST_ACCOUNT_ID.replace(lambda account: self.place.update(account=account))
        seams.SET_REQUEST_REGION.replace(lambda region: self.place.update(region=region))
        seams.DISPATCH_EVENT.replace(self.dispatch)
        seams.ARCHIVE_EVENT.replace(self.archive)

    def dispatch(self, event: dict[str, Any]) -> None:
        if self.breaks:
            self.breaks -= 1
            raise ValueError("broken")
        self.dispatched.append(event | {"place": dict(self.place)})

    def archive(self, event: dict[str, Any]) -> None:
        self.archived.append(event)
        self.arrived.release()


@pytest.fixture
def eventbridge(empty_ministack: None) -> EventBridge:
    assert empty_ministack is None
    return EventBridge()


def announcement(number: int = 1) -> Announcement:
    return Announcement(SCOPE, ARN, KIND, {"number": number}, 1000.9)


def test_an_event_is_dispatched_and_archived_where_its_pipeline_is(eventbridge: EventBridge) -> None:
    bus.publish(announcement())

    (event,) = eventbridge.dispatched
    assert event.pop("place") == {"account": ACCOUNT, "region": REGION}
    assert eventbridge.archived == [event]
    assert str(uuid.UUID(event.pop("EventId")))
    assert json.loads(event.pop("Detail")) == {"number": 1}
    assert event == {
        "Source": "aws.codepipeline",
        "DetailType": KIND,
        "EventBusName": "default",
        "Time": 1000,
        "Resources": [ARN],
        "Account": ACCOUNT,
        "Region": REGION,
    }


def test_events_arrive_in_order_though_one_breaks(eventbridge: EventBridge) -> None:
    line = Bus()
    eventbridge.breaks = 1

    for number in range(4):
        line.announce(announcement(number))

    for _ in range(3):
        assert eventbridge.arrived.acquire(timeout=60)
    assert [json.loads(event["Detail"])["number"] for event in eventbridge.dispatched] == [1, 2, 3]


def test_one_thread_delivers_all(eventbridge: EventBridge) -> None:
    line = Bus()
    line.announce(announcement())
    first = line._thread
    line.announce(announcement())

    assert eventbridge.arrived.acquire(timeout=60)
    assert (line._thread is first, first is not None and first.daemon) == (True, True)
