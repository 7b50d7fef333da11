"""One stack: how it stands, what it shall be, and the requests that are about it as a whole."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from serverless_pipeline.aws import Clients

KIND = "AWS::CloudFormation::Stack"

CHANGE_SET = "serverless-pipeline-"
"""How the names of our change sets begin: then comes the digest of the templates, then what nobody else has."""

_OURS = re.compile(rf":changeSet/{CHANGE_SET}([0-9a-f]+)-[0-9a-f]+/")


class Status(StrEnum):
    """The states of a stack, as CloudFormation names them (API reference, data type Stack)."""

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_FAILED = "CREATE_FAILED"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_FAILED = "DELETE_FAILED"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    REVIEW_IN_PROGRESS = "REVIEW_IN_PROGRESS"
    IMPORT_IN_PROGRESS = "IMPORT_IN_PROGRESS"
    IMPORT_COMPLETE = "IMPORT_COMPLETE"
    IMPORT_ROLLBACK_IN_PROGRESS = "IMPORT_ROLLBACK_IN_PROGRESS"
    IMPORT_ROLLBACK_FAILED = "IMPORT_ROLLBACK_FAILED"
    IMPORT_ROLLBACK_COMPLETE = "IMPORT_ROLLBACK_COMPLETE"

    @property
    def in_progress(self) -> bool:
        """Whether an operation runs; REVIEW_IN_PROGRESS is a change set that waits, for ever if nobody comes."""
        return self.endswith("_IN_PROGRESS") and self is not Status.REVIEW_IN_PROGRESS

    @property
    def failed(self) -> bool:
        """Whether the last operation ended without what it was meant to do."""
        return not self.in_progress and ("ROLLBACK" in self or self.endswith("_FAILED"))

    @property
    def ended_well(self) -> bool:
        return self.endswith("_COMPLETE") and "ROLLBACK" not in self

    @property
    def is_dead_end(self) -> bool:
        """Whether CloudFormation lets nothing be done with such a stack but delete it."""
        return self in _DEAD_ENDS


_DEAD_ENDS = (
    Status.CREATE_FAILED,
    Status.ROLLBACK_COMPLETE,
    Status.ROLLBACK_FAILED,
    Status.DELETE_FAILED,
)


@dataclass(frozen=True)
class Stack:
    """A stack as CloudFormation describes it; `change_set` is the ID of the one that was executed last."""

    name: str
    id: str
    status: Status
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False
    change_set: str = ""

    @classmethod
    def from_response(cls, stack: StackTypeDef) -> Stack:
        return cls(
            name=stack["StackName"],
            id=stack["StackId"],
            status=Status(stack["StackStatus"]),
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            parameters={item["ParameterKey"]: item["ParameterValue"] for item in stack.get("Parameters", [])},
            reason=stack.get("StackStatusReason", ""),
            tags={item["Key"]: item["Value"] for item in stack.get("Tags", [])},
            protected=stack.get("EnableTerminationProtection", False),
            change_set=stack.get("ChangeSetId", ""),
        )

    @property
    def templates(self) -> str:
        """The digest of the templates that it was made of last; empty if no change set of ours did it."""
        match = _OURS.search(self.change_set)
        return match[1] if match else ""


@dataclass(frozen=True)
class Desired:
    """What a stack shall be: its root template by address, parameters, tags, and the role CloudFormation acts with.

    The address names the template by its content. A parameter that is None keeps its value; without a role
    CloudFormation acts as who calls it.
    """

    name: str
    url: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""

    @property
    def digest(self) -> str:
        """What tells these templates from others, in hex."""
        return hashlib.sha256(self.url.encode()).hexdigest()


def find(clients: Clients, name: str) -> Stack | None:
    """The stack of a name or an ID. By its ID a deleted stack is found as well."""
    try:
        (stack,) = clients.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if aws.is_absent(error):
            return None
        raise
    return Stack.from_response(stack)


def demand(clients: Clients, name: str, *, hint: str = "invoke pipeline.up") -> Stack:
    """The stack, which must be there; `hint` is what makes it.

    Raises:
        Error: there is none; said at once, since waiting for it would never end.
    """
    stack = find(clients, name)
    if stack is None:
        raise Error(f"There is no stack {name} in {clients.account}, {clients.region}.", hint=hint)
    return stack


def is_unchanged(existing: Stack, desired: Desired) -> bool:
    """Whether a change set of ours made the stack well from these very templates, with these parameters and tags.

    The root names its nested templates by their content, so its digest speaks for all of them. CloudFormation itself
    would look into each nested stack again.
    """
    same = (existing.parameters, existing.tags) == (desired.parameters, desired.tags)
    return same and existing.status.ended_well and existing.templates == desired.digest


def template(clients: Clients, name: str) -> str | Mapping[str, Any]:
    """The template of a stack as it was given: YAML as text, JSON as boto3 reads it."""
    return clients.cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]


def delete(clients: Clients, existing: Stack, role: str = "") -> None:
    """Begin to delete the stack and all that is nested in it; its buckets must be empty."""
    if role:
        clients.cloudformation.delete_stack(StackName=existing.id, RoleARN=role)
    else:
        clients.cloudformation.delete_stack(StackName=existing.id)


def protect(clients: Clients, existing: Stack, *, on: bool) -> None:
    """Turn the protection against deletion on or off."""
    clients.cloudformation.update_termination_protection(StackName=existing.name, EnableTerminationProtection=on)
