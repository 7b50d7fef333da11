"""How a pipeline stands before a command changes it: its stacks, and which of their buckets are there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Status
from serverless_pipeline.project import bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Desired, Stack
    from serverless_pipeline.cloudformation.tree import Tree

BUCKET = "AWS::S3::Bucket"
PIPELINE = "AWS::CodePipeline::Pipeline"
ROLE, STACK_ROLE = "AWS::IAM::Role", "StackRole"
"""The role with which CloudFormation makes an environment is called `<environment>StackRole`."""

_HOLDING_NOTHING = (Status.DELETE_COMPLETE, Status.REVIEW_IN_PROGRESS)


@dataclass(frozen=True)
class Standing:
    """The root stack and what it holds; both None where there is none.

    `tree` is None as well while an operation runs, and in a dead end: what is there then says nothing. `buckets` are
    all that the account has.
    """

    stack: Stack | None
    tree: Tree | None = None
    buckets: frozenset[str] = field(default_factory=frozenset)

    def is_as(self, desired: Desired, home: str) -> bool:
        """Whether the stack is what is desired, and the bucket from which it was made is there."""
        if self.stack is None or self.tree is None:
            return False
        return stack.is_unchanged(self.stack, desired) and home in self.buckets

    @property
    def has_pipeline(self) -> bool:
        """Whether there is a pipeline; one that is made begins an execution of what its source holds then."""
        return self.tree is not None and bool(self.tree.physical(PIPELINE))

    def environments(self) -> Iterator[str]:
        """The names of the environments for which there is a role, and so may be a stack."""
        for resource in self.tree.walk() if self.tree else ():
            if resource.type == ROLE and resource.logical_id.endswith(STACK_ROLE):
                yield resource.logical_id.removesuffix(STACK_ROLE)

    def vanished_buckets(self) -> Iterator[tuple[str, str]]:
        """Path and name of each bucket that CloudFormation believes to be there."""
        for resource in self.tree.walk() if self.tree else ():
            if resource.type == BUCKET and resource.physical_id and resource.physical_id not in self.buckets:
                yield resource.path, resource.physical_id


NOTHING = Standing(None)


def look(clients: Clients, name: str) -> Standing:
    """Ask for the stack, then for what it holds, and at the same time for the account's buckets.

    That is a request for each stack and two more.
    """
    root = stack.find(clients, name)
    if root is None or root.status in _HOLDING_NOTHING:
        return NOTHING
    if root.status.in_progress or root.status.is_dead_end:
        return Standing(root)
    with ThreadPoolExecutor(1) as pool:
        buckets = pool.submit(bucket.names, clients)
        return Standing(root, tree.look(clients, root.id), buckets.result())
