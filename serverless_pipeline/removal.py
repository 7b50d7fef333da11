"""The way down, in order: ask, stop, empty, delete, sweep, prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console, operation, stack, teardown
from serverless_pipeline.patience import Patience, attached

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings
    from serverless_pipeline.stack import Stack
    from serverless_pipeline.teardown import Estate

_ATTEMPTS = 2


def down(settings: Settings, clients: Clients, *, sure: bool) -> None:
    """Delete all that belongs to the pipeline.

    Raises:
        Error: it was not confirmed, or something is left; each thing is named.
    """
    estate = teardown.survey(settings, clients)
    where = f"{settings.target}, account {clients.account}, {clients.region}"
    if teardown.is_empty(clients, estate):
        console.say("Unchanged", f"nothing of {settings.stack_name} is there ({where})")
        return
    question = f"Delete stack {settings.stack_name} and everything in it ({where})?"
    console.confirm(question, sure=sure, again="invoke pipeline.down --yes")
    with attached("what was begun goes on.", "invoke pipeline.down"):
        _delete(settings, clients, estate)
    teardown.prove(clients, estate)
    console.say("Proved", "nothing is left")


def _delete(settings: Settings, clients: Clients, estate: Estate) -> None:
    for execution_id in teardown.stop(clients, settings.stack_name):
        console.say("Stopped", f"execution {execution_id}")
    if estate.stack:
        _delete_stack(clients, estate.stack, estate)
    for thing in teardown.sweep(clients, estate):
        console.say("Deleted", thing)


def _delete_stack(clients: Clients, root: Stack, estate: Estate) -> None:
    """Delete the stack, twice if need be: a function that still ran may have written into an emptied bucket."""
    if root.status.in_progress and root.status is not stack.Status.DELETE_IN_PROGRESS:
        console.say("Attached", f"to stack {root.name}, {root.status}; it is deleted after that")
        operation.watch(clients, root, Patience.towards(clients))
    for _ in range(_ATTEMPTS):
        for name, count in teardown.empty(clients, estate.buckets):
            console.say("Emptied", f"bucket {name}, {count} objects")
        stack.delete(clients, root)
        ended = operation.watch(clients, root, Patience.towards(clients))
        if ended.status is not stack.Status.DELETE_FAILED:
            break
    operation.conclude(clients, ended)
    console.say("Deleted", f"stack {root.name}")
