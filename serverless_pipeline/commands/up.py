"""From a blueprint to a stack: create it, update it, or say that nothing changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.cloudformation.change_set import Overtaken
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.commands import diff
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import bucket, bundle, estate, preflight
from serverless_pipeline.project import plan as blueprint

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Desired, Stack
    from serverless_pipeline.project.plan import Blueprint
    from serverless_pipeline.settings import Settings

_DONE = {"Creating": "Created", "Updating": "Updated"}
_HOLDING_NOTHING = (Status.DELETE_COMPLETE, Status.REVIEW_IN_PROGRESS)
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
        plan, built = blueprint.draw(settings, clients), bundle.build(settings)
    if not built.bytecode:
        pythons = f"the functions run {settings.runtime}, this laptop {bundle.OWN_RUNTIME}"
        console.say("Without", f"bytecode: {pythons}; cold starts take about twice as long", style="yellow")
    values = blueprint.parameters(settings, clients, plan, built)
    with console.busy("Checking the templates and the account"):
        preflight.check(settings, clients, plan, built, values)
    existing = _ready(clients, settings.stack_name, wait=wait)
    desired = blueprint.desired(settings, clients, plan, values)
    if existing and _is_whole(clients, existing, plan, desired):
        began = "Unchanged"
    else:
        for verb, thing in blueprint.publish(settings, clients, plan, built):
            console.say(verb, thing)
        try:
            began = change_set.deploy(clients, desired, partial(diff.approve, sure=sure))
        except Overtaken:
            existing = _ready(clients, settings.stack_name, wait=wait)
            began = change_set.deploy(clients, desired, partial(diff.approve, sure=sure))
    _protect(settings, clients, existing)
    if began == "Unchanged":
        console.say("Unchanged", f"stack {settings.stack_name}")
    elif not wait:
        console.say("Began", f"{began.lower()} stack {settings.stack_name}; invoke pipeline.wait attaches to it")
    else:
        _finish(clients, settings.stack_name, began, verbose=verbose)


def _is_whole(clients: Clients, existing: Stack, plan: Blueprint, desired: Desired) -> bool:
    """Whether the stack is what is desired already, and what it was made of still lies in the bucket."""
    key = str(desired.parameters.get("BundleKey", ""))
    unchanged = stack.is_unchanged(clients, existing, plan.root, desired)
    return unchanged and bucket.head(clients, plan.bucket, key) is not None


def _protect(settings: Settings, clients: Clients, existing: Stack | None) -> None:
    """Protect the stack from its first operation on; only `down --unprotect` takes that back."""
    if settings.termination_protection and not (existing and existing.protected):
        stack.protect(clients, existing or stack.demand(clients, settings.stack_name), on=True)
        console.say("Protected", f"stack {settings.stack_name} from being deleted")


def _finish(clients: Clients, name: str, began: str, *, verbose: bool) -> None:
    ended = _watch(clients, stack.demand(clients, name), verbose=verbose)
    operation.conclude(clients, ended)
    console.say(_DONE[began], f"stack {name}")
    if began == "Creating":
        where = ended.outputs.get("PipelineUrl", "")
        console.say("Started", f"the first execution; invoke pipeline.watch follows it, {where} shows it")


def _ready(clients: Clients, name: str, *, wait: bool) -> Stack | None:
    """The stack as it can be updated, None if it must be created: operations have ended, a dead end is deleted.

    Raises:
        Error: an operation runs and nobody wants to wait, or CloudFormation needs help from a person.
    """
    found = stack.find(clients, name)
    if found and found.status.in_progress:
        if not wait:
            raise Error(f"The stack {name} is {found.status}; nothing was changed.", hint="invoke pipeline.wait")
        console.say("Attached", f"to stack {name}, {found.status}")
        found = _watch(clients, found)
    if found and found.status.is_dead_end:
        _remove(clients, found)
        return None
    if found and found.status in _STUCK:
        raise Error(f"The stack {name} is {found.status}: {found.reason}", hint=_STUCK[found.status])
    return None if found is None or found.status in _HOLDING_NOTHING else found


def _remove(clients: Clients, dead: Stack) -> None:
    """Delete a stack that can never be updated, so that it can be created anew."""
    if dead.protected:
        stack.protect(clients, dead, on=False)
    estate.empty(clients, estate.buckets_of(clients, dead))
    stack.delete(clients, dead)
    ended = _watch(clients, dead)
    if ended.status is not Status.DELETE_COMPLETE:
        operation.conclude(clients, ended)
    console.say("Deleted", f"stack {dead.name}, which was {dead.status}")


def _watch(clients: Clients, root: Stack, *, verbose: bool = False) -> Stack:
    with attached(_GOES_ON, "invoke pipeline.wait"):
        return operation.watch(clients, root, Patience.towards(clients), verbose=verbose)
