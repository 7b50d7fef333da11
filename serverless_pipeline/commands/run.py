"""The word `run`: publish the working tree if that is the source, and start an execution; `watch` follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation import template as cloudformation
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.environment import shape
from serverless_pipeline.project import bucket, environment_template, source
from serverless_pipeline.settings import WorkingTree

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import Declaration
    from serverless_pipeline.project.source import Revision
    from serverless_pipeline.settings import Settings


@dataclass(frozen=True)
class Started:
    """An execution that was started; `source` is what was published for it, None if it lies elsewhere."""

    declaration: Declaration
    execution_id: str
    source: Revision | None = None


def start(settings: Settings, clients: Clients) -> Started:
    """Release the current source.

    Raises:
        Error: there is no pipeline.
        Misconfigured: the working tree is the source, and cannot be read, or its template wants another pipeline.
    """
    declaration = pipeline.demand(clients, settings.stack_name)
    snapshot = None
    if isinstance(settings.source, WorkingTree):
        _demand_shape(settings, clients)
        snapshot = source.publish(clients, bucket.name(settings, clients), settings.source.key, settings.folder)
    response = clients.codepipeline.start_pipeline_execution(name=declaration.name)
    return Started(declaration, response["pipelineExecutionId"], snapshot)


def show(started: Started) -> None:
    """Tell what was published, and what was started."""
    if started.source:
        console.say("Published" if started.source.changed else "Unchanged", f"source, {started.source.summary}")
        for words in started.source.left_out:
            console.say("Left out", words, style="yellow")
    console.say("Started", f"execution {started.execution_id}")


def _demand_shape(settings: Settings, clients: Clients) -> None:
    """The function would refuse the template as well, minutes later."""
    template = environment_template.read(settings)
    root = stack.demand(clients, settings.stack_name)
    made_for = root.parameters.get("Shape", "")
    if template.shape.digest != made_for:
        body = stack.template(clients, root.id)
        metadata = (cloudformation.read(body) if isinstance(body, str) else body).get("Metadata") or {}
        shape.demand(template.shape, made_for, settings.template, metadata.get("Shape") or [])
