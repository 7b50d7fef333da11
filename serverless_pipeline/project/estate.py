"""All that belongs to a pipeline, looked at before it is taken down and again after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket, functions, retention
from serverless_pipeline.project.standing import BUCKET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.project.retention import Kept
    from serverless_pipeline.settings import Settings

_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class Estate:
    """All that belongs to a pipeline, looked at before the first thing is deleted.

    `expected` are the functions that it would have; their names are known even if an earlier `down` took the stack.
    """

    templates_bucket: str
    stack: Stack | None
    tree: Tree | None
    expected: tuple[str, ...] = ()

    @property
    def stacks(self) -> tuple[str, ...]:
        """The IDs of the root and of the stacks nested in it."""
        return tuple(one.stack_id for one in self.tree.trees()) if self.tree else ()

    @property
    def buckets(self) -> tuple[str, ...]:
        return (self.templates_bucket, *(self.tree.physical(BUCKET) if self.tree else ()))

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.expected, *(self.tree.physical(_FUNCTION) if self.tree else ())]))


def survey(settings: Settings, clients: Clients) -> Estate:
    """Look at what is there."""
    name = settings.stack_name
    root = stack.find(clients, name)
    return Estate(
        templates_bucket=bucket.name(settings, clients),
        stack=root,
        tree=tree.look(clients, root.id) if root else None,
        expected=(
            *(functions.name(name, function) for function in functions.ALL),
            *(functions.application(name, environment) for environment in settings.environments),
        ),
    )


def buckets_of(clients: Clients, root: Stack) -> tuple[str, ...]:
    """The buckets that go with a stack and with those nested in it; what their templates retain is not among them."""
    held = tree.look(clients, root.id)
    stays = retention.retained(clients, held)
    return tuple(name for name in held.physical(BUCKET) if name not in stays)


def is_empty(clients: Clients, estate: Estate) -> bool:
    """Whether there is nothing to delete."""
    return estate.stack is None and not any(left_over(clients, estate))


def stop(clients: Clients, name: str) -> Iterator[str]:
    """Stop the executions in progress, so that nothing is written into what is being emptied; yields their IDs."""
    if pipeline.declaration(clients, name) is None:
        return
    for page in clients.codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=name):
        for item in page["pipelineExecutionSummaries"]:
            if item["status"] == "InProgress" and _stop(clients, name, item["pipelineExecutionId"]):
                yield item["pipelineExecutionId"]


def _stop(clients: Clients, name: str, execution_id: str) -> bool:
    """False if the execution ended before it could be stopped."""
    refused = clients.codepipeline.exceptions.PipelineExecutionNotStoppableException
    try:
        clients.codepipeline.stop_pipeline_execution(
            pipelineName=name, pipelineExecutionId=execution_id, abandon=True, reason="down"
        )
    except refused:
        return False
    return True


def sweep(clients: Clients, estate: Estate) -> Iterator[str]:
    """Delete what no stack owns: the templates' bucket, and log groups that a late function wrote anew."""
    if bucket.delete(clients, estate.templates_bucket):
        yield f"bucket {estate.templates_bucket}"
    for group in _log_groups(clients, estate):
        clients.logs.delete_log_group(logGroupName=group)
        yield f"log group {group}"


def left_over(clients: Clients, estate: Estate, kept: Collection[str] = ()) -> Iterator[str]:
    """Look again: each thing that is still there but was not to be kept, with the reason if AWS gave one."""
    for stack_id in estate.stacks:
        now = stack.find(clients, stack_id)
        if now and now.status is not stack.Status.DELETE_COMPLETE:
            yield f"stack {now.name}: {now.status}  {now.reason}".rstrip()
    for name in estate.buckets:
        if name not in kept and bucket.exists(clients, name):
            yield f"bucket {name}"
    yield from (f"function {name}" for name in estate.functions if _is_function(clients, name))
    yield from (f"log group {group}" for group in _log_groups(clients, estate))


def prove(clients: Clients, estate: Estate) -> tuple[Kept, ...]:
    """Look again; answers what the templates kept, if nothing else is left.

    Raises:
        Error: names each thing that is left.
    """
    kept = retention.kept(clients, estate.tree) if estate.tree else ()
    left = list(left_over(clients, estate, {thing.physical_id for thing in kept}))
    if left:
        listed = "\n".join(f"  - {thing}" for thing in left)
        raise Error(f"Still there:\n{listed}", hint="invoke pipeline.log, then invoke pipeline.down again")
    return kept


def _is_function(clients: Clients, name: str) -> bool:
    try:
        clients.functions.get_function_configuration(FunctionName=name)
    except clients.functions.exceptions.ResourceNotFoundException:
        return False
    return True


def _log_groups(clients: Clients, estate: Estate) -> Iterator[str]:
    """The groups of exactly these functions; another stack's name may begin like ours."""
    for function in estate.functions:
        group = logs.group(function)
        first = clients.logs.describe_log_groups(logGroupNamePrefix=group, limit=1)["logGroups"]
        if first and first[0]["logGroupName"] == group:
            yield group
