"""Data that outlives its stack: what a template retains, and what `down --keep-data` makes it retain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import change_set, changes, events, operation, stack, template, tree
from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.environment import notation
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Resource, Tree
    from serverless_pipeline.settings import Settings

TAG = "KeptFrom"
"""The tag by which kept tables and buckets are found again; its value is the name of the root stack.

CloudFormation does not update deletion policies alone; with a tag that changes everywhere, it does:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-get-template.html.
"""

KEPT = changes.STATEFUL - {"AWS::Logs::LogGroup"} | {"AWS::Serverless::SimpleTable"}
"""The types of resources that are kept. A log group is not: its name would be in the way of the next stack."""

_ADDRESS = {stack.KIND: "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Where a resource that nests a stack has the address of its template."""

_POLICIES = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True)
class Kept:
    """A resource that CloudFormation left where it was when it deleted a stack."""

    physical_id: str
    type: str

    def __str__(self) -> str:
        """What it is and what it is called."""
        return f"{self.type.rpartition('::')[2].lower()} {self.physical_id}"


def retained(clients: Clients, root: Tree) -> frozenset[str]:
    """The physical IDs of those resources whose templates say that they stay when their stack goes."""
    return frozenset(
        resource.physical_id
        for tree in root.trees()
        if any(resource.type in changes.STATEFUL for resource in tree.resources)
        for resource in _retained(clients, tree)
        if resource.physical_id
    )


def kept(clients: Clients, deleted: Tree) -> tuple[Kept, ...]:
    """What the deletion of a stack and of those nested in it left, as its events tell."""
    happened = events.history(clients, deleted)
    return tuple(Kept(event.physical_id, event.type) for event in happened if event.status == "DELETE_SKIPPED")


def keep(settings: Settings, clients: Clients, root: Stack, role: str = "") -> Stack:
    """Update the stack once more, to the templates it has but with data retained; answers the stack after that.

    CloudFormation acts with `role`; without one, with that of the stack.

    Raises:
        Error: the stack cannot be updated, or the update failed; nothing was deleted.
    """
    if not root.status.ended_well and root.status is not stack.Status.UPDATE_ROLLBACK_COMPLETE:
        raise Error(
            f"The data of the stack {root.name} cannot be kept: it is {root.status}, and would have to be updated.",
            hint="invoke pipeline.status; without --keep-data, invoke pipeline.down deletes the data as well",
        )
    home = bucket.name(settings, clients)
    bucket.ensure(clients, home, settings.stack_tags)
    before = tree.look(clients, root.id)
    desired = Desired(
        name=root.name,
        url=_publish(clients, home, _retaining(clients, home, before)),
        parameters=dict.fromkeys(root.parameters),
        tags={**root.tags, TAG: root.name},
        role=role,
    )
    if change_set.deploy(clients, desired) != "Unchanged":
        root = operation.watch(clients, root, Patience.towards(clients), before=before)
        operation.conclude(clients, root)
    return root


def _retained(clients: Clients, tree: Tree) -> Iterator[Resource]:
    body = stack.template(clients, tree.stack_id)
    declared = (body if isinstance(body, Mapping) else template.read(body)).get("Resources") or {}
    for resource in tree.resources:
        if declared.get(resource.logical_id, {}).get("DeletionPolicy") in _POLICIES:
            yield resource


def _retaining(clients: Clients, home: str, tree: Tree) -> dict[str, Any]:
    """The template of a stack, data retained, short forms written out; those of nested stacks are published first."""
    stored = stack.template(clients, tree.stack_id)
    text = stored if isinstance(stored, str) else json.dumps(stored)
    body: dict[str, Any] = notation.read(text, f"the template of {tree.stack_id}")
    for logical_id, resource in _resources(body["Resources"]):
        if resource["Type"] in KEPT:
            resource |= {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        elif logical_id in tree.nested:
            nested = _retaining(clients, home, tree.nested[logical_id])
            resource["Properties"][_ADDRESS[resource["Type"]]] = _publish(clients, home, nested)
    return body


def _resources(section: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources by their logical IDs, those in loops (`Fn::ForEach`) as they are written."""
    for logical_id, resource in section.items():
        if isinstance(resource, list):
            yield from _resources(resource[-1])
        else:
            yield logical_id, resource


def _publish(clients: Clients, home: str, body: Mapping[str, Any]) -> str:
    text = json.dumps(body).encode()
    key = f"templates/{hashlib.sha256(text).hexdigest()}/retained.json"
    bucket.publish(clients, home, key, text)
    return bucket.url(clients, home, key)
