"""What must be allowed so that CloudFormation can make, change, tag, read and delete resources in somebody's name.

Derived from the table of its calls (`calls`): for a deployer, who has the policy of `pipeline.policy`, and for the
service role of an environment (`rights`). Statements are plain data; what stands for region, account and partition in
`names` can be a variable of `Fn::Sub` as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import calls, statements, values
from serverless_pipeline.cloudformation.calls import ANY, values_at
from serverless_pipeline.cloudformation.statements import Condition, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from serverless_pipeline.cloudformation.calls import Resource
    from serverless_pipeline.cloudformation.statements import Statement

BOUNDED = (
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAssumeRolePolicy",
)
"""What may be done only to who has the boundary, as in the example of
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html."""
FORBIDDEN = (
    "iam:AttachGroupPolicy",
    "iam:DeleteGroupPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DetachGroupPolicy",
    "iam:PutGroupPolicy",
)
"""What would lead past a boundary: a group has none."""
BOUNDARY_EDITS = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
"""What may not be done to the boundary itself, in the same example."""

_ATTRIBUTES = ("UpdatePolicy",)
"""Attributes of a resource for which CloudFormation calls something, as for a property."""


@dataclass(frozen=True)
class Rights:
    """Statements, and the types that they allow nothing for, because the table does not know them."""

    statements: list[Statement]
    unknown: tuple[str, ...] = ()


def rights(
    resources: Iterable[tuple[str, Mapping[str, Any]]],
    names: Mapping[str, str],
    *,
    reads: tuple[str, ...] = (),
    boundary: str = "",
) -> Rights:
    """What the service role of a stack must be allowed for the whole life of its resources.

    `resources` are logical IDs and resources as a template has them, in long or in short form; `names` are the `stack`,
    `region`, `account` and `partition`. What a property needs on the resource itself is allowed whether it is set or
    not, so that it can be; what it needs elsewhere, a key or a network, only where it is set. `reads` are the ARNs of
    objects that CloudFormation fetches. With a `boundary`, the ARN of a policy, roles are made with it and keep it.
    """
    listed = list(resources)
    known = [(logical_id, resource) for logical_id, resource in listed if calls.entry(_kind(logical_id, resource))]
    permissions = [Permission("ReadObjects", reads, ("s3:GetObject",))] if reads else []
    roles = _roles(known, names)
    for logical_id, resource in known:
        permissions += life(logical_id, resource, names, settable=True, roles=roles)
    if boundary:
        permissions = list(_bounded(permissions, boundary))
    written = statements.write(permissions)
    if boundary:
        written.append(_untouched(boundary))
    return Rights(written, unknown(listed))


def unknown(resources: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[str, ...]:
    """The types that the table does not know, and what has no type, as a loop that nobody wrote out, by its name."""
    kinds = {_kind(logical_id, resource) for logical_id, resource in resources}
    return tuple(sorted(kind for kind in kinds if not calls.entry(kind)))


def life(  # noqa: PLR0913 - what a resource needs depends on all of it
    logical_id: str,
    resource: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    also: Iterable[str] = (),
    settable: bool = False,
    roles: tuple[str, ...] = (),
) -> Iterator[Permission]:
    """For the life of a resource whose type the table knows.

    Its properties can be set, changed and taken away: those that it has, those that it may have `also`, and, if all are
    `settable`, those that need nothing but the resource itself, or a role of the stack. `roles` are what it may hand to
    services.
    """
    entry, sid = calls.TYPES[calls.listed(resource["Type"])], _sid(resource["Type"])
    properties, named = _properties(resource, names), {**names, "logical": logical_id}
    by_property = entry.by_property
    set_ones = {*properties, *also, *(name for name in by_property if settable and entry.needs_itself(name))}
    actions = [*entry.create, *entry.read, *entry.update, *entry.delete]
    actions += [action for name, needed in by_property.items() if name in set_ones for action in needed]
    for action in actions:
        yield _permission(sid, entry.resource_of(action), (action,), properties, named)
    yield _permission(f"{sid}Tags", entry.tagged, (*entry.tag, *entry.untag), properties, named)
    for place, service in entry.passes.items():
        if settable or any(values_at(properties, place)):
            yield handing_over("HandRoles", roles or calls.ROLE.every({}, named), service)


def looks(logical_id: str, resource: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Permission]:
    """For who reads a resource whose type the table knows, and does nothing else to it."""
    entry, sid = calls.TYPES[calls.listed(resource["Type"])], _sid(resource["Type"])
    properties, named = _properties(resource, names), {**names, "logical": logical_id}
    for action in entry.read:
        yield _permission(sid, entry.resource_of(action), (action,), properties, named)


def handing_over(sid: str, roles: tuple[str, ...], *services: str) -> Permission:
    """For who hands roles to services."""
    return Permission(sid, roles, ("iam:PassRole",), Condition("StringEquals", "iam:PassedToService", services))


def filled(permissions: Iterable[Permission], names: Mapping[str, str]) -> Iterator[Permission]:
    """Permissions whose resources are patterns, with the names of a stack in them."""
    for one in permissions:
        yield replace(one, resources=tuple(pattern.format_map(names) for pattern in one.resources))


def _kind(logical_id: str, resource: Any) -> str:  # noqa: ANN401 - whatever a template holds
    return str(resource["Type"]) if isinstance(resource, dict) and "Type" in resource else logical_id


def _sid(kind: str) -> str:
    return "".join(letter for letter in kind if letter.isalnum())


def _permission(
    sid: str, resource: Resource, actions: tuple[str, ...], properties: Mapping[str, Any], names: Mapping[str, str]
) -> Permission:
    condition = None
    if resource.owner:
        key, owner = resource.owner
        condition = Condition("ArnLike", key, owner.every(properties, names))
    return Permission(sid, resource.every(properties, names), actions, condition)


def _roles(resources: Iterable[tuple[str, Mapping[str, Any]]], names: Mapping[str, str]) -> tuple[str, ...]:
    """The roles of a stack; one that lies at a path of its own has it in its ARN."""
    paths = [_properties(one, names) for _, one in resources if one["Type"] == "AWS::IAM::Role"]
    return tuple(dict.fromkeys(arn for one in ({}, *paths) for arn in calls.ROLE.every(one, names)))


def _properties(resource: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The properties as far as a template tells them, and the attributes that count as such."""
    pseudo = {"StackName": "stack", "Region": "region", "AccountId": "account", "Partition": "partition"}
    known = {f"AWS::{parameter}": names[name] for parameter, name in pseudo.items()}
    attributes = {name: resource[name] for name in _ATTRIBUTES if name in resource}
    properties = {**(resource.get("Properties") or {}), **attributes}
    return {name: values.told(value, known, ANY) for name, value in properties.items()}


def _bounded(permissions: Iterable[Permission], boundary: str) -> Iterator[Permission]:
    """The same, but roles are made and changed with the boundary only, and keep it."""
    condition = Condition("StringEquals", "iam:PermissionsBoundary", (boundary,))
    for one in permissions:
        held = tuple(action for action in one.actions if action in BOUNDED)
        free = tuple(action for action in one.actions if action not in (*BOUNDED, *FORBIDDEN))
        yield replace(one, actions=free)
        yield replace(one, sid=f"{one.sid}Bounded", actions=held, condition=condition)


def _untouched(boundary: str) -> Statement:
    return {"Sid": "KeepBoundary", "Effect": "Deny", "Action": list(BOUNDARY_EDITS), "Resource": [boundary]}
