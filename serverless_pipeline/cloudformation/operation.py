"""An operation of a stack as it is watched: events on the console, and at its end the first cause of a failure."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import causes, events, stack
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.events import Event
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.patience import Patience

HEARTBEAT = 30.0
"""Seconds without a line after which one says that the operation goes on."""
_STATUS_WIDTH = 20


def watch(clients: Clients, root: Stack, patience: Patience, *, verbose: bool = False) -> Stack:
    """Show the events of the operation in progress, or of the last one, until it has ended; answers how it stands then.

    Without `verbose` only the interesting ones; where nothing moves, a line now and then says that it goes on.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    progress = Progress(root.name, sum(1 for _ in stack.resources(clients, root)))
    follow = events.follow(clients, root, patience, since=events.start(clients, root), idle=progress.beat)
    with _shown(progress):
        for event in follow:
            progress.note(event)
            if _is_told(event, root, verbose=verbose):
                progress.said()
                _show(event, root.name)
    return stack.find(clients, root.id) or root


def conclude(clients: Clients, root: Stack) -> None:
    """Nothing if the stack's last operation ended well.

    Raises:
        Error: it did not; tells the first cause and where it is.
    """
    if not root.status.failed:
        return
    first = first_cause(clients, root)
    if first is None:
        said = f"\n  {root.reason}" if root.reason else ""
        raise Error(f"The stack {root.name} is {root.status}.{said}", hint="invoke pipeline.log")
    known = causes.explain(first.reason)
    said = f"\n  First cause: {first.words(root.name)} ({first.type}, {first.status})"
    meaning = f"\n  Usually: {known.meaning}" if known else ""
    step = "invoke pipeline.recover" if root.status is stack.Status.UPDATE_ROLLBACK_FAILED else None
    hint = step or (known.hint if known else "invoke pipeline.log --failures")
    raise Error(f"The stack {root.name} is {root.status}.{said}{meaning}", hint=hint)


def first_cause(clients: Clients, root: Stack) -> Event | None:
    """What made the stack's last operation fail."""
    since = events.start(clients, root)
    happened = [event for event in events.history(clients, root) if since is None or event.time >= since]
    return events.first_cause(happened)


def _show(event: Event, root: str) -> None:
    style = "red" if event.failed else "green" if event.status.endswith("_COMPLETE") else "dim"
    console.line(f"{console.clock(event.time)}  {event.status:<{_STATUS_WIDTH}}  ", event.words(root), style=style)


def _is_told(event: Event, root: Stack, *, verbose: bool) -> bool:
    """What a nested stack says of itself, its parent says as well."""
    return (verbose or event.is_interesting) and not (event.is_of_stack and event.stack != root.name)


@contextmanager
def _shown(progress: Progress) -> Iterator[None]:
    """A line that moves below the events: what is in progress, and for how long."""
    if not console.is_live():
        yield
        return
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", style="cyan")

    class _Line:
        def __rich__(self) -> Spinner:
            spinner.update(text=progress.words())
            return spinner

    with Live(_Line(), console=console.terminal(), transient=True, refresh_per_second=8):
        yield


class Progress:
    """Counts the resources that are worked at, and knows how long nothing was said; `known` are there already."""

    def __init__(self, name: str, known: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._known = known
        self._clock = clock
        self._began = self._said = clock()
        self._seen: set[tuple[str, str]] = set()
        self._busy: set[tuple[str, str]] = set()

    def note(self, event: Event) -> None:
        """Count an event in; what a stack says of itself counts no resource."""
        if event.is_of_stack:
            return
        key = (event.stack_id, event.logical_id)
        self._seen.add(key)
        if event.status.endswith("_IN_PROGRESS"):
            self._busy.add(key)
        else:
            self._busy.discard(key)

    def said(self) -> None:
        """A line was printed."""
        self._said = self._clock()

    def beat(self) -> None:
        """Say that it goes on, where no line moves and none was printed for a while."""
        if not console.is_live() and self._clock() - self._said >= HEARTBEAT:
            console.say("Waiting", self.words())
            self.said()

    def words(self) -> str:
        """How far it is: `shop  12 of 51 done, 3 in progress  1 min 05 s`."""
        done, total = len(self._seen) - len(self._busy), max(self._known, len(self._seen))
        elapsed = console.duration(self._clock() - self._began)
        return f"{self._name}  {done} of {total} done, {len(self._busy)} in progress  {elapsed}"
