"""`pipeline.down`: ask, stop, keep what shall be kept, empty, delete, sweep, prove."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import bucket, environments, estate, retention

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.project.estate import Estate, Top
    from serverless_pipeline.settings import Settings

_ATTEMPTS = 2
_MANY = 5000
_KEEPS_NOTHING = {
    Status.DELETE_IN_PROGRESS,
    Status.DELETE_FAILED,
    Status.REVIEW_IN_PROGRESS,
    Status.ROLLBACK_COMPLETE,
}
"""States in which no data can be kept any more, or there is none yet."""
_OF_A_STACK = ("invoke pipeline.log", "invoke pipeline.log --failures", "invoke pipeline.recover")
"""Next steps that are about the pipeline's own stack unless they name an environment."""


def down(  # noqa: PLR0913 - each a word of the command
    settings: Settings,
    clients: Clients,
    environment: str = "",
    *,
    sure: bool,
    keep: bool = False,
    unprotect: bool = False,
) -> None:
    """Delete all that belongs to the pipeline, or to one environment; `keep` leaves tables and buckets with their data.

    Raises:
        Misconfigured: a stack is protected, and `unprotect` does not say to take that back.
        Error: it was not confirmed, or something is left; each thing is named.
    """
    chosen = environments.select(settings, environment).name if environment else ""
    everything = _survey(settings, clients, chosen)
    where = f"{settings.target}, account {clients.account}, {clients.region}"
    if estate.is_empty(clients, everything):
        what = f"environment {chosen} of {settings.stack_name}" if chosen else settings.stack_name
        console.say("Unchanged", f"nothing of {what} is there ({where})")
        return
    options = (f" --environment {chosen}" if chosen else "") + (" --keep-data" if keep else "")
    _check_protection(everything, unprotect=unprotect, again=f"invoke pipeline.down --unprotect{options}")
    options += " --unprotect" if unprotect else ""
    _confirm(settings, everything, where, sure=sure, keep=keep, again=f"invoke pipeline.down --yes{options}")
    with attached("what was begun goes on.", f"invoke pipeline.down{options}"):
        everything = _stop(settings, clients, chosen)
        _delete(settings, clients, everything, keep=keep)
    kept = estate.prove(clients, everything)
    for resource in kept:
        console.say("Kept", f"{resource}  its template retains it", style="yellow")
    console.say("Proved", "nothing else is left" if kept else "nothing is left")


def delete_stack(clients: Clients, root: Stack, role: str = "", environment: str = "") -> None:
    """Empty its buckets and delete the stack, twice if need be: what still ran may have written into one.

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
    conclude(clients, ended, environment)


def empty(clients: Clients, name: str) -> None:
    """Empty a bucket; says how many versions it held, and how far it is with a large one."""
    count = bucket.empty(clients, name, partial(_say_progress, name))
    console.say("Emptied", f"bucket {name}, {count} objects")


def conclude(clients: Clients, ended: Stack, environment: str) -> None:
    """Nothing if the operation of an environment's stack ended well, or of the pipeline's own if none is named.

    Raises:
        Error: it did not; tells the first cause, and the next step in that environment.
    """
    try:
        operation.conclude(clients, ended)
    except Error as error:
        if not environment or error.hint not in _OF_A_STACK:
            raise
        words = str(error).removesuffix(f"\n  Next: {error.hint}")
        raise Error(words, hint=f"{error.hint} --environment {environment}") from error


def _survey(settings: Settings, clients: Clients, environment: str) -> Estate:
    everything = estate.survey(settings, clients)
    return everything.of(environment) if environment else everything


def _check_protection(everything: Estate, *, unprotect: bool, again: str) -> None:
    names = [top.stack.name for top in everything.tops if top.stack.protected]
    if names and not unprotect:
        them = f"stack {names[0]} is" if len(names) == 1 else f"stacks {', '.join(names)} are"
        raise Misconfigured(f"The {them} protected from being deleted; nothing was changed.", hint=again)


def _confirm(  # noqa: PLR0913 - what a question is made of
    settings: Settings, everything: Estate, where: str, *, sure: bool, keep: bool, again: str
) -> None:
    """Ask once for all, and for production by its name.

    Raises:
        Misconfigured: there is no terminal to ask on, and nobody said that they are sure.
        Error: it was not confirmed.
    """
    production = environments.of(settings)[-1].name
    names = [top.stack.name for top in everything.tops] or [settings.stack_name]
    it, its = ("it", "its") if len(names) == 1 else ("them", "their")
    what = f"everything in {it} but {its} tables and buckets" if keep else f"everything in {it}"
    if [top.environment for top in everything.tops] != [production]:
        console.confirm(f"Delete {', '.join(names)} and {what} ({where})?", sure=sure, again=again)
    for top in everything.environments:
        if top.environment == production:
            console.confirm(f"Delete production ({where})?", sure=sure, again=again, name=top.stack.name)


def _stop(settings: Settings, clients: Clients, environment: str) -> Estate:
    """Stop the pipeline; answers what is there then: as long as nobody answered, it went on delivering."""
    for execution_id in estate.stop(clients, settings.stack_name):
        console.say("Stopped", f"execution {execution_id}")
    return _survey(settings, clients, environment)


def _delete(settings: Settings, clients: Clients, everything: Estate, *, keep: bool) -> None:
    """Delete one stack after another, once the data of all of them is kept."""
    ready = [_prepare(settings, clients, top, keep=keep) for top in everything.tops]
    for top, existing in zip(everything.tops, ready, strict=True):
        _delete_top(settings, clients, top.environment, existing)
    for thing in estate.sweep(clients, everything):
        console.say("Deleted", thing)


def _prepare(settings: Settings, clients: Clients, top: Top, *, keep: bool) -> Stack:
    """The stack after the operation in progress, its data kept if that is wanted."""
    existing = _settle(clients, top.stack)
    if keep and existing.status not in _KEEPS_NOTHING:
        return retention.keep(settings, clients, existing, _role(settings, top.environment))
    return existing


def _role(settings: Settings, environment: str) -> str:
    """In an environment CloudFormation acts with the role of its stack, which need not be named."""
    return "" if environment else settings.service_role


def _delete_top(settings: Settings, clients: Clients, environment: str, existing: Stack) -> None:
    if existing.protected:
        stack.protect(clients, existing, on=False)
    try:
        delete_stack(clients, existing, _role(settings, environment), environment)
    except ClientError as error:
        if not environment or "cannot be assumed" not in str(error):
            raise
        words = f"The stack {existing.name} is there, and the role with which it could be deleted is gone."
        hint = "invoke pipeline.up, then invoke pipeline.run gives it another, then invoke pipeline.down"
        raise Error(words, hint=hint) from error
    console.say("Deleted", f"stack {existing.name}")


def _settle(clients: Clients, root: Stack) -> Stack:
    """The stack after the operation in progress; one that deletes it may go on."""
    if not root.status.in_progress or root.status is Status.DELETE_IN_PROGRESS:
        return root
    console.say("Attached", f"to stack {root.name}, {root.status}; it is deleted after that")
    return operation.watch(clients, root, Patience.towards(clients))


def _say_progress(name: str, count: int) -> None:
    if count % _MANY == 0:
        console.say("Emptying", f"bucket {name}, {count:,} objects so far", style="dim")
