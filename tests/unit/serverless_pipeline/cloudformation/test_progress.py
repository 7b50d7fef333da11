from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import progress
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
    shown = Progress("shop", 5, clock=clock)

    shown.show([event("shop", "UPDATE_IN_PROGRESS", "AWS::CloudFormation::Stack")])
    shown.show([event("One", "UPDATE_IN_PROGRESS")])
    shown.show([event("One", "UPDATE_COMPLETE")])
    shown.show([event("Two", "UPDATE_IN_PROGRESS")])
    clock.now = 65

    assert shown.words() == "shop  1 of 5 done, 1 in progress  1 min 05 s"


def test_a_line_says_that_it_goes_on_where_nothing_was_said_for_a_while(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: False)
    shown = Progress("shop", 1, clock=clock)

    for seconds in (1, HEARTBEAT, HEARTBEAT + 1, 2 * HEARTBEAT):
        clock.now = seconds
        shown.show([])

    assert capsys.readouterr().err.splitlines() == [
        "Waiting    shop  0 of 1 done, 0 in progress  30 s",
        "Waiting    shop  0 of 1 done, 0 in progress  1 min 00 s",
    ]


def test_a_terminal_needs_no_such_line(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: True)
    shown = Progress("shop", 1, clock=clock)
    clock.now = 10 * HEARTBEAT

    shown.show([])

    assert capsys.readouterr().err == ""


def nested(status: str) -> Event:
    """What a nested stack says of itself."""
    return replace(event("shop-Inner-X", status, "AWS::CloudFormation::Stack"), stack="shop-Inner-X")


@pytest.mark.parametrize(
    ("verbose", "lines"),
    [(False, ["CREATE_FAILED         Two"]), (True, ["CREATE_COMPLETE       One", "CREATE_FAILED         Two"])],
)
def test_without_verbose_only_what_is_interesting_is_shown(
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lines: list[str],
    *,
    verbose: bool,
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: False)
    shown = Progress("shop", 1, verbose=verbose, clock=clock)

    shown.show([event("One", "CREATE_COMPLETE"), event("Two", "CREATE_FAILED"), nested("CREATE_COMPLETE")])

    assert [line.partition("  ")[2] for line in capsys.readouterr().err.splitlines()] == lines


def test_a_line_puts_the_next_heartbeat_off(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: False)
    shown = Progress("shop", 1, clock=clock)

    clock.now = HEARTBEAT - 1
    shown.show([event("One", "CREATE_FAILED")])
    clock.now = 2 * HEARTBEAT - 2
    shown.show([])
    clock.now = 2 * HEARTBEAT - 1
    shown.show([])

    assert [line.partition(" ")[0] for line in capsys.readouterr().err.splitlines()[1:]] == ["Waiting"]


def test_half_a_minute_without_a_line_is_a_long_time() -> None:
    assert HEARTBEAT == 30


@pytest.mark.parametrize(
    ("status", "style"), [("CREATE_FAILED", "red"), ("CREATE_COMPLETE", "green"), ("CREATE_IN_PROGRESS", "dim")]
)
def test_an_event_has_the_colour_of_how_it_went(monkeypatch: pytest.MonkeyPatch, status: str, style: str) -> None:
    lines: list[tuple[str, str, str]] = []
    monkeypatch.setattr(console, "line", lambda marked, rest, *, style: lines.append((marked, rest, style)))
    monkeypatch.setattr(console, "clock", lambda _: "12:00:00")

    progress.show(event("Site", status), "shop")

    assert lines == [(f"12:00:00  {status:<20}  ", "Site", style)]


def test_where_no_line_can_move_there_is_only_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "is_live", lambda: False)

    with progress.opened("shop", 3) as shown:
        assert shown.words().startswith("shop  0 of 3 done, 0 in progress  0.0 s")


def test_on_a_terminal_a_line_moves_below_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    screen = Console(file=io.StringIO(), force_terminal=True, width=60)
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setattr(console, "terminal", lambda: screen)

    with progress.opened("shop", 3, verbose=True) as shown:
        shown.show([event("One", "CREATE_IN_PROGRESS")])

    drawn = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "shop  0 of 3 done" in drawn
    assert "One" in drawn
