"""What `diff` shows and `up` asks about: the changes that a change set found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import change_set, changes, stack
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.output import written
from serverless_pipeline.project import bucket, bundle, preflight
from serverless_pipeline.project import plan as blueprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.changes import Change
    from serverless_pipeline.settings import Settings

_SIGNS = {"added": "+", "changed": "~", "replaced": "±", "removed": "-"}
_LOST = "its data is lost"


def diff(settings: Settings, clients: Clients, *, output: str, fail: bool) -> None:
    """Show what `up` would change; nothing is left of the change set, nor of what it needed.

    Raises:
        Different: something would change, and `fail` asks to say so with exit code 3.
        Error: an operation is in progress, so what it will change is not known.
    """
    with console.busy("Asking CloudFormation what would change"):
        empty, found = _planned(settings, clients)
    console.data(written(_document(settings, found), output, _lines(found, empty=empty)))
    if fail and not empty:
        raise Different(f"The stack {settings.stack_name} differs from the templates.", hint="invoke pipeline.up")


def approve(found: Sequence[Change], *, sure: bool) -> None:
    """Tell what an update changes, and ask before data is lost.

    Raises:
        Misconfigured: data would be lost, there is no terminal to ask on, and nobody said that they are sure.
        Error: the answer was not yes.
    """
    console.say("Planned", changes.counted(found))
    lost = [change for change in found if change.loses_data]
    if not lost:
        return
    for change in lost:
        console.say("Loses", f"{change.path}  {change.type}, {_what(change)}", style="red")
    one = "a resource that holds data" if len(lost) == 1 else f"{len(lost)} resources that hold data"
    console.confirm(f"Replace or remove {one}?", sure=sure, again="invoke pipeline.diff, then invoke pipeline.up --yes")


def _planned(settings: Settings, clients: Clients) -> tuple[bool, Sequence[Change]]:
    plan, built = blueprint.draw(settings, clients), bundle.build(settings)
    values = blueprint.parameters(settings, clients, plan, built)
    preflight.check(settings, clients, plan, built, values)
    existing = stack.find(clients, settings.stack_name)
    if existing and existing.status.in_progress:
        raise Error(f"The stack {existing.name} is {existing.status}.", hint="invoke pipeline.wait")
    desired = blueprint.desired(settings, clients, plan, values)
    if existing and stack.is_unchanged(clients, existing, plan.root, desired):
        return True, ()
    made = blueprint.publish_templates(settings, clients, plan)
    try:
        with change_set.prepared(clients, desired) as planned:
            return planned.empty, planned.changes
    finally:
        if made:
            bucket.delete(clients, plan.bucket)


def _document(settings: Settings, found: Sequence[Change]) -> dict[str, Any]:
    return {"stack": settings.stack_name, "changes": [change.document() for change in found]}


def _lines(found: Sequence[Change], *, empty: bool) -> Iterator[str]:
    if empty:
        yield "Nothing would change."
        return
    if found:
        yield console.table([_SIGNS[change.kind], change.path, change.type, _what(change)] for change in found)
    yield changes.counted(found)


def _what(change: Change) -> str:
    """The properties that differ, and what a replacement or a removal means."""
    properties = ", ".join(change.properties)
    words = [
        "may be replaced" if change.replacement == "Conditional" else change.kind if change.kind == "replaced" else "",
        properties,
        _LOST if change.loses_data else "kept" if change.kind == "removed" and change.policy == "Retain" else "",
    ]
    return "  ".join(word for word in words if word) or (change.kind if change.kind == "removed" else "")
