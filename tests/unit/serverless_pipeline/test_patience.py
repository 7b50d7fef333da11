from __future__ import annotations

import pytest

from serverless_pipeline.errors import Interrupted, Misconfigured, TimedOut
from serverless_pipeline.patience import LATEST, SOONEST, Patience, attached, seconds


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


def test_pauses_grow_while_nothing_happens_and_stay_below_the_latest() -> None:
    time = Time()
    patience = Patience(sleep=time.sleep, clock=time.clock)

    for _ in range(30):
        patience.rest(news=False)

    assert time.slept == sorted(time.slept)
    assert time.slept[0] < 2 * SOONEST
    assert time.slept[-1] == LATEST


def test_news_bring_the_next_look_close() -> None:
    time = Time()
    patience = Patience(after_news=0.5, sleep=time.sleep, clock=time.clock)
    for _ in range(30):
        patience.rest(news=False)

    patience.rest(news=True)

    assert time.slept[-1] == 0.5


def test_the_deadline_ends_the_waiting_and_not_later() -> None:
    time = Time()
    patience = Patience(timeout=7, sleep=time.sleep, clock=time.clock)

    with pytest.raises(TimedOut):
        rest_for_ever(patience)

    assert time.now == pytest.approx(7)


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
    with pytest.raises(Misconfigured, match="--timeout"):
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
    patience = Patience(after_news=0.5, sleep=time.sleep, clock=time.clock)
    states = iter(["begun", "begun", "ended"])

    assert list(zip(range(3), patience.looks(lambda: next(states)), strict=False)) == [
        (0, "begun"),
        (1, "begun"),
        (2, "ended"),
    ]
    assert time.slept[0] == 0.5


def test_until_answers_the_first_look_that_is_done() -> None:
    numbers = iter(range(10))
    time = Time()

    assert Patience(sleep=time.sleep, clock=time.clock).until(lambda: next(numbers), lambda number: number == 3) == 3
    assert len(time.slept) == 3
