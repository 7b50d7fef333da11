"""The word `wait`: attach to the operation in progress, and say how the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.patience import Patience
    from serverless_pipeline.settings import Settings

AGAIN = "invoke pipeline.wait"
"""The command that attaches again."""


def wait(settings: Settings, clients: Clients, patience: Patience, *, verbose: bool = False) -> Stack:
    """Follow the operation in progress, if there is one; answers the stack after its last operation, which ended well.

    Raises:
        Error: there is no stack, or it waits for a change set that nobody executes, or its last operation failed.
        TimedOut: the operation had not ended when the patience did.
    """
    root = stack.demand(clients, settings.stack_name)
    if root.status is stack.Status.REVIEW_IN_PROGRESS:
        raise Error(
            f"The stack {root.name} is empty and waits for a change set.", hint="invoke pipeline.up replaces it"
        )
    ended = operation.watch(clients, root, patience, verbose=verbose)
    operation.conclude(clients, ended)
    return ended


def show(ended: Stack) -> None:
    """Say how the stack is now."""
    console.say("Ended", f"stack {ended.name}, {ended.status}")
