"""What IAM is asked for, as the statements of policies that are not too large."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Statement = dict[str, Any]

LARGEST = 6144
"""Characters of a managed policy, white space not counted:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
LARGEST_INLINE = 10_240
"""Characters of all policies in a role together, as above."""

LOOKS = (
    "appsync:Get*",
    "cloudfront:Get*",
    "codedeploy:Get*",
    "codepipeline:Get*",
    "cognito-idp:Describe*",
    "dynamodb:Describe*",
    "iam:GetRole*",
    "iam:List*",
    "kinesis:List*",
    "lambda:Get*Config",
    "route53:Get*",
    "s3:GetBucket*",
    "s3:Get*Configuration",
    "sns:Get*",
    "sns:List*",
    "sqs:Get*",
    "states:Describe*",
)
"""Patterns that stand for the actions they match, so that policies are not too large; all of them only look."""

_EVERYTHING = ("*",)


@dataclass(frozen=True)
class Condition:
    """What the context of a call must hold: `{operator: {key: values}}`, as IAM writes it."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Permission:
    """Actions on resources; what has no name of its own is bounded by a condition."""

    sid: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    condition: Condition | None = None


def write(permissions: Iterable[Permission]) -> list[Statement]:
    """One statement for the same resources, each action once; its name is that of the first."""
    taken: dict[str, int] = {}
    return [_statement(permission, taken) for permission in _merged(permissions)]


def documents(listed: Sequence[Statement], largest: int = LARGEST) -> list[dict[str, Any]]:
    """Policy documents that hold the statements in their order, as few as none is larger than allowed.

    They are measured as they stand, so a variable in them should not be shorter than what it stands for.
    """
    packed: list[list[Statement]] = [[]]
    for statement in listed:
        if packed[-1] and size(_document([*packed[-1], statement])) > largest:
            packed.append([])
        packed[-1].append(statement)
    return [_document(one) for one in packed if one]


def size(document: Mapping[str, Any]) -> int:
    """Characters of a policy as IAM counts them."""
    return len(json.dumps(document, separators=(",", ":")))


def _document(listed: Sequence[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(listed)}


def _merged(permissions: Iterable[Permission]) -> Iterator[Permission]:
    groups: dict[tuple[tuple[str, ...], tuple[str, str]], list[Permission]] = defaultdict(list)
    for permission in permissions:
        condition = permission.condition
        if permission.actions:
            key = (condition.operator, condition.key) if condition else ("", "")
            groups[permission.resources, key].append(permission)
    for (resources, key), group in groups.items():
        actions = {action for permission in group for action in permission.actions}
        if resources != _EVERYTHING:
            actions = _shortened(actions)
        asked = {value for permission in group if permission.condition for value in permission.condition.values}
        condition = Condition(*key, tuple(sorted(asked))) if asked else None
        yield Permission(group[0].sid, resources, tuple(sorted(actions)), condition)


def _shortened(actions: set[str]) -> set[str]:
    """The same with a pattern for several that only look."""
    for pattern in LOOKS:
        matched = {action for action in actions if fnmatchcase(action, pattern)}
        actions = actions - matched | {pattern} if len(matched) > 1 else actions
    return actions


def _statement(permission: Permission, taken: dict[str, int]) -> Statement:
    """A statement; `taken` counts the names that were given already."""
    sid = permission.sid
    taken[sid] = taken.get(sid, 0) + 1
    statement: Statement = {
        "Sid": sid if taken[sid] == 1 else f"{sid}{taken[sid]}",
        "Effect": "Allow",
        "Action": list(permission.actions),
        "Resource": list(permission.resources),
    }
    if (condition := permission.condition) is not None:
        statement["Condition"] = {condition.operator: {condition.key: list(condition.values)}}
    return statement
