"""`pipeline.up`: create the stack, update it, or say that nothing changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import change_set, changes, operation, stack
from serverless_pipeline.cloudformation.change_set import Overtaken
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import bucket, environments, plan, preflight, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.changes import Change
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.project.plan import Plan
    from serverless_pipeline.project.standing import Standing
    from serverless_pipeline.settings import Settings

_DONE = {"Creating": "Created", "Updating": "Updated"}
_STUCK = {
    Status.UPDATE_ROLLBACK_FAILED: "invoke pipeline.recover",
    Status.IMPORT_ROLLBACK_FAILED: "invoke pipeline.log --failures, mend what it names, or invoke pipeline.down",
}
_GOES_ON = "the stack's operation goes on."


def up(settings: Settings, clients: Clients, *, wait: bool, sure: bool, verbose: bool = False) -> None:
    """Bring the stack to what the templates say; nothing is changed before the checks are passed.

    Raises:
        Misconfigured: data would be lost, and nobody is `sure` nor there to be asked.
    """
    with console.busy("Building the bundle of the functions"):
        planned = plan.make(settings, clients)
    if not planned.bundle.bytecode:
        why = f"the functions run {settings.runtime}, which this laptop does not have"
        console.say("Without", f"bytecode: {why}; cold functions start more slowly", style="yellow")
    with console.busy("Checking the templates and the account"):
        now = plan.look(planned, clients)
        skipped = preflight.check(planned, clients, now)
    for words in planned.advice:
        console.say("Advice", words, style="yellow")
    for words in skipped:
        console.say("Skipped", words, style="yellow")
    ready = settle(clients, planned, now, wait=wait)
    began = (
        "Unchanged"
        if ready.is_as(planned.desired, planned.bucket)
        else _change(planned, clients, ready, wait=wait, sure=sure)
    )
    _protect(settings, clients, ready.stack)
    if began == "Unchanged":
        console.say("Unchanged", f"stack {settings.stack_name}")
    elif not wait:
        console.say("Began", f"{began.lower()} stack {settings.stack_name}; invoke pipeline.wait attaches to it")
    else:
        _finish(clients, settings.stack_name, ready, began, verbose=verbose)


def settle(clients: Clients, planned: Plan, now: Standing, *, wait: bool) -> Standing:
    """The stack as it can be updated, or none: an operation is waited for, a dead end is deleted.

    Raises:
        Error: an operation runs and nobody wants to wait, or CloudFormation needs help from a person.
    """
    if now.stack and now.stack.status.in_progress:
        _attach(clients, now.stack, wait=wait)
        now = plan.look(planned, clients)
    if now.stack and now.stack.status.is_dead_end:
        _remove(clients, now.stack)
        return standing.NOTHING
    if now.stack and now.stack.status in _STUCK:
        hint = _STUCK[now.stack.status]
        raise Error(f"The stack {now.stack.name} is {now.stack.status}: {now.stack.reason}", hint=hint)
    return now


def approve(planned: Sequence[Change], *, sure: bool) -> None:
    """Say what an update changes, and ask before data is lost.

    Raises:
        Misconfigured: data would be lost, there is no terminal to ask on, and nobody said that they are sure.
        Error: the answer was not yes.
    """
    console.say("Planned", changes.counted(planned))
    lost = [change for change in planned if change.loses_data]
    for change in lost:
        console.say("Loses", f"{change.path}  {change.type}, {change.words}", style="red")
    if lost:
        one = "a resource that holds data" if len(lost) == 1 else f"{len(lost)} resources that hold data"
        again = "invoke pipeline.diff, then invoke pipeline.up --yes"
        console.confirm(f"Replace or remove {one}?", sure=sure, again=again)


def _change(planned: Plan, clients: Clients, ready: Standing, *, wait: bool, sure: bool) -> str:
    """Publish what is needed and begin; who comes second looks again once. Answers what began."""
    _warn_of_lost_bundle(planned, clients, ready.stack)
    for verb, thing in plan.publish(planned, clients, releases=not ready.has_pipeline):
        console.say(verb, thing)
    try:
        return change_set.deploy(clients, planned.desired, partial(approve, sure=sure))
    except Overtaken:
        settle(clients, planned, plan.look(planned, clients), wait=wait)
        return change_set.deploy(clients, planned.desired, partial(approve, sure=sure))


def _warn_of_lost_bundle(planned: Plan, clients: Clients, existing: Stack | None) -> None:
    """A rollback would need the bundle that the functions have now."""
    key = existing.parameters.get("BundleKey", "") if existing else ""
    home = existing.parameters.get("BundleBucket", planned.bucket) if existing else ""
    if key and key != planned.bundle.key and bucket.head(clients, home, key) is None:
        console.say("Missing", f"s3://{home}/{key}, which a rollback of the functions would need", style="yellow")


def _protect(settings: Settings, clients: Clients, existing: Stack | None) -> None:
    """Protect the stacks that are there from being deleted; only `down --unprotect` takes that back.

    One that is being deleted takes no protection.
    """
    if not settings.termination_protection:
        return
    root = existing or stack.demand(clients, settings.stack_name)
    for one in (root, *environments.stacks(settings, clients).values()):
        if not one.protected and one.status is not Status.DELETE_IN_PROGRESS:
            stack.protect(clients, one, on=True)
            console.say("Protected", f"stack {one.name} from being deleted")


def _finish(clients: Clients, name: str, before: Standing, began: str, *, verbose: bool) -> None:
    root = before.stack or stack.demand(clients, name)
    with attached(_GOES_ON, "invoke pipeline.wait"):
        patience = Patience.towards(clients)
        ended = operation.watch(clients, root, patience, before=before.tree or Tree(root.id), verbose=verbose)
    operation.conclude(clients, ended)
    console.say(_DONE[began], f"stack {name}")
    if began == "Creating":
        where = ended.outputs.get("PipelineUrl", "")
        console.say("Started", f"the first execution; invoke pipeline.watch follows it, {where} shows it")


def _attach(clients: Clients, running: Stack, *, wait: bool) -> None:
    if not wait:
        raise Error(f"The stack {running.name} is {running.status}; nothing was changed.", hint="invoke pipeline.wait")
    console.say("Attached", f"to stack {running.name}, {running.status}")
    with attached(_GOES_ON, "invoke pipeline.wait"):
        operation.watch(clients, running, Patience.towards(clients))


def _remove(clients: Clients, dead: Stack) -> None:
    """Delete a stack that can never be updated, so that it can be created anew."""
    from serverless_pipeline.commands import down

    if dead.protected:
        stack.protect(clients, dead, on=False)
    with attached(_GOES_ON, "invoke pipeline.wait"):
        down.delete_stack(clients, dead)
    console.say("Deleted", f"stack {dead.name}, which was {dead.status}")
