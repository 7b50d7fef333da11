"""Revisions: somebody outside says that a source has a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.operations.stages import index_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def put(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Start an execution for a revision that was not put before; the source action finds by itself what it brings."""
    stage_name, action_name = request["stageName"], request["actionName"]
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        stage = record.pipeline.stages[index_of(record, stage_name)]
        action = next((action for action in stage.actions if action.name == action_name), None)
        if action is None:
            raise Refusal(
                "ActionNotFoundException",
                f"Stage '{stage_name}' does not have an action with name '{action_name}'",
            )
        if not action.is_source:
            raise Refusal(
                "ValidationException", f"The action '{action_name}' is no source; only a source has revisions"
            )
        key = (stage_name, action_name, request["actionRevision"]["revisionId"])
        is_new = key not in record.revisions
        if is_new:
            record.revisions[key] = engine.start(record, Trigger("PutActionRevision", caller.arn)).id
        return {"newRevision": is_new, "pipelineExecutionId": record.revisions[key]}
