"""The stacks as they stand: a root and those nested in it, with their resources, looked at once and handed on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.cloudformation import stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_cloudformation.type_defs import StackResourceSummaryTypeDef

    from serverless_pipeline.aws import Clients

_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
_STACKS_AT_ONCE = 8


@dataclass(frozen=True)
class Resource:
    """A resource of a stack; `path` leads to it from the root by logical IDs: `Actions/DeployFunction`."""

    path: str
    physical_id: str
    type: str
    status: str

    @property
    def logical_id(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_nested_stack(self) -> bool:
        """Whether it is a stack that was made; one whose creation failed early has no ID."""
        return self.type == stack.KIND and bool(self.physical_id)


@dataclass(frozen=True)
class Tree:
    """A stack and what it holds; the stacks nested in it are trees again, by their logical IDs.

    A stack that was deleted holds nothing, though CloudFormation goes on telling what it held.
    """

    stack_id: str
    path: str = ""
    resources: tuple[Resource, ...] = ()
    nested: Mapping[str, Tree] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the stack, which its ID holds."""
        return self.stack_id.split("/")[1] if self.stack_id.startswith("arn:") else self.stack_id

    def trees(self) -> Iterator[Tree]:
        """The tree itself and those below it, each before what it holds."""
        yield self
        for tree in self.nested.values():
            yield from tree.trees()

    def walk(self) -> Iterator[Resource]:
        """Every resource of the stack and of those nested in it, a nested stack before what it holds."""
        for resource in self.resources:
            yield resource
            if resource.logical_id in self.nested:
                yield from self.nested[resource.logical_id].walk()

    def physical(self, kind: str) -> tuple[str, ...]:
        """The physical IDs of all resources of a type."""
        return tuple(resource.physical_id for resource in self.walk() if resource.type == kind and resource.physical_id)


def look(clients: Clients, stack_id: str) -> Tree:
    """Ask for the resources of the stack, then for those of each stack nested in it, several at the same time."""
    resources: dict[str, tuple[Resource, ...]] = {}
    level = {"": stack_id}
    with ThreadPoolExecutor(_STACKS_AT_ONCE) as pool:
        while level:
            lists = list(pool.map(partial(_list, clients), level.values(), level))
            resources |= dict(zip(level, lists, strict=True))
            level = {one.path: one.physical_id for each in lists for one in each if one.is_nested_stack}
    return _grown(stack_id, "", resources)


def is_deleted(clients: Clients, tree: Tree) -> bool:
    """Whether the stack is gone; one that holds nothing may do so because of its conditions, so it is asked for."""
    if tree.resources:
        return False
    now = stack.find(clients, tree.stack_id)
    return now is None or now.status is stack.Status.DELETE_COMPLETE


def _grown(stack_id: str, path: str, resources: Mapping[str, tuple[Resource, ...]]) -> Tree:
    own = resources[path]
    nested = {one.logical_id: _grown(one.physical_id, one.path, resources) for one in own if one.is_nested_stack}
    return Tree(stack_id, path, own, nested)


def _list(clients: Clients, stack_id: str, path: str) -> tuple[Resource, ...]:
    """The resources that one stack holds; those of nested stacks are not among them."""
    pages = aws.moving(
        clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id),
        f"the resources of {stack_id}",
    )
    try:
        summaries = [item for page in pages for item in page["StackResourceSummaries"]]
    except ClientError as error:
        if not aws.is_absent(error):
            raise
        return ()
    return tuple(_resource(item, path) for item in summaries if item["ResourceStatus"] not in _GONE)


def _resource(summary: StackResourceSummaryTypeDef, path: str) -> Resource:
    logical_id = summary["LogicalResourceId"]
    return Resource(
        path=f"{path}/{logical_id}" if path else logical_id,
        physical_id=summary.get("PhysicalResourceId", ""),
        type=summary["ResourceType"],
        status=summary["ResourceStatus"],
    )
