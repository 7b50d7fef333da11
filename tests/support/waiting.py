"""Waiting for what happens by itself: looked for often, and given up only when something hangs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Sight = TypeVar("Sight")

PATIENCE = 600.0
"""Seconds after which something hangs, however busy the machine is. Nothing that works comes near it."""
PAUSE = 0.02


def until(look: Callable[[], Sight | None], what: str = "what was looked for") -> Sight:
    """What a look sees, once it sees something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if sight := look():
            return sight
        time.sleep(PAUSE)
    raise AssertionError(f"{what} took more than {PATIENCE:.0f} s")
