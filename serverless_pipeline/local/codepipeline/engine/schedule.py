"""When things happen: the clock, threads for what takes time, and timers for what happens if nothing else does."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Schedule:
    """The real time; a timer has a name, and arming one again replaces it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timers: dict[str, threading.Timer] = {}

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def spawn(self, name: str, act: Callable[[], None]) -> None:
        """Let `act` run beside, on a thread of this name."""
        threading.Thread(target=act, name=name, daemon=True).start()

    def arm(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        """Let `act` run after so many seconds, unless the name is armed anew or disarmed before."""
        timer = threading.Timer(max(seconds, 0), lambda: self._fire(name, timer, act))
        timer.daemon = True
        with self._lock:
            self._disarm(name)
            self._timers[name] = timer
        timer.start()

    def disarm(self, name: str) -> None:
        """Let nothing happen."""
        with self._lock:
            self._disarm(name)

    def _disarm(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _fire(self, name: str, timer: threading.Timer, act: Callable[[], None]) -> None:
        with self._lock:
            if self._timers.get(name) is not timer:
                return
            del self._timers[name]
        act()
