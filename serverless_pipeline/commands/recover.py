"""The way out of UPDATE_ROLLBACK_FAILED: continue the rollback, leaving out what cannot be rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.patience import Patience, attached

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings


def recover(settings: Settings, clients: Clients, skip: str, *, sure: bool) -> None:
    """Continue the rollback and follow it to its end; what is skipped stays as it is, and differs from the template.

    `skip` has paths separated by commas: `Table`, or `TestEnvironment/Table` in a nested stack.

    Raises:
        Misconfigured: the stack has nothing of that name.
        Error: it failed again; tells the first cause.
    """
    root = stack.demand(clients, settings.stack_name)
    if root.status is not Status.UPDATE_ROLLBACK_FAILED:
        console.say("Unchanged", f"stack {root.name} is {root.status}; only UPDATE_ROLLBACK_FAILED needs this")
        return
    skipped = _skipped(clients, root.id, [word.strip() for word in skip.split(",") if word.strip()])
    if skipped:
        listed = ", ".join(skipped)
        question = f"Leave {listed} as it is and call the stack {root.name} rolled back?"
        console.confirm(question, sure=sure, again=f"invoke pipeline.recover --skip {skip} --yes")
    if skipped:
        clients.cloudformation.continue_update_rollback(StackName=root.id, ResourcesToSkip=skipped)
    else:  # an empty list would be a resource without a name
        clients.cloudformation.continue_update_rollback(StackName=root.id)
    with attached("the rollback goes on.", "invoke pipeline.wait"):
        ended = operation.watch(clients, root, Patience.towards(clients))
    if ended.status is not Status.UPDATE_ROLLBACK_COMPLETE:
        operation.conclude(clients, ended)
    console.say("Recovered", f"stack {root.name}, {ended.status}; invoke pipeline.up updates it again")


def _skipped(clients: Clients, root: str, paths: Sequence[str]) -> list[str]:
    """As CloudFormation wants them: `Table`, or `<name of the nested stack>.Table`."""
    known = dict(_failed(clients, root))
    unknown = [path for path in paths if path not in known]
    if unknown:
        failed = ", ".join(sorted(known)) or "nothing"
        raise Misconfigured(
            f"--skip: the stack has no resource {', '.join(unknown)}; what failed to roll back: {failed}",
            hint="invoke pipeline.recover --skip <one of these>",
        )
    return [known[path] for path in paths]


def _failed(clients: Clients, name: str, place: str = "", owner: str = "") -> Iterator[tuple[str, str]]:
    """What failed to roll back, by its path; a nested stack is left out for what failed in it."""
    for resource in stack.resources_of(clients, name):
        path = f"{place}{resource.logical_id}"
        if resource.type == stack.KIND and resource.physical_id:
            nested = stack.find(clients, resource.physical_id)
            yield from _failed(clients, resource.physical_id, f"{path}/", f"{nested.name}." if nested else "")
        elif resource.status == "UPDATE_FAILED":
            yield path, f"{owner}{resource.logical_id}"
