"""`pipeline.diff`: what `up` would change, or this working tree in an environment; nothing is left of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console, output
from serverless_pipeline.cloudformation import change_set, changes, stack
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.project import bucket, environment_plan, environments, plan, preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.changes import Change
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings

_SIGNS = {"added": "+", "changed": "~", "replaced": "±", "removed": "-"}


@dataclass(frozen=True)
class Difference:
    """What would change in the stack; `is_empty` if nothing would, and what of the account could not be looked at.

    A change of outputs, parameters or tags alone has no `changes`, and is a difference.
    """

    stack: str
    is_empty: bool
    changes: tuple[Change, ...] = ()
    skipped: tuple[str, ...] = ()
    hint: str = "invoke pipeline.up"

    def document(self) -> dict[str, Any]:
        """The difference as `--output json` has it."""
        return {"stack": self.stack, "changes": [change.document() for change in self.changes]}

    def lines(self) -> Iterator[str]:
        """The difference as text."""
        if self.is_empty:
            yield "Nothing would change."
            return
        if self.changes:
            yield console.table([_SIGNS[one.kind], one.path, one.type, one.words] for one in self.changes)
        yield changes.counted(self.changes)


def look(settings: Settings, clients: Clients, environment: str = "") -> Difference:
    """Find out what would change; nothing is left of the change set, nor of what it needed.

    That is in the pipeline's own stack, or in that of the environment, where one is named.

    Raises:
        Misconfigured: the stack could not be deployed as it is described.
        Error: an operation is in progress, so what it will change is not known.
    """
    if environment:
        return _look_at_environment(settings, clients, environments.select(settings, environment))
    planned = plan.make(settings, clients)
    now = plan.look(planned, clients)
    skipped = preflight.check(planned, clients, now)
    if now.stack and now.stack.status.in_progress:
        raise Error(f"The stack {now.stack.name} is {now.stack.status}.", hint="invoke pipeline.wait")
    if now.is_as(planned.desired, planned.bucket):
        return Difference(settings.stack_name, is_empty=True, skipped=skipped)
    is_new = plan.publish_templates(planned, clients)
    try:
        with change_set.prepared(clients, planned.desired) as prepared:
            return Difference(settings.stack_name, prepared.empty, prepared.changes, skipped)
    finally:
        if is_new:
            bucket.delete(clients, planned.bucket)


def show(difference: Difference, form: str, *, fail: bool) -> None:
    """Print the difference.

    Raises:
        Different: there is one, and `fail` asks to say so with exit code 3.
    """
    for words in difference.skipped:
        console.say("Skipped", words, style="yellow")
    console.data(output.written(difference.document(), form, difference.lines()))
    if fail and not difference.is_empty:
        raise Different(f"The stack {difference.stack} differs from the templates.", hint=difference.hint)


def _look_at_environment(settings: Settings, clients: Clients, environment: Environment) -> Difference:
    now = stack.find(clients, environment.stack)
    if now and now.status.in_progress:
        raise Error(f"The stack {now.name} is {now.status}.", hint="invoke pipeline.watch")
    if now and now.status.is_dead_end:
        why = f"invoke pipeline.log --failures --environment {environment.name} says why"
        raise Error(f"The stack {now.name} is {now.status}: it can only be deleted, and made anew.", hint=why)
    desired = environment_plan.publish(settings, clients, environment)
    with change_set.prepared(clients, desired) as prepared:
        return Difference(environment.stack, prepared.empty, prepared.changes, hint="invoke pipeline.run")
