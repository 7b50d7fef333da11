"""Pipelines: create, read, update, delete, list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model import secrets
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
from serverless_pipeline.local.codepipeline.wire import documents, structure
from serverless_pipeline.local.codepipeline.wire.operations import tags
from serverless_pipeline.local.codepipeline.wire.paging import page
from serverless_pipeline.local.iam import roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

_MOST_PIPELINES = 1000
"""In a region of an account: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""
_UPDATED = "The definition of the pipeline was updated before the execution could be completed"
_DELETED = "The pipeline was deleted before the execution could be completed"


def create(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Create a pipeline; its first execution starts at once."""
    with engine.store.lock:
        hidden = engine.store.secrets(caller.scope)
    pipeline = Pipeline.from_document(request["pipeline"], caller.scope.region, secrets=hidden)
    _check(engine, caller, pipeline)
    values = tags.read(request.get("tags", []))
    with engine.store.lock:
        if engine.store.find(caller.scope, pipeline.name):
            raise Refusal(
                "PipelineNameInUseException",
                f"A pipeline with the name '{pipeline.name}' already exists in account '{caller.scope.account}'",
            )
        if len(engine.store.pipelines_of(caller.scope)) >= _MOST_PIPELINES:
            raise Refusal(
                "LimitExceededException",
                f"Account '{caller.scope.account}' has {_MOST_PIPELINES} pipelines in {caller.scope.region}, which is"
                " the limit; delete one that is not needed any more",
            )
        now = engine.schedule.now()
        record = PipelineRecord(caller.scope, pipeline, now, now, tags=values)
        record.adopt(pipeline, now)
        engine.store.pipelines[caller.scope, pipeline.name] = record
        engine.start(record, Trigger("CreatePipeline", caller.arn))
    return {"pipeline": documents.declaration(pipeline), **({"tags": documents.tags(values)} if values else {})}


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration of a pipeline, of its current or an earlier version."""
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["name"])
        version = request.get("version", record.pipeline.version)
        pipeline = record.versions.get(version)
        if pipeline is None:
            raise Refusal(
                "PipelineVersionNotFoundException",
                f"The pipeline '{request['name']}' does not have a version {version}",
            )
        metadata = {"pipelineArn": record.arn, "created": record.created, "updated": record.updated}
        return {"pipeline": documents.declaration(pipeline), "metadata": metadata}


def update(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Make a declaration the next version of a pipeline. What runs is cancelled, nothing is started."""
    name = request["pipeline"]["name"]
    with engine.store.lock:
        record = engine.store.find(caller.scope, name)
        if record is None:
            raise Refusal(
                "ResourceNotFoundException",
                f"The account with id '{caller.scope.account}' does not include a pipeline with the name '{name}'",
            )
        version = record.pipeline.version + 1
        hidden = engine.store.secrets(caller.scope)
        document = secrets.restore(request["pipeline"], record.pipeline.document, hidden)
        pipeline = Pipeline.from_document(document, caller.scope.region, version, hidden)
        _check(engine, caller, pipeline)
        interventions.cancel(engine, record, _UPDATED)
        record.adopt(pipeline, engine.schedule.now())
    return {"pipeline": documents.declaration(pipeline)}


def delete(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Delete a pipeline and end what runs in it; deleting one that is not there is no mistake."""
    with engine.store.lock:
        record = engine.store.find(caller.scope, request["name"])
        if record:
            interventions.cancel(engine, record, _DELETED)
            del engine.store.pipelines[caller.scope, request["name"]]


def list_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The pipelines of the account in the region."""
    with engine.store.lock:
        return page(
            "pipelines",
            engine.store.pipelines_of(caller.scope),
            request,
            key=lambda record: record.pipeline.name,
            ordered=True,
            describe=documents.pipeline_summary,
        )


def _check(engine: Engine, caller: Caller, pipeline: Pipeline) -> None:
    """Refuse what AWS refuses, in the declaration and in the roles that it names."""
    arn = caller.scope.arn(pipeline.name)
    structure.check(pipeline, partial(providers.available, engine.store, caller.scope))
    try:
        roles.check(pipeline.role, arn)
        for role in {action.role for stage in pipeline.stages for action in stage.actions if action.role}:
            roles.check_action(role, pipeline.role, arn)
    except roles.NotAssumableError as error:
        raise Refusal("InvalidStructureException", str(error)) from error
