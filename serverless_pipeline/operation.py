"""An operation of a stack as it is watched: events on the console, and at its end the first cause of a failure."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serverless_pipeline import console, events, stack
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.spinner import Spinner

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.events import Event
    from serverless_pipeline.patience import Patience
    from serverless_pipeline.stack import Stack


def watch(clients: Clients, root: Stack, patience: Patience) -> Stack:
    """Show the events of the operation in progress, or of the last one, until it has ended; answers how it stands then.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    show(events.follow(clients, root, patience, since=events.start(clients, root)), root)
    return stack.find(clients, root.id) or root


def show(happened: Iterable[Event], root: Stack) -> None:
    """Print events as they come; what a nested stack says of itself, its parent says as well."""
    with _progress(root) as note:
        for event in happened:
            if event.is_of_stack and event.stack != root.name:
                continue
            note(event)
            console.event(event, root.name)


def conclude(clients: Clients, root: Stack) -> None:
    """Nothing if the stack's last operation ended well.

    Raises:
        Error: it did not; tells the first cause and where it is.
    """
    if root.status.failed:
        raise Error(f"The stack {root.name} is {root.status}.{_cause(clients, root)}", hint="invoke pipeline.log")


def _cause(clients: Clients, root: Stack) -> str:
    since = events.start(clients, root)
    happened = [event for event in events.history(clients, root) if since is None or event.time >= since]
    first = events.first_cause(happened)
    if first is None:
        return f"\n  {root.reason}" if root.reason else ""
    return f"\n  First cause: {console.event_words(first, root.name)} ({first.type}, {first.status})"


@contextmanager
def _progress(root: Stack) -> Iterator[Callable[[Event], None]]:
    """A line that moves below the events: what is in progress, and for how long."""
    if not console.is_live():
        yield lambda _: None
        return
    from rich.live import Live

    progress = _Progress(root.name)
    with Live(progress, console=console.terminal(), transient=True, refresh_per_second=8):
        yield progress.note


class _Progress:
    """Counts the resources that are being worked at."""

    def __init__(self, name: str) -> None:
        from rich.spinner import Spinner

        self._name = name
        self._busy: set[tuple[str, str]] = set()
        self._done = 0
        self._since = datetime.now(UTC)
        self._spinner = Spinner("dots", style="cyan")

    def note(self, event: Event) -> None:
        """Count an event in."""
        key = (event.stack_id, event.logical_id)
        if event.status.endswith("_IN_PROGRESS"):
            self._busy.add(key)
        elif key in self._busy:
            self._busy.remove(key)
            self._done += 1

    def __rich__(self) -> Spinner:
        elapsed = console.duration((datetime.now(UTC) - self._since).total_seconds())
        self._spinner.update(text=f"{self._name}  {self._done} done, {len(self._busy)} in progress  {elapsed}")
        return self._spinner
