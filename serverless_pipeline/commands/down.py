"""The way down, in order: ask, stop, keep what shall be kept, empty, delete, sweep, prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, retention, stack
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import estate as teardown

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.project.estate import Estate
    from serverless_pipeline.settings import Settings

_ATTEMPTS = 2


def down(settings: Settings, clients: Clients, *, sure: bool, keep: bool = False, unprotect: bool = False) -> None:
    """Delete all that belongs to the pipeline; `keep` leaves tables and buckets with what they hold.

    Raises:
        Misconfigured: the stack is protected, and `unprotect` does not say to take that back.
        Error: it was not confirmed, or something is left; each thing is named.
    """
    estate = teardown.survey(settings, clients)
    where = f"{settings.target}, account {clients.account}, {clients.region}"
    if teardown.is_empty(clients, estate):
        console.say("Unchanged", f"nothing of {settings.stack_name} is there ({where})")
        return
    _check_protection(estate, unprotect=unprotect)
    what = "everything in it but its tables and buckets" if keep else "everything in it"
    again = "invoke pipeline.down --yes" + (" --keep-data" if keep else "")
    console.confirm(f"Delete stack {settings.stack_name} and {what} ({where})?", sure=sure, again=again)
    with attached("what was begun goes on.", "invoke pipeline.down" + (" --keep-data" if keep else "")):
        _delete(settings, clients, estate, keep=keep)
    kept = teardown.prove(clients, estate)
    for thing in kept:
        console.say("Kept", f"{thing}  its template retains it", style="yellow")
    console.say("Proved", "nothing else is left" if kept else "nothing is left")


def _check_protection(estate: Estate, *, unprotect: bool) -> None:
    if estate.stack and estate.stack.protected and not unprotect:
        raise Misconfigured(
            f"The stack {estate.stack.name} is protected from being deleted; nothing was changed.",
            hint="invoke pipeline.down --unprotect",
        )


def _delete(settings: Settings, clients: Clients, estate: Estate, *, keep: bool) -> None:
    for execution_id in teardown.stop(clients, settings.stack_name):
        console.say("Stopped", f"execution {execution_id}")
    if estate.stack and estate.stack.protected:
        stack.protect(clients, estate.stack, on=False)
    if estate.stack:
        root = _settled(clients, estate.stack)
        if keep and root.status not in {Status.DELETE_IN_PROGRESS, Status.DELETE_FAILED}:
            root = retention.keep(settings, clients, root)
        _delete_stack(clients, root, settings.service_role)
    for thing in teardown.sweep(clients, estate):
        console.say("Deleted", thing)


def _settled(clients: Clients, root: Stack) -> Stack:
    """The stack after the operation in progress; one that deletes it may go on."""
    if not root.status.in_progress or root.status is Status.DELETE_IN_PROGRESS:
        return root
    console.say("Attached", f"to stack {root.name}, {root.status}; it is deleted after that")
    return operation.watch(clients, root, Patience.towards(clients))


def _delete_stack(clients: Clients, root: Stack, role: str) -> None:
    """Delete the stack, twice if need be: a function that still ran may have written into an emptied bucket."""
    for _ in range(_ATTEMPTS):
        teardown.empty(clients, teardown.buckets_of(clients, root))
        stack.delete(clients, root, role)
        ended = operation.watch(clients, root, Patience.towards(clients))
        if ended.status is not Status.DELETE_FAILED:
            break
    operation.conclude(clients, ended)
    console.say("Deleted", f"stack {root.name}")
