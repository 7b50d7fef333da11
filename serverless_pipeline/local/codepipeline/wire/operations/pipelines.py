"""Pipelines: create, read, update, delete, list."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
from serverless_pipeline.local.codepipeline.wire import describe as documents
from serverless_pipeline.local.codepipeline.wire import structure
from serverless_pipeline.local.codepipeline.wire.operations import tags
from serverless_pipeline.local.codepipeline.wire.paging import page
from serverless_pipeline.local.iam import roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.store import Scope
    from serverless_pipeline.local.codepipeline.wire.operations.caller import Caller

_UPDATED = "The definition of the pipeline was updated before the execution could be completed"
_DELETED = "The pipeline was deleted before the execution could be completed"


def create(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Create a pipeline; its first execution starts at once."""
    pipeline = Pipeline.from_document(request["pipeline"], caller.scope.region)
    _check(pipeline, caller.scope)
    listed = tags.read(request.get("tags", []))
    now = time.time()
    with engine.store.lock:
        if engine.store.find(caller.scope, pipeline.name):
            raise Refusal(
                "PipelineNameInUseException",
                f"A pipeline with the name '{pipeline.name}' already exists in account '{caller.scope.account}'",
            )
        record = PipelineRecord(caller.scope, pipeline, now, now, tags=listed)
        record.adopt(pipeline, now)
        engine.store.pipelines[caller.scope, pipeline.name] = record
        engine.start(record, Trigger("CreatePipeline", caller.arn))
    return {"pipeline": _document(pipeline), **({"tags": documents.tags(listed)} if listed else {})}


def describe(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
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
        return {"pipeline": _document(pipeline), "metadata": metadata}


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
        pipeline = Pipeline.from_document(request["pipeline"], caller.scope.region, version)
        _check(pipeline, caller.scope)
        engine.cancel(record, _UPDATED)
        record.adopt(pipeline, time.time())
    return {"pipeline": _document(pipeline)}


def delete(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Delete a pipeline and end what runs in it; deleting one that is not there is no mistake."""
    with engine.store.lock:
        record = engine.store.find(caller.scope, request["name"])
        if record:
            engine.cancel(record, _DELETED)
            del engine.store.pipelines[caller.scope, request["name"]]


def enumerate_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The pipelines of the account in the region."""
    with engine.store.lock:
        listed = [documents.pipeline(record) for record in engine.store.of(caller.scope)]
    return page("pipelines", listed, request)


def _check(pipeline: Pipeline, scope: Scope) -> None:
    """Refuse what AWS refuses, in the declaration and in the roles that it names."""
    structure.check(pipeline)
    try:
        roles.check(scope, pipeline.name, pipeline.role)
        for role in {action.role for stage in pipeline.stages for action in stage.actions if action.role}:
            roles.check_action(scope, pipeline.role, role)
    except roles.NotAssumableError as error:
        raise Refusal("InvalidStructureException", str(error)) from error


def _document(pipeline: Pipeline) -> dict[str, Any]:
    return copy.deepcopy(dict(pipeline.document))
