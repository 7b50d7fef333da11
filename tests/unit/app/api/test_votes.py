from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from votes import Refused, Votes


@dataclass
class FakeBallot:
    stored: dict[str, int] = field(default_factory=lambda: {"darkblue": 10, "red": 10, "yellow": 10})
    admits: bool = True
    reads: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)

    def counts(self, colors: Iterable[str]) -> dict[str, int]:
        self.reads += 1
        return {color: self.stored[color] for color in colors}

    def add(self, color: str) -> int:
        self.stored[color] += 1
        return self.stored[color]

    def admit(self, address: str, now: int) -> bool:
        self.asked.append((address, now))
        return self.admits


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_counts_are_read_once_a_second() -> None:
    ballot, clock = FakeBallot(), Hand()
    votes = Votes(ballot, elapsed=clock)

    votes.counts()
    clock.now += 0.999
    votes.counts()

    assert ballot.reads == 1


def test_counts_a_second_old_are_read_again() -> None:
    ballot, clock = FakeBallot(), Hand()
    votes = Votes(ballot, elapsed=clock)
    votes.counts()

    ballot.stored["red"] = 99
    clock.now += 1.0

    assert votes.counts() == {"darkblue": 10, "red": 99, "yellow": 10}


def test_fresh_counts_skip_the_cache_and_renew_it() -> None:
    ballot, clock = FakeBallot(), Hand()
    votes = Votes(ballot, elapsed=clock)
    votes.counts()
    ballot.stored["red"] = 99

    fresh = votes.counts(fresh=True)

    assert fresh["red"] == 99
    assert votes.counts()["red"] == 99


def test_a_vote_shows_at_once_in_the_same_process() -> None:
    ballot, clock = FakeBallot(), Hand()
    votes = Votes(ballot, elapsed=clock)
    votes.counts()

    count = votes.cast("red", "192.0.2.1")

    assert count == 11
    assert votes.counts() == {"darkblue": 10, "red": 11, "yellow": 10}
    assert ballot.reads == 1


def test_a_vote_before_the_first_read_leaves_the_other_counts_to_the_table() -> None:
    ballot = FakeBallot({"darkblue": 20, "red": 30, "yellow": 40})
    votes = Votes(ballot)

    votes.cast("red", "192.0.2.1")

    assert votes.counts() == {"darkblue": 20, "red": 31, "yellow": 40}


def test_whoever_reads_the_counts_cannot_change_them() -> None:
    votes = Votes(FakeBallot(), elapsed=Hand())

    votes.counts()["red"] = 99

    assert votes.counts()["red"] == 10


def test_a_vote_asks_for_the_address_in_milliseconds() -> None:
    ballot = FakeBallot()
    votes = Votes(ballot, clock=Hand(1700000000.25))

    votes.cast("yellow", "192.0.2.1")

    assert ballot.asked == [("192.0.2.1", 1700000000250)]


def test_an_address_that_has_only_just_voted_is_refused() -> None:
    ballot = FakeBallot(admits=False)

    with pytest.raises(Refused, match="wait 100 milliseconds"):
        Votes(ballot).cast("red", "192.0.2.1")

    assert ballot.stored["red"] == 10


def test_an_unknown_colour_is_refused_by_name_and_costs_the_address_nothing() -> None:
    ballot = FakeBallot()

    with pytest.raises(Refused, match="no colour 'mauve'; vote for darkblue, red, yellow"):
        Votes(ballot).cast("mauve", "192.0.2.1")

    assert ballot.asked == []
