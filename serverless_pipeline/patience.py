"""When to look again: soon after news, ever later without any, and never past the deadline."""

from __future__ import annotations

import operator
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from serverless_pipeline.errors import Error, Interrupted, Misconfigured, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients

T = TypeVar("T")

SOONEST = 0.05
LATEST = 5.0
BLIND = 300.0
"""Seconds after which nothing is waited for any longer of which nothing is seen."""


@dataclass(frozen=True)
class Pace:
    """The seconds to rest after news, and how many times as long each rest is as the one before it."""

    after_news: float = SOONEST
    growth: float = 1.5


ON_LAPTOP = Pace(SOONEST, 1.1)
"""A rest takes a tenth of the time without news: what happens is seen that much later at most."""
ON_AWS = Pace(after_news=1.0)
"""An account's API throttles."""


class Patience:
    """The pauses between two looks at AWS, in seconds: from 0.05 growing to 5; news bring it back.

    `again` is the command that attaches again, told when the time is over.
    """

    def __init__(
        self,
        *,
        pace: Pace = Pace(),
        timeout: float | None = None,
        again: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace
        self._pause = SOONEST
        self._again = again
        self._sleep = sleep
        self._clock = clock
        self._deadline = None if timeout is None else clock() + timeout

    @classmethod
    def towards(cls, clients: Clients, *, timeout: float | None = None, again: str = "") -> Patience:
        """The embedded AWS may be asked more often than an account."""
        return cls(pace=ON_LAPTOP if clients.endpoint else ON_AWS, timeout=timeout, again=again)

    def rest(self, *, news: bool) -> None:
        """Sleep until the next look.

        Raises:
            TimedOut: the time is over; what was waited for goes on.
        """
        self._pause = self._pace.after_news if news else min(self._pause * self._pace.growth, LATEST)
        left = LATEST if self._deadline is None else self._deadline - self._clock()
        if left <= 0:
            raise TimedOut("The time to wait is over; what was waited for goes on.", hint=self._again)
        self._sleep(min(self._pause, left))

    def looks(
        self,
        look: Callable[[], T],
        is_news: Callable[[T, T | None], bool] = operator.ne,
        sees: Callable[[T], bool] = lambda now: now is not None,
        *,
        what: str = "",
    ) -> Iterator[T]:
        """Look again and again and rest in between; whoever has seen enough stops asking.

        `is_news` gets a look and the one before it, None before the first. `sees` says whether a look saw anything of
        `what` is looked at.

        Raises:
            TimedOut: the time is over; what was waited for goes on.
            Error: nothing was seen for five minutes.
        """
        before: T | None = None
        seen = self._clock()
        while True:
            now = look()
            if sees(now):
                seen = self._clock()
            elif self._clock() - seen > BLIND:
                words = f"AWS has told nothing of {what or 'what was waited for'} for {BLIND / 60:.0f} minutes."
                raise Error(words, hint=self._again or "invoke pipeline.status")
            yield now
            self.rest(news=is_news(now, before))
            before = now

    def until(self, look: Callable[[], T], done: Callable[[T], bool], *, what: str = "") -> T:
        """Look until `done` says of what was seen that it is; answers it. `what` is waited for, in words.

        Raises:
            TimedOut: it was not when the time was over.
            Error: nothing was seen for five minutes.
        """
        try:
            return next(now for now in self.looks(look, what=what) if done(now))
        except TimedOut as error:
            if not what:
                raise
            raise TimedOut(f"The time to wait for {what} is over; it goes on.", hint=self._again) from error


def seconds(text: str) -> float | None:
    """Read the option `--timeout`: a number of seconds, or nothing for no limit.

    Raises:
        Misconfigured: it is no number, or less than nothing.
    """
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise Misconfigured(f"--timeout: {text!r} must be a number of seconds", hint="such as --timeout 600")
    return value


@contextmanager
def attached(goes_on: str, again: str) -> Iterator[None]:
    """Ctrl-C ends the watching, not what is watched: say so, and which command attaches again.

    Raises:
        Interrupted: the user pressed Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"Interrupted: {goes_on}", hint=again) from error
