"""Data that a change set would lose: a table, a bucket, a queue that is replaced or removed, and that nothing keeps.

Which types hold data the function's environment says, `STATEFUL_TYPES`, separated by commas.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ResourceChangeTypeDef

TYPES = "STATEFUL_TYPES"
OPTION, ALLOW = "loss", "allow"
"""The parameter that lets data be lost, and its value."""

STACK = "AWS::CloudFormation::Stack"
_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot")


def losses(stacks: CloudFormationClient, stack: str, change_set: str, place: str = "") -> Iterator[str]:
    """Each resource whose data would be lost, those of nested stacks included, in words.

    IAM is asked about the stack, so that is named as well.
    """
    stateful = frozenset(os.environ.get(TYPES, "").split(","))
    pages = stacks.get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=change_set)
    for page in moving(pages, f"the change set {change_set}"):
        for change in page.get("Changes", []):
            resource = change.get("ResourceChange", {})
            words, path = _loss(resource), f"{place}{resource.get('LogicalResourceId', '')}"
            if words and resource["ResourceType"] in {*stateful, STACK}:
                yield f"{path} ({resource['ResourceType']}) {words}"
            elif (nested := resource.get("ChangeSetId")) and (inner := resource.get("PhysicalResourceId")):
                yield from losses(stacks, inner, nested, f"{path}/")


def _loss(change: ResourceChangeTypeDef) -> str:
    """What would happen to a resource, if its data would be lost; a nested stack is a loss when it goes."""
    if change.get("PolicyAction") in _KEPT:
        return ""
    if change.get("Action") == "Remove":
        return "would be removed"
    if change.get("ResourceType") == STACK:
        return ""
    return {"True": "would be replaced", "Conditional": "might be replaced"}.get(change.get("Replacement", ""), "")
