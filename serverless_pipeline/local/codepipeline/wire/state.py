"""The document of GetPipelineState: each stage with its own latest execution, each action with its own latest run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.conditions import ConditionType
from serverless_pipeline.local.codepipeline.model.execution import StageStatus
from serverless_pipeline.local.codepipeline.providers import console
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.documents import error_details, present

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.conditions import Check, Condition
    from serverless_pipeline.local.codepipeline.model.declaration import Action, Stage
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition
    from serverless_pipeline.local.codepipeline.wire.documents import Document

_MEMBERS = {
    ConditionType.BEFORE_ENTRY: "beforeEntryConditionState",
    ConditionType.ON_SUCCESS: "onSuccessConditionState",
    ConditionType.ON_FAILURE: "onFailureConditionState",
}
_OF_ACTIONS = ("percentComplete", "logStreamARN")


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
        inbound = [_execution(record, one, StageStatus.IN_PROGRESS) for one in state.waiting]
        document |= {"inboundExecution": inbound[-1], "inboundExecutions": inbound}
    if state.latest:
        document["latestExecution"] = _execution(record, state.latest, state.status)
        document |= _conditions(stage, record.executions[state.latest])
    if state.retried_by:
        document["retryStageMetadata"] = {
            **({"manualStageRetryAttempt": state.retries} if state.retries else {}),
            **({"autoStageRetryAttempt": state.own_retries} if state.own_retries else {}),
            "latestRetryTrigger": state.retried_by,
        }
    return document


def _execution(record: PipelineRecord, execution_id: str, status: StageStatus | None) -> Document:
    kind = documents.execution_type(record.executions[execution_id])
    return {"pipelineExecutionId": execution_id, "status": str(status), "type": kind}


def _conditions(stage: Stage, execution: Execution) -> Document:
    """The conditions of a stage as its latest execution met them."""
    return {
        _MEMBERS[kind]: _condition(condition, execution.checks.get((stage.name, kind)))
        for kind, condition in stage.conditions.items()
    }


def _condition(condition: Condition, check: Check | None) -> Document:
    runs = check.runs if check else {}
    status = {"status": str(check.status)} if check else {}
    latest = {"latestExecution": {**status, "lastStatusChange": check.updated}} if check else {}
    rules = [
        {"ruleName": rule.name, **({"latestExecution": _rule(runs[rule.name])} if rule.name in runs else {})}
        for rule in condition.rules
    ]
    return {**({"latestExecution": status} if check else {}), "conditionStates": [{**latest, "ruleStates": rules}]}


def _rule(run: ActionRun) -> Document:
    document = _latest(run)
    document["ruleExecutionId"] = document.pop("actionExecutionId")
    return {name: value for name, value in document.items() if name not in _OF_ACTIONS}


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
