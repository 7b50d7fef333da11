from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error, Interrupted, Misconfigured, TimedOut
from serverless_pipeline.patience import BLIND, LATEST, SOONEST, Pace, Patience, attached, seconds


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, pause: float) -> None:
        self.slept.append(pause)
        self.now += pause

    def clock(self) -> float:
        return self.now


def test_pauses_grow_by_half_while_nothing_happens_up_to_the_latest() -> None:
    time = Time()
    patience = Patience(sleep=time.sleep, clock=time.clock)

    for _ in range(14):
        patience.rest(news=False)

    assert (SOONEST, LATEST) == (0.05, 5.0)
    assert time.slept == pytest.approx([min(0.05 * 1.5**number, 5.0) for number in range(1, 15)])
    assert time.slept[-1] == 5.0


@pytest.mark.parametrize(("chosen", "pause"), [({"pace": Pace(0.5)}, 0.5), ({}, 0.05)])
def test_news_bring_the_next_look_close_and_pauses_grow_from_there(chosen: dict[str, Any], pause: float) -> None:
    time = Time()
    patience = Patience(**chosen, sleep=time.sleep, clock=time.clock)
    for _ in range(30):
        patience.rest(news=False)

    patience.rest(news=True)
    patience.rest(news=False)

    assert time.slept[-2:] == pytest.approx([pause, pause * 1.5])


@pytest.mark.parametrize(
    ("endpoint", "rests"),
    [(Endpoint("http://127.0.0.1:1", "key", "secret"), [0.05, 0.055, 0.0605]), (None, [1.0, 1.5, 2.25])],
)
def test_an_account_is_asked_less_often_than_the_embedded_aws(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint | None, rests: list[float]
) -> None:
    time = Time()
    clients: Any = SimpleNamespace(endpoint=endpoint)
    patience = Patience.towards(clients, timeout=10_000, again="invoke again")
    monkeypatch.setattr(patience, "_sleep", time.sleep)

    for news in (True, False, False):
        patience.rest(news=news)

    assert time.slept == pytest.approx(rests)


def test_the_time_towards_a_target_ends_with_the_command_that_looks_again() -> None:
    clients: Any = SimpleNamespace(endpoint=None)

    with pytest.raises(
        TimedOut, match=r"^The time to wait is over; what was waited for goes on\.\n  Next: invoke again$"
    ):
        Patience.towards(clients, timeout=0, again="invoke again").rest(news=True)


def test_the_deadline_ends_the_waiting_and_not_later() -> None:
    time = Time()
    patience = Patience(timeout=7, sleep=time.sleep, clock=time.clock)

    with pytest.raises(TimedOut) as caught:
        rest_for_ever(patience)

    assert time.now == pytest.approx(7)
    assert min(time.slept) > 0
    assert caught.value.code == 4
    assert caught.value.message == "The time to wait is over; what was waited for goes on."


def test_without_a_deadline_the_waiting_goes_on() -> None:
    time = Time()
    patience = Patience(sleep=time.sleep, clock=time.clock)

    for _ in range(1000):
        patience.rest(news=False)

    assert time.now > 1000


@pytest.mark.parametrize(("text", "expected"), [("", None), ("0", 0.0), ("600", 600.0), ("0.5", 0.5)])
def test_a_timeout_is_read_in_seconds(text: str, expected: float | None) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan", "10m"])
def test_a_timeout_that_is_no_number_of_seconds_is_refused(text: str) -> None:
    message = f"^--timeout: '{text}' must be a number of seconds\n  Next: such as --timeout 600$"
    with pytest.raises(Misconfigured, match=message):
        seconds(text)


def test_ctrl_c_ends_in_words_and_the_command_that_attaches_again() -> None:
    with pytest.raises(Interrupted) as caught, attached("it goes on.", "invoke again"):
        raise KeyboardInterrupt

    assert caught.value.code == 130
    assert caught.value.message == "Interrupted: it goes on.\n  Next: invoke again"


def rest_for_ever(patience: Patience) -> None:
    while True:
        patience.rest(news=False)


def test_looks_come_close_after_news_and_end_when_nobody_asks_for_more() -> None:
    time = Time()
    patience = Patience(pace=Pace(0.5), sleep=time.sleep, clock=time.clock)
    states = iter(["begun", "begun", "ended"])

    looks = list(zip(range(3), patience.looks(lambda: next(states)), strict=False))

    assert looks == [(0, "begun"), (1, "begun"), (2, "ended")]
    assert time.slept == pytest.approx([0.5, 0.75])


def test_what_is_news_can_be_said_of_a_look_and_the_one_before() -> None:
    time = Time()
    pairs: list[tuple[int, int | None]] = []
    numbers = iter(range(3))

    def is_news(now: int, before: int | None) -> bool:
        pairs.append((now, before))
        return now == 1

    looks = Patience(pace=Pace(0.5), sleep=time.sleep, clock=time.clock).looks(lambda: next(numbers), is_news)

    assert [next(looks) for _ in range(3)] == [0, 1, 2]
    assert pairs == [(0, None), (1, 0)]
    assert time.slept == pytest.approx([0.075, 0.5])


def test_looks_end_when_the_time_is_over() -> None:
    time = Time()

    with pytest.raises(TimedOut):
        list(Patience(timeout=1, sleep=time.sleep, clock=time.clock).looks(lambda: "begun"))


def test_until_answers_the_first_look_that_is_done() -> None:
    numbers = iter(range(10))
    time = Time()

    assert Patience(sleep=time.sleep, clock=time.clock).until(lambda: next(numbers), lambda number: number == 3) == 3
    assert len(time.slept) == 3


def test_what_is_done_at_the_first_look_is_not_waited_for() -> None:
    time = Time()

    assert Patience(timeout=0, sleep=time.sleep, clock=time.clock).until(lambda: "ended", bool) == "ended"
    assert time.slept == []


def test_what_is_waited_for_is_named_when_the_time_is_over() -> None:
    time = Time()
    patience = Patience(timeout=1.0, again="invoke again", sleep=time.sleep, clock=time.clock)

    with pytest.raises(TimedOut, match=r"^The time to wait for the stack is over; it goes on\.\n  Next: invoke again$"):
        patience.until(lambda: 1, lambda _: False, what="the stack")


def test_what_is_never_seen_is_not_waited_for_for_ever() -> None:
    time = Time()
    patience = Patience(sleep=time.sleep, clock=time.clock)

    with pytest.raises(
        Error, match=r"^AWS has told nothing of the stack for 5 minutes\.\n  Next: invoke pipeline\.status$"
    ):
        list(patience.looks(lambda: None, what="the stack"))

    assert BLIND < time.now < BLIND + 2 * LATEST


def test_what_is_seen_now_and_then_is_waited_for() -> None:
    time = Time()
    patience = Patience(sleep=time.sleep, clock=time.clock)
    looks = patience.looks(lambda: int(time.now) % 100, sees=lambda now: now < 10)

    for _ in looks:
        if time.now > 3 * BLIND:
            break
