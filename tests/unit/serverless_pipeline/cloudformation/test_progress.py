from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation.events import Event
from serverless_pipeline.cloudformation.progress import HEARTBEAT, Progress


def event(logical_id: str, status: str, kind: str = "AWS::S3::Bucket") -> Event:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Event(f"{logical_id}{status}", now, "shop", "arn:shop", logical_id, "", kind, status)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_done_of_all_is_counted_and_the_stack_itself_is_none_of_them(clock: Clock) -> None:
    progress = Progress("shop", 5, clock=clock)

    progress.show([event("shop", "UPDATE_IN_PROGRESS", "AWS::CloudFormation::Stack")])
    progress.show([event("One", "UPDATE_IN_PROGRESS")])
    progress.show([event("One", "UPDATE_COMPLETE")])
    progress.show([event("Two", "UPDATE_IN_PROGRESS")])
    clock.now = 65

    assert progress.words() == "shop  1 of 5 done, 1 in progress  1 min 05 s"


def test_a_line_says_that_it_goes_on_where_nothing_was_said_for_a_while(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: False)
    progress = Progress("shop", 1, clock=clock)

    for seconds in (1, HEARTBEAT, HEARTBEAT + 1, 2 * HEARTBEAT):
        clock.now = seconds
        progress.show([])

    assert capsys.readouterr().err.splitlines() == [
        "Waiting    shop  0 of 1 done, 0 in progress  30 s",
        "Waiting    shop  0 of 1 done, 0 in progress  1 min 00 s",
    ]


def test_a_terminal_needs_no_such_line(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: True)
    progress = Progress("shop", 1, clock=clock)
    clock.now = 10 * HEARTBEAT

    progress.show([])

    assert capsys.readouterr().err == ""
