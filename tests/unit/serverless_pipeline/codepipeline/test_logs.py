from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState
from serverless_pipeline.codepipeline.logs import LATE, LatestLines, Line, Tail, group, lines

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

START = datetime(2026, 1, 1, tzinfo=UTC)
MILLISECONDS = 1767225600000
"""The same time as CloudWatch Logs writes it."""
REQUEST = {"logGroupName": "/aws/lambda/shop-run-task", "startTime": MILLISECONDS}


def event(text: str, *, at: int = 0) -> dict[str, Any]:
    """What a function printed so many milliseconds after the start; its ID is the text."""
    return {"eventId": text, "timestamp": MILLISECONDS + at, "message": f"{text}\n"}


def answer(logs: Stubber, *events: dict[str, Any], **request: Any) -> None:
    logs.add_response("filter_log_events", {"events": list(events)}, REQUEST | request)


def texts(many: list[Line]) -> list[str]:
    return [line.text for line in many]


def test_the_log_group_is_named_after_the_function() -> None:
    assert group("shop-run-task") == "/aws/lambda/shop-run-task"


def test_a_line_has_its_time_and_no_blanks_at_its_end(clients: Clients, logs: Stubber) -> None:
    answer(logs, {"eventId": "1", "timestamp": MILLISECONDS + 250, "message": "  done \n"})

    (line,) = lines(clients, "shop-run-task", START)

    assert line == Line("1", START + timedelta(milliseconds=250), "  done")


def test_the_lines_of_all_pages_are_read(clients: Clients, logs: Stubber) -> None:
    logs.add_response("filter_log_events", {"events": [event("one")], "nextToken": "more"}, REQUEST)
    answer(logs, event("two"), nextToken="more")

    assert texts(list(lines(clients, "shop-run-task", START))) == ["one", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "INIT_START Runtime Version: python:3.13",
        "INIT_REPORT Init Duration: 1 ms",
        "START RequestId: 1",
        "END RequestId: 1",
        "REPORT RequestId: 1",
        "EXTENSION\tName: x",
        "",
    ],
)
def test_empty_lines_and_those_of_lambda_itself_are_left_out(clients: Clients, logs: Stubber, text: str) -> None:
    answer(logs, event("STARTing"), event(text), event("END of it"))

    assert texts(list(lines(clients, "shop-run-task", START))) == ["STARTing", "END of it"]


def test_a_span_ends_after_its_last_millisecond(clients: Clients, logs: Stubber) -> None:
    answer(logs, endTime=MILLISECONDS + 2001)

    assert list(lines(clients, "shop-run-task", START, START + timedelta(seconds=2))) == []


def test_a_function_that_never_ran_has_no_lines(clients: Clients, logs: Stubber) -> None:
    logs.add_client_error("filter_log_events", "ResourceNotFoundException")

    assert list(lines(clients, "shop-run-task", START)) == []


def test_a_refusal_is_no_silence(clients: Clients, logs: Stubber) -> None:
    logs.add_client_error("filter_log_events", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        list(lines(clients, "shop-run-task", START))


def test_a_tail_tells_each_line_once_and_asks_again_for_the_time_in_which_a_line_may_appear_late(
    clients: Clients, logs: Stubber
) -> None:
    tail = Tail(clients, "shop-run-task", START)
    answer(logs, event("one", at=0), event("two", at=60_000))
    answer(logs, event("late", at=55_000), event("two", at=60_000), startTime=MILLISECONDS + 50_000)
    answer(logs, startTime=MILLISECONDS + 50_000)
    answer(logs, event("two", at=60_000), event("three", at=61_000), startTime=MILLISECONDS + 50_000)

    looks = [texts(tail.read()) for _ in range(4)]

    assert timedelta(seconds=10) == LATE
    assert looks == [["one", "two"], ["late"], [], ["three"]]


def test_a_tail_never_asks_for_what_was_before_its_beginning(clients: Clients, logs: Stubber) -> None:
    tail = Tail(clients, "shop-run-task", START)
    answer(logs, event("one", at=1000))
    answer(logs, event("one", at=1000), endTime=MILLISECONDS + 5001)

    looks = [texts(tail.read()), texts(tail.read(START + timedelta(seconds=5)))]

    assert looks == [["one"], []]


def running(name: str, function: str | None = "shop-run-task") -> ActionState:
    return ActionState(name, "InProgress", started=START, function=function)


def execution(*actions: ActionState) -> Execution:
    return Execution("shop", "id", "InProgress", stages=(StageState("Commit", "InProgress", actions),))


class Printing:
    """Tails of functions that print one look after another; no request is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **looks: list[list[str]]) -> None:
        self.looks = looks
        self.since: list[tuple[str, datetime]] = []
        self.until: list[datetime | None] = []
        monkeypatch.setattr("serverless_pipeline.codepipeline.logs.lines", self.lines)

    def lines(self, _clients: object, function: str, since: datetime, until: datetime | None) -> list[Line]:
        self.since.append((function, since))
        self.until.append(until)
        return [Line(text, START, text) for text in self.looks[function].pop(0)]


def test_the_latest_line_of_each_action_that_runs_is_read_on(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    printing = Printing(monkeypatch, one=[["a", "b"], ["b"], ["b", "c"]], other=[[], ["x"]])
    latest = LatestLines(clients)
    both = execution(running("One", "one"), running("Other", "other"))

    looks = [dict(latest.read(now)) for now in (both, both, execution(running("One", "one")))]

    assert looks == [
        {"Commit/One": "b"},
        {"Commit/One": "b", "Commit/Other": "x"},
        {"Commit/One": "c", "Commit/Other": "x"},
    ]
    assert printing.since[0] == ("one", START)
    assert set(printing.until) == {None}, "this machine's clock says nothing about the log"


@pytest.mark.parametrize(
    "action",
    [
        running("Approval", None),
        ActionState("Package", "Succeeded", started=START, function="one"),
        ActionState("Package", "InProgress", function="one"),
    ],
    ids=["no function", "ended", "not yet begun"],
)
def test_an_action_that_prints_nothing_now_has_no_line(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, action: ActionState
) -> None:
    printing = Printing(monkeypatch)

    assert LatestLines(clients).read(execution(action)) == {}
    assert printing.since == []
