"""The end of a pipeline: note what there is, empty what must be empty, look again at what is left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import retention, stack
from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.errors import Error
from serverless_pipeline.project import bucket

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.retention import Kept
    from serverless_pipeline.cloudformation.stack import Resource, Stack
    from serverless_pipeline.settings import Settings

_BUCKET = "AWS::S3::Bucket"
_FUNCTION = "AWS::Lambda::Function"
_MANY = 5000
_OWN_FUNCTIONS = ("install", "run-task", "deploy", "report-lost-job", "rollback")


@dataclass(frozen=True)
class Estate:
    """All that belongs to a pipeline, noted down before the first thing is deleted; nested stacks by their IDs."""

    templates_bucket: str
    stack: Stack | None
    nested: tuple[str, ...]
    buckets: tuple[str, ...]
    functions: tuple[str, ...]


def survey(settings: Settings, clients: Clients) -> Estate:
    """Look at what is there. Names of functions are known even if an earlier `down` took the stack already."""
    found = stack.find(clients, settings.stack_name)
    held = list(stack.resources(clients, found)) if found else []
    name = settings.stack_name
    expected = [f"{name}-{function}" for function in _OWN_FUNCTIONS]
    expected += [f"{name}-{environment.lower()}-api" for environment in settings.environments]
    return Estate(
        templates_bucket=bucket.name(settings, clients),
        stack=found,
        nested=_physical(held, stack.KIND),
        buckets=_physical(held, _BUCKET),
        functions=tuple(dict.fromkeys([*expected, *_physical(held, _FUNCTION)])),
    )


def buckets_of(clients: Clients, root: Stack) -> tuple[str, ...]:
    """The buckets that go with a stack and with those nested in it; what their templates retain is not among them."""
    held = list(stack.resources(clients, root))
    stays = retention.retained(clients, held)
    return tuple(name for name in _physical(held, _BUCKET) if name not in stays)


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


def empty(clients: Clients, buckets: Iterable[str]) -> None:
    """Empty buckets, telling how many versions each held, and how far it is with a large one."""
    for name in buckets:
        count = bucket.empty(clients, name, partial(_told, name))
        console.say("Emptied", f"bucket {name}, {count} objects")


def _told(name: str, count: int) -> None:
    if count % _MANY == 0:
        console.say("Emptying", f"bucket {name}, {count:,} objects so far", style="dim")


def sweep(clients: Clients, estate: Estate) -> Iterator[str]:
    """Delete what no stack owns: the templates' bucket, and log groups that a late function wrote anew."""
    if bucket.delete(clients, estate.templates_bucket):
        yield f"bucket {estate.templates_bucket}"
    for group in _log_groups(clients, estate):
        clients.logs.delete_log_group(logGroupName=group)
        yield f"log group {group}"


def left_over(clients: Clients, estate: Estate, kept: Collection[str] = ()) -> Iterator[str]:
    """Look again: each thing that is still there but was not to be kept, with the reason if AWS gave one."""
    for stack_id in [*([estate.stack.id] if estate.stack else []), *estate.nested]:
        now = stack.find(clients, stack_id)
        if now and now.status is not stack.Status.DELETE_COMPLETE:
            yield f"stack {now.name}: {now.status}  {now.reason}".rstrip()
    for name in [estate.templates_bucket, *estate.buckets]:
        if name not in kept and bucket.exists(clients, name):
            yield f"bucket {name}"
    yield from (f"function {name}" for name in estate.functions if _is_function(clients, name))
    yield from (f"log group {group}" for group in _log_groups(clients, estate))


def prove(clients: Clients, estate: Estate) -> tuple[Kept, ...]:
    """Look again; answers what the templates kept, if nothing else is left.

    Raises:
        Error: names each thing that is left.
    """
    kept = retention.kept(clients, estate.stack) if estate.stack else ()
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
        found = clients.logs.describe_log_groups(logGroupNamePrefix=group, limit=1)["logGroups"]
        if found and found[0]["logGroupName"] == group:
            yield group


def _physical(held: Iterable[Resource], kind: str) -> tuple[str, ...]:
    return tuple(resource.physical_id for resource in held if resource.type == kind and resource.physical_id)
