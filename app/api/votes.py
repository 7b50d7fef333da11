"""Counting votes: what may be counted, and counts that are at most a second old."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Protocol

from colors import NAMES

FRESH = 1.0


class Ballot(Protocol):
    """Where the votes lie; `table.Table` is the real one."""

    def counts(self, colors: Iterable[str]) -> dict[str, int]: ...

    def add(self, color: str) -> int: ...

    def admit(self, address: str, now: int) -> bool: ...


class Refused(Exception):
    """The vote is not counted; the message says why."""


@dataclass
class Votes:
    """The votes of one process: reads through a cache of a second, writes always to the table."""

    ballot: Ballot
    clock: Callable[[], float] = time
    elapsed: Callable[[], float] = monotonic
    _latest: dict[str, int] = field(default_factory=dict)
    _until: float = 0.0

    def counts(self, *, fresh: bool = False) -> dict[str, int]:
        """The votes of each colour, a second old at most; `fresh` asks the table in any case."""
        if fresh or not self._latest or self.elapsed() >= self._until:
            self._latest = self.ballot.counts(NAMES)
            self._until = self.elapsed() + FRESH
        return dict(self._latest)

    def cast(self, color: str, address: str) -> int:
        """Count one vote for `color` from `address` and answer the new number.

        Raises:
            Refused: there is no such colour, or the address has only just voted.
        """
        if color not in NAMES:
            raise Refused(f"There is no colour {color!r}; vote for {', '.join(NAMES)}")
        if not self.ballot.admit(address, int(self.clock() * 1000)):
            raise Refused("This address has only just voted; wait 100 milliseconds")
        count = self.ballot.add(color)
        if self._latest:
            self._latest = self._latest | {color: count}
        return count
