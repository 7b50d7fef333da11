"""The document of GetPipelineState: each stage with its own latest execution, each action with its own latest run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.execution import StageStatus
from serverless_pipeline.local.codepipeline.providers import console
from serverless_pipeline.local.codepipeline.wire.documents import error_details, present

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Stage
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition
    from serverless_pipeline.local.codepipeline.wire.documents import Document


def describe(record: PipelineRecord) -> Document:
    """Every stage of a pipeline as it is now."""
    return {
        "pipelineName": record.pipeline.name,
        "pipelineVersion": record.pipeline.version,
        "stageStates": [_stage(record, stage) for stage in record.pipeline.stages],
        "created": record.created,
        "updated": record.updated,
    }


def _stage(record: PipelineRecord, stage: Stage) -> Document:
    state = record.stages[stage.name]
    document: Document = {
        "stageName": stage.name,
        "inboundExecutions": [],
        "inboundTransitionState": _transition(state.transition),
        "actionStates": [
            _action(action, record.latest_runs.get((stage.name, action.name)), record.scope.region)
            for action in stage.actions
        ],
    }
    if state.waiting:
        inbound = _execution(state.waiting, StageStatus.IN_PROGRESS)
        document |= {"inboundExecution": inbound, "inboundExecutions": [inbound]}
    if state.latest:
        document["latestExecution"] = _execution(state.latest, state.status)
    if state.retries:
        attempt = {"manualStageRetryAttempt": state.retries, "latestRetryTrigger": "ManualStageRetry"}
        document["retryStageMetadata"] = attempt
    return document


def _execution(execution_id: str, status: StageStatus | None) -> Document:
    return {"pipelineExecutionId": execution_id, "status": str(status), "type": "STANDARD"}


def _transition(transition: Transition) -> Document:
    return {
        "enabled": transition.enabled,
        **present(
            lastChangedBy=transition.changed_by,
            lastChangedAt=transition.changed_at,
            disabledReason=transition.reason,
        ),
    }


def _action(action: Action, run: ActionRun | None, region: str) -> Document:
    document = {"actionName": action.name, **present(entityUrl=console.entity(action, region))}
    if run is None:
        return document
    document["latestExecution"] = _latest(run)
    if run.revision:
        document |= present(revisionUrl=run.revision.url)
        document["currentRevision"] = {
            "revisionId": run.revision.id,
            "revisionChangeId": run.revision.change_id,
            "created": run.revision.created or run.updated,
        }
    return document


def _latest(run: ActionRun) -> Document:
    """The latest run of an action; the token of an approval is told while it is of use."""
    return {
        "actionExecutionId": run.id,
        "status": str(run.status),
        "lastStatusChange": run.updated,
        **present(
            summary=run.summary,
            token=run.token if run.is_running else "",
            lastUpdatedBy=run.updated_by,
            externalExecutionId=run.external_id,
            externalExecutionUrl=run.external_url,
            logStreamARN=run.log_stream,
            percentComplete=run.percent,
            errorDetails=error_details(run),
        ),
    }
