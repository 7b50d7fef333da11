"""The context object of Lambda: how long a function still has.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import time
from typing import Protocol

MARGIN = 10.0
"""The seconds a function keeps for itself at its end, to answer CodePipeline."""


class Context(Protocol):
    """What is used of it."""

    def get_remaining_time_in_millis(self) -> int: ...


def deadline(context: Context, margin: float = MARGIN) -> float:
    """The moment, on the clock of `time.monotonic`, so many seconds before Lambda ends the function."""
    return time.monotonic() + context.get_remaining_time_in_millis() / 1000 - margin
