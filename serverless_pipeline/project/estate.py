"""All that belongs to a pipeline, looked at before it is taken down and again after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline import aws, functions
from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket, environments, retention
from serverless_pipeline.project.standing import BUCKET, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.project.retention import Kept
    from serverless_pipeline.settings import Settings

_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class Top:
    """A stack that stands on its own, and all that is in it; `environment` is empty for the pipeline's own."""

    environment: str
    stack: Stack
    tree: Tree


@dataclass(frozen=True)
class Estate:
    """All that belongs to a pipeline, looked at before the first thing is deleted.

    `tops` are in the order in which they go: environment after environment, production last of them, then the root.
    `expected` are the functions that the root would have; their names are known even if an earlier `down` took it.
    """

    templates_bucket: str
    tops: tuple[Top, ...]
    expected: tuple[str, ...] = ()

    @property
    def root(self) -> Stack | None:
        """The pipeline's own stack."""
        return next((top.stack for top in self.tops if not top.environment), None)

    @property
    def environments(self) -> tuple[Top, ...]:
        return tuple(top for top in self.tops if top.environment)

    @property
    def stacks(self) -> tuple[str, ...]:
        """The IDs of all stacks, and of those nested in them."""
        return tuple(one.stack_id for top in self.tops for one in top.tree.trees())

    @property
    def buckets(self) -> tuple[str, ...]:
        return (self.templates_bucket, *self._physical(BUCKET))

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.expected, *self._physical(_FUNCTION)]))

    def of(self, environment: str) -> Estate:
        """What belongs to one environment; the buckets that all share stay."""
        return Estate("", tuple(top for top in self.tops if top.environment == environment))

    def _physical(self, kind: str) -> tuple[str, ...]:
        return tuple(name for top in self.tops for name in top.tree.physical(kind))


def survey(settings: Settings, clients: Clients) -> Estate:
    """Look at what is there, be it of environments that the settings name no more."""
    root = stack.find(clients, settings.stack_name)
    tops = [Top("", root, tree.look(clients, root.id))] if root else []
    roles = Standing(root, tops[0].tree).environments() if tops else ()
    there = environments.forgotten(settings, clients, roles) | environments.stacks(settings, clients)
    return Estate(
        templates_bucket=bucket.name(settings, clients),
        tops=(*(Top(name, one, tree.look(clients, one.id)) for name, one in there.items()), *tops),
        expected=tuple(functions.name(settings.stack_name, function) for function in functions.ALL),
    )


def buckets_of(clients: Clients, root: Stack) -> tuple[str, ...]:
    """The buckets that go with a stack and with those nested in it; what their templates retain is not among them."""
    held = tree.look(clients, root.id)
    stays = retention.retained(clients, held)
    return tuple(name for name in held.physical(BUCKET) if name not in stays)


def is_empty(clients: Clients, estate: Estate) -> bool:
    """Whether there is nothing to delete."""
    return not estate.tops and not any(left_over(clients, estate))


def stop(clients: Clients, name: str) -> Iterator[str]:
    """Stop the executions in progress, so that nothing is written into what is being emptied; yields their IDs."""
    if pipeline.declaration(clients, name) is None:
        return
    pages = clients.codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=name)
    for page in aws.moving(pages, f"the executions of {name}"):
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
    """Delete what no stack owns: the templates' bucket, and log groups that functions wrote and no template retains."""
    if estate.templates_bucket and bucket.delete(clients, estate.templates_bucket):
        yield f"bucket {estate.templates_bucket}"
    kept = {thing.physical_id for thing in _kept(clients, estate)}
    for group in _log_groups(clients, estate, kept):
        clients.logs.delete_log_group(logGroupName=group)
        yield f"log group {group}"


def left_over(clients: Clients, estate: Estate, kept: Collection[str] = ()) -> Iterator[str]:
    """Look again: each thing that is still there but was not to be kept, with the reason if AWS gave one."""
    for stack_id in estate.stacks:
        now = stack.find(clients, stack_id)
        if now and now.status is not stack.Status.DELETE_COMPLETE:
            yield f"stack {now.name}: {now.status}  {now.reason}".rstrip()
    for name in estate.buckets:
        if name and name not in kept and bucket.exists(clients, name):
            yield f"bucket {name}"
    yield from (f"function {name}" for name in estate.functions if name not in kept and _is_function(clients, name))
    yield from (f"log group {group}" for group in _log_groups(clients, estate, kept))


def prove(clients: Clients, estate: Estate) -> tuple[Kept, ...]:
    """Look again; answers what the templates kept, if nothing else is left.

    Raises:
        Error: names each thing that is left.
    """
    kept = _kept(clients, estate)
    left = list(left_over(clients, estate, {thing.physical_id for thing in kept}))
    if left:
        listed = "\n".join(f"  - {thing}" for thing in left)
        raise Error(f"Still there:\n{listed}", hint="invoke pipeline.log, then invoke pipeline.down again")
    return kept


def _kept(clients: Clients, estate: Estate) -> tuple[Kept, ...]:
    """What the deletion of the stacks left where it was."""
    return tuple(thing for top in estate.tops for thing in retention.kept(clients, top.tree))


def _is_function(clients: Clients, name: str) -> bool:
    try:
        clients.functions.get_function_configuration(FunctionName=name)
    except clients.functions.exceptions.ResourceNotFoundException:
        return False
    return True


def _log_groups(clients: Clients, estate: Estate, kept: Collection[str] = ()) -> Iterator[str]:
    """The groups of exactly these functions that are not kept; another stack's name may begin like ours."""
    for group in map(logs.group, estate.functions):
        if group in kept:
            continue
        first = clients.logs.describe_log_groups(logGroupNamePrefix=group, limit=1)["logGroups"]
        if first and first[0]["logGroupName"] == group:
            yield group
