"""Approvals: somebody's yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from serverless_pipeline.local.codepipeline.wire.operations.stages import index_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def put(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Approve or reject an action that waits for it."""
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        run = _run(record, request["stageName"], request["actionName"], request["token"])
        if run is None or run.token != request["token"]:
            raise Refusal("InvalidApprovalTokenException", "The approval token is not valid for this action")
        if not run.is_running:
            raise Refusal("ApprovalAlreadyCompletedException", "The approval action has already been completed")
        engine.end(record, run, _outcome(request["result"], caller), by=caller.arn)
        return {"approvedAt": engine.schedule.now()}


def _outcome(result: Mapping[str, str], caller: Caller) -> Succeeded | Failed:
    summary = result["summary"]
    if result["status"] == "Approved":
        return Succeeded(summary=summary)
    return Failed("JobFailed", f"Rejected by {caller.arn}: {summary}", summary=summary)


def _run(record: PipelineRecord, stage_name: str, action_name: str, token: str) -> ActionRun | None:
    """The run of an approval action that is asked for by its token, else its latest, if it ran yet.

    Where executions go side by side, several wait in one action.
    """
    stage = record.pipeline.stages[index_of(record, stage_name)]
    categories = {action.name: action.type.category for action in stage.actions}
    if categories.get(action_name) != "Approval":
        raise Refusal(
            "ActionNotFoundException",
            f"Stage '{stage_name}' does not have an approval action with name '{action_name}'",
        )
    place, latest = (stage_name, action_name), record.latest_runs.get((stage_name, action_name))
    waiting = (run for execution in record.executions.values() for run in execution.attempt.values())
    return next((run for run in waiting if run.token == token and (run.stage, run.action.name) == place), latest)
