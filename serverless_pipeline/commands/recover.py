"""`pipeline.recover`: the way out of UPDATE_ROLLBACK_FAILED, leaving out what cannot be rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, tree
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.commands.down import conclude
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.patience import Patience, attached
from serverless_pipeline.project import environments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.settings import Settings


def recover(settings: Settings, clients: Clients, environment: str, skip: str, *, sure: bool) -> None:
    """Continue the rollback and follow it to its end; what is skipped stays as it is, and differs from the template.

    The stack is that of the environment, or the pipeline's own if none is named. `skip` has paths separated by commas:
    `Table`, or `Actions/DeployFunction` in a nested stack.

    Raises:
        Misconfigured: the stack has nothing of that name.
        Error: it failed again; tells the first cause.
    """
    root = environments.demand_stack(settings, clients, environment)
    if root.status is not Status.UPDATE_ROLLBACK_FAILED:
        console.say("Unchanged", f"stack {root.name} is {root.status}; only UPDATE_ROLLBACK_FAILED needs this")
        return
    option = f" --environment {environment}" if environment else ""
    before = tree.look(clients, root.id)
    skipped = names(before, [word.strip() for word in skip.split(",") if word.strip()], option)
    if skipped:
        question = f"Leave {', '.join(skipped)} as it is and call the stack {root.name} rolled back?"
        console.confirm(question, sure=sure, again=f"invoke pipeline.recover --skip {skip} --yes{option}")
        clients.cloudformation.continue_update_rollback(StackName=root.id, ResourcesToSkip=skipped)
    else:  # an empty list would be a resource without a name
        clients.cloudformation.continue_update_rollback(StackName=root.id)
    follow = f"invoke pipeline.log --follow{option}" if environment else "invoke pipeline.wait"
    with attached("the rollback goes on.", follow):
        ended = operation.watch(clients, root, Patience.towards(clients), before=before)
    if ended.status is not Status.UPDATE_ROLLBACK_COMPLETE:
        conclude(clients, ended, environment)
    console.say(
        "Recovered",
        f"stack {root.name}, {ended.status}; invoke pipeline.{'run' if environment else 'up'} updates it again",
    )


def names(root: Tree, paths: Sequence[str], option: str = "") -> list[str]:
    """What failed to roll back, as CloudFormation wants it named: `Table`, or `<name of the nested stack>.Table`.

    `option` ends the command that is told where a path is none of them.

    Raises:
        Misconfigured: nothing of that path failed; names what did.
    """
    failed = _failed(root)
    unknown = [path for path in paths if path not in failed]
    if unknown:
        listed = ", ".join(sorted(failed)) or "nothing"
        raise Misconfigured(
            f"--skip: the stack has no resource {', '.join(unknown)}; what failed to roll back: {listed}",
            hint=f"invoke pipeline.recover --skip <one of these>{option}",
        )
    return [failed[path] for path in paths]


def _failed(root: Tree) -> dict[str, str]:
    """What failed to roll back, by its path; a nested stack is left out for what failed in it."""
    return {
        resource.path: f"{tree.name}.{resource.logical_id}" if tree.path else resource.logical_id
        for tree in root.trees()
        for resource in tree.resources
        if resource.status == "UPDATE_FAILED" and not resource.is_nested_stack
    }
