"""The picture of an operation: a line per event, how far it is, and now and then that it goes on."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serverless_pipeline import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from serverless_pipeline.cloudformation.events import Event

_STATUS_WIDTH = 20
HEARTBEAT = 30.0
"""Seconds without a line after which one says that the operation goes on."""


@contextmanager
def opened(name: str, resources: int, *, verbose: bool = False) -> Iterator[Progress]:
    """The progress of an operation of the stack, with a line that moves below the events where that can be."""
    progress = Progress(name, resources, verbose=verbose)
    if not console.is_live():
        yield progress
        return
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", style="cyan")

    class _Line:
        def __rich__(self) -> Spinner:
            spinner.update(text=progress.words())
            return spinner

    with Live(_Line(), console=console.terminal(), transient=True, refresh_per_second=8):
        yield progress


class Progress:
    """Shows events and counts the resources that are worked at; `resources` are there when it begins.

    Without `verbose` only the interesting events are shown; what a nested stack says of itself, its parent says too.
    """

    def __init__(
        self, name: str, resources: int, *, verbose: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._resources = resources
        self._verbose = verbose
        self._clock = clock
        self._start = self._last_line = clock()
        self._seen: set[tuple[str, str]] = set()
        self._busy: set[tuple[str, str]] = set()

    def show(self, events: Iterable[Event]) -> None:
        """Show what is new, if anything; where no line moves and none was printed for a while, say that it goes on."""
        for event in events:
            self._count(event)
            if self._is_shown(event):
                self._last_line = self._clock()
                show(event, self._name)
        if not console.is_live() and self._clock() - self._last_line >= HEARTBEAT:
            console.say("Waiting", self.words())
            self._last_line = self._clock()

    def words(self) -> str:
        """How far it is: `shop  12 of 51 done, 3 in progress  1 min 05 s`."""
        done, total = len(self._seen) - len(self._busy), max(self._resources, len(self._seen))
        elapsed = console.duration(self._clock() - self._start)
        return f"{self._name}  {done} of {total} done, {len(self._busy)} in progress  {elapsed}"

    def _count(self, event: Event) -> None:
        """What a stack says of itself counts no resource."""
        if event.is_of_stack:
            return
        key = (event.stack_id, event.logical_id)
        self._seen.add(key)
        if event.status.endswith("_IN_PROGRESS"):
            self._busy.add(key)
        else:
            self._busy.discard(key)

    def _is_shown(self, event: Event) -> bool:
        of_nested_stack_itself = event.is_of_stack and event.stack != self._name
        return (self._verbose or event.is_interesting) and not of_nested_stack_itself


def show(event: Event, root: str) -> None:
    """One event of a stack on a line; the resources of a nested stack stand below its logical ID."""
    style = "red" if event.failed else "green" if event.status.endswith("_COMPLETE") else "dim"
    console.line(f"{console.clock(event.time)}  {event.status:<{_STATUS_WIDTH}}  ", event.words(root), style=style)
