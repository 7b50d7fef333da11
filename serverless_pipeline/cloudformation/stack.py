"""A stack as it stands: find it, compare it, delete it; always together with its nested stacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudformation.type_defs import StackTypeDef

    from serverless_pipeline.aws import Clients

KIND = "AWS::CloudFormation::Stack"

_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")


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
    """A stack as CloudFormation describes it."""

    name: str
    id: str
    status: Status
    outputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False

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
        )


@dataclass(frozen=True)
class Desired:
    """What a stack shall be: its root template by address, parameters, tags, and the role CloudFormation acts with.

    A parameter that is None keeps its value; without a role CloudFormation acts as who calls it.
    """

    name: str
    url: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""


@dataclass(frozen=True)
class Resource:
    """A resource of a stack or of one nested in it."""

    stack: str
    logical_id: str
    physical_id: str
    type: str
    status: str


def find(clients: Clients, name: str) -> Stack | None:
    """The stack of a name or an ID. By its ID a deleted stack is found as well."""
    try:
        found = clients.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return Stack.from_response(found[0])


def demand(clients: Clients, name: str) -> Stack:
    """The stack, which must be there.

    Raises:
        Error: there is none; said at once, since waiting for it would never end.
    """
    found = find(clients, name)
    if found is None:
        raise Error(f"There is no stack {name} in {clients.account}, {clients.region}.", hint="invoke pipeline.up")
    return found


def is_unchanged(clients: Clients, existing: Stack, root: str, desired: Desired) -> bool:
    """Whether the stack was made well from this very root template, with these parameters and tags.

    The root names its nested templates by their content, so equal roots mean equal everything. CloudFormation itself
    would look into each nested stack again.
    """
    if not existing.status.ended_well or (existing.parameters, existing.tags) != (desired.parameters, desired.tags):
        return False
    return str(template(clients, existing.id)).strip() == root.strip()


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


def nested(clients: Clients, name: str) -> Iterator[Stack]:
    """The stacks below a stack, each before those it holds."""
    for resource in resources_of(clients, name):
        if resource.type == KIND and resource.physical_id:
            found = find(clients, resource.physical_id)
            if found and found.status is not Status.DELETE_COMPLETE:
                yield found
                yield from nested(clients, found.id)


def resources(clients: Clients, existing: Stack) -> Iterator[Resource]:
    """Every resource of the stack and of those nested in it, a nested stack before what it holds."""
    yield from _resources_below(clients, existing.id)


def _resources_below(clients: Clients, stack_id: str) -> Iterator[Resource]:
    for resource in resources_of(clients, stack_id):
        yield resource
        if resource.type == KIND and resource.physical_id:
            yield from _resources_below(clients, resource.physical_id)


def is_missing(error: ClientError) -> bool:
    """CloudFormation says ValidationError for a stack it does not know; the words tell it from other mistakes."""
    return "does not exist" in str(error)


def resources_of(clients: Clients, name: str) -> Iterator[Resource]:
    """The resources that one stack holds; those of nested stacks are not among them.

    A stack that was deleted holds nothing, though CloudFormation goes on telling what it held.
    """
    try:
        for page in clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
            for item in page["StackResourceSummaries"]:
                if item["ResourceStatus"] not in _GONE:
                    yield Resource(
                        stack=name,
                        logical_id=item["LogicalResourceId"],
                        physical_id=item.get("PhysicalResourceId", ""),
                        type=item["ResourceType"],
                        status=item["ResourceStatus"],
                    )
    except ClientError as error:
        if not is_missing(error):
            raise
