"""What happens if nothing else does: one timer per name, on a thread that sleeps."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """Timers by name; arming one again replaces it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, threading.Timer] = {}

    def arm(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """Let `act` run after so many seconds, unless the name is armed anew or disarmed before."""
        timer = threading.Timer(max(seconds, 0), lambda: self._fire(name, timer, act))
        timer.daemon = True
        with self._lock:
            self._disarm(name)
            self._armed[name] = timer
        timer.start()

    def disarm(self, name: str) -> None:
        """Let nothing happen."""
        with self._lock:
            self._disarm(name)

    def _disarm(self, name: str) -> None:
        armed = self._armed.pop(name, None)
        if armed is not None:
            armed.cancel()

    def _fire(self, name: str, timer: threading.Timer, act: Callable[[], None]) -> None:
        with self._lock:
            if self._armed.get(name) is not timer:
                return
            del self._armed[name]
        act()
