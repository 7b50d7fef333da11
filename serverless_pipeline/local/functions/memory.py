"""The memory that an environment's processes hold together, looked at while they run, and held to the function's.

Lambda ends an environment that takes more than the function's memory, and so does this, within some hundredths of a
second: the laptop's kernel gives an ordinary user no other way. What is shared by processes counts once.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from serverless_pipeline.local import processes

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_SECONDS = 0.05
MEGABYTE = 1024 * 1024


class Meter:
    """The memory of what descends from the process `pid`; `exceed` is called once when it is more than `megabytes`.

    `hidden` is how many generations are the sandbox's own, and none of the function's.
    """

    def __init__(self, pid: int, megabytes: int, exceed: Callable[[], None], *, hidden: int) -> None:
        self._pid, self._hidden = pid, hidden
        self._limit, self._exceed = megabytes * MEGABYTE, exceed
        self._peak = 0
        self._is_exceeded = False

    @property
    def peak(self) -> int:
        """The most memory that was seen, in megabytes; never more than the function has."""
        return min(self._peak, self._limit) // MEGABYTE

    def look(self) -> None:
        """Look now, and end what takes too much."""
        pids = processes.generations(self._pid, skipped=self._hidden)
        held = sum(processes.resident(pid) for pid in pids)
        if held > self._limit:
            held = sum(processes.proportional(pid) for pid in pids)
        self._peak = max(self._peak, held, *(processes.highest(pid) for pid in pids[:1]), 0)
        if held > self._limit and not self._is_exceeded:
            self._is_exceeded = True
            self._peak = self._limit
            self._exceed()

    def __enter__(self) -> Self:
        _watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watch.remove(self)
        with suppress(OSError):
            self.look()


class _Watch:
    """One thread looks at all meters that are in use; it ends when there is none."""

    def __init__(self) -> None:
        self._meters: set[Meter] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, meter: Meter) -> None:
        with self._lock:
            self._meters.add(meter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="memory of functions", daemon=True)
                self._thread.start()

    def remove(self, meter: Meter) -> None:
        with self._lock:
            self._meters.discard(meter)

    def _run(self) -> None:
        while True:
            with self._lock:
                meters = list(self._meters)
                if not meters:
                    self._thread = None
                    return
            for meter in meters:
                with suppress(OSError):
                    meter.look()
            time.sleep(INTERVAL_SECONDS)


_watch = _Watch()
