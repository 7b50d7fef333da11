"""`pipeline.down`: ask, stop, keep what shall be kept, empty, delete, sweep, prove."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import bucket, estate, retention

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.project.estate import Estate
    from serverless_pipeline.settings import Settings

_ATTEMPTS = 2
_MANY = 5000


def down(settings: Settings, clients: Clients, *, sure: bool, keep: bool = False, unprotect: bool = False) -> None:
    """Delete all that belongs to the pipeline; `keep` leaves tables and buckets with what they hold.

    Raises:
        Misconfigured: the stack is protected, and `unprotect` does not say to take that back.
        Error: it was not confirmed, or something is left; each thing is named.
    """
    everything = estate.survey(settings, clients)
    where = f"{settings.target}, account {clients.account}, {clients.region}"
    if estate.is_empty(clients, everything):
        console.say("Unchanged", f"nothing of {settings.stack_name} is there ({where})")
        return
    _check_protection(everything, unprotect=unprotect)
    what = "everything in it but its tables and buckets" if keep else "everything in it"
    options = " --keep-data" if keep else ""
    question = f"Delete stack {settings.stack_name} and {what} ({where})?"
    console.confirm(question, sure=sure, again=f"invoke pipeline.down --yes{options}")
    with attached("what was begun goes on.", f"invoke pipeline.down{options}"):
        _delete(settings, clients, everything, keep=keep)
    kept = estate.prove(clients, everything)
    for resource in kept:
        console.say("Kept", f"{resource}  its template retains it", style="yellow")
    console.say("Proved", "nothing else is left" if kept else "nothing is left")


def delete_stack(clients: Clients, root: Stack, role: str = "") -> None:
    """Empty its buckets and delete the stack, twice if need be: a function that still ran may have written into one.

    Raises:
        Error: CloudFormation could not delete it; tells the first cause.
    """
    for _ in range(_ATTEMPTS):
        for name in estate.buckets_of(clients, root):
            empty(clients, name)
        stack.delete(clients, root, role)
        ended = operation.watch(clients, root, Patience.towards(clients))
        if ended.status is not Status.DELETE_FAILED:
            break
    operation.conclude(clients, ended)


def empty(clients: Clients, name: str) -> None:
    """Empty a bucket; says how many versions it held, and how far it is with a large one."""
    count = bucket.empty(clients, name, partial(_say_progress, name))
    console.say("Emptied", f"bucket {name}, {count} objects")


def _check_protection(everything: Estate, *, unprotect: bool) -> None:
    if everything.stack and everything.stack.protected and not unprotect:
        raise Misconfigured(
            f"The stack {everything.stack.name} is protected from being deleted; nothing was changed.",
            hint="invoke pipeline.down --unprotect",
        )


def _delete(settings: Settings, clients: Clients, everything: Estate, *, keep: bool) -> None:
    for execution_id in estate.stop(clients, settings.stack_name):
        console.say("Stopped", f"execution {execution_id}")
    if everything.stack:
        _delete_root(settings, clients, everything.stack, keep=keep)
    for thing in estate.sweep(clients, everything):
        console.say("Deleted", thing)


def _delete_root(settings: Settings, clients: Clients, root: Stack, *, keep: bool) -> None:
    if root.protected:
        stack.protect(clients, root, on=False)
    root = _settle(clients, root)
    if keep and root.status not in {Status.DELETE_IN_PROGRESS, Status.DELETE_FAILED}:
        root = retention.keep(settings, clients, root)
    delete_stack(clients, root, settings.service_role)
    console.say("Deleted", f"stack {root.name}")


def _settle(clients: Clients, root: Stack) -> Stack:
    """The stack after the operation in progress; one that deletes it may go on."""
    if not root.status.in_progress or root.status is Status.DELETE_IN_PROGRESS:
        return root
    console.say("Attached", f"to stack {root.name}, {root.status}; it is deleted after that")
    return operation.watch(clients, root, Patience.towards(clients))


def _say_progress(name: str, count: int) -> None:
    if count % _MANY == 0:
        console.say("Emptying", f"bucket {name}, {count:,} objects so far", style="dim")
