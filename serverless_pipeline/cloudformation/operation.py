"""An operation of a stack: followed to its end, and why it failed if it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import causes, events, progress, stack, tree
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.causes import Cause
    from serverless_pipeline.cloudformation.events import Event
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.patience import Patience


@dataclass(frozen=True)
class Failure:
    """Why the last operation of a stack failed: the event that made the others fail, and those in their order.

    `first` is None where nothing failed, or CloudFormation remembers no event of it.
    """

    stack: Stack
    first: Event | None
    others: tuple[Event, ...] = ()

    @property
    def meaning(self) -> Cause | None:
        """What the reason usually means, if it is one of the well-known."""
        return causes.explain(self.first.reason) if self.first else None

    def error(self) -> Error:
        """The failure as it ends a command: the first cause, where it is, what it usually means, what to type next."""
        head = f"The stack {self.stack.name} is {self.stack.status}."
        if self.first is None:
            reason = f"\n  {self.stack.reason}" if self.stack.reason else ""
            return Error(f"{head}{reason}", hint="invoke pipeline.log")
        where = self.first.words(self.stack.name)
        cause = f"\n  First cause: {where} ({self.first.type}, {self.first.status})"
        usually = f"\n  Usually: {self.meaning.meaning}" if self.meaning else ""
        return Error(f"{head}{cause}{usually}", hint=self._next())

    def _next(self) -> str:
        if self.stack.status is stack.Status.UPDATE_ROLLBACK_FAILED:
            return "invoke pipeline.recover"
        return self.meaning.hint if self.meaning else "invoke pipeline.log --failures"


def watch(
    clients: Clients, root: Stack, patience: Patience, *, before: Tree | None = None, verbose: bool = False
) -> Stack:
    """Show the events of the operation in progress, or of the last one, until it has ended; answers how it stands then.

    `before` is what the stack held when the operation began, where somebody has looked already.

    Raises:
        TimedOut: it had not ended when the patience did.
    """
    before = before or tree.look(clients, root.id)
    since, now = events.start(clients, root.id), root
    with progress.opened(root.name, len(list(before.walk())), verbose=verbose) as shown:
        for look in events.follow(clients, root, before, patience, since=since):
            shown.show(look.events)
            now = look.stack or now
    return now


def failure(clients: Clients, root: Stack) -> Failure:
    """Why the stack's last operation failed, as far as its events tell."""
    happened = events.last_operation(clients, tree.look(clients, root.id))
    first = events.first_cause(happened)
    return Failure(root, first, tuple(event for event in happened if event.failed and event is not first))


def conclude(clients: Clients, root: Stack) -> None:
    """Nothing if the stack's last operation ended well.

    Raises:
        Error: it did not; tells the first cause and where it is.
    """
    if root.status.failed:
        raise failure(clients, root).error()
