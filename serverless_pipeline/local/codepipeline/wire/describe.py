"""The service's records as the documents that its operations answer; what is not there is left out, as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.execution import StageStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Stage
    from serverless_pipeline.local.codepipeline.model.execution import ActionRun, Artifact, Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition

    Document = dict[str, Any]

_MODE = {"executionMode": "SUPERSEDED", "executionType": "STANDARD"}


def pipeline(record: PipelineRecord) -> Document:
    """A pipeline in a list."""
    declared = record.pipeline.document
    return {
        "name": record.pipeline.name,
        "version": record.pipeline.version,
        "pipelineType": declared["pipelineType"],
        "executionMode": declared["executionMode"],
        "created": record.created,
        "updated": record.updated,
    }


def state(record: PipelineRecord) -> Document:
    """Each stage with its own latest execution, each action with its own latest run."""
    return {
        "pipelineName": record.pipeline.name,
        "pipelineVersion": record.pipeline.version,
        "stageStates": [_stage(record, stage) for stage in record.pipeline.stages],
        "created": record.created,
        "updated": record.updated,
    }


def execution(found: Execution) -> Document:
    """One execution, as GetPipelineExecution answers it."""
    return {
        "pipelineName": found.pipeline.name,
        "pipelineVersion": found.pipeline.version,
        "pipelineExecutionId": found.id,
        "status": str(found.status),
        **_stated(statusSummary=found.status_summary),
        "artifactRevisions": [
            {
                "name": artifact.name,
                "revisionId": artifact.revision.id,
                **_stated(
                    revisionChangeIdentifier=artifact.revision.change_id,
                    revisionSummary=artifact.revision.summary,
                    created=artifact.revision.created,
                ),
            }
            for artifact in found.artifacts.values()
            if artifact.revision
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in found.variables.items()],
        "trigger": _trigger(found),
        **_MODE,
    }


def summary(found: Execution) -> Document:
    """One execution in a list."""
    return {
        "pipelineExecutionId": found.id,
        "status": str(found.status),
        **_stated(statusSummary=found.status_summary),
        "startTime": found.started,
        "lastUpdateTime": found.updated,
        "sourceRevisions": [
            {
                "actionName": run.action.name,
                "revisionId": run.revision.id,
                **_stated(revisionSummary=run.revision.summary),
            }
            for run in found.runs.values()
            if run.action.is_source and run.revision
        ],
        "trigger": _trigger(found),
        **({"stopTrigger": _stated(reason=found.stop_reason)} if found.stop_asked else {}),
        **_MODE,
    }


def run(found: ActionRun, execution: Execution, region: str) -> Document:
    """One time that an action ran, as ListActionExecutions answers it."""
    action = found.action
    return {
        "pipelineExecutionId": found.execution_id,
        "actionExecutionId": found.id,
        "pipelineVersion": execution.pipeline.version,
        "stageName": found.stage,
        "actionName": action.name,
        "startTime": found.started,
        "lastUpdateTime": found.updated,
        "updatedBy": found.updated_by,
        "status": str(found.status),
        "input": {
            "actionTypeId": vars(action.type),
            "configuration": dict(action.configuration),
            "resolvedConfiguration": dict(found.resolved),
            **_stated(roleArn=action.role, namespace=action.namespace),
            "region": action.region or region,
            "inputArtifacts": _artifacts(found.inputs),
        },
        "output": {
            "outputArtifacts": _artifacts(found.outputs),
            "executionResult": _stated(
                externalExecutionId=found.external_id,
                externalExecutionSummary=found.summary,
                errorDetails=_error(found),
            ),
            "outputVariables": dict(found.variables),
        },
    }


def tags(values: Mapping[str, str]) -> list[Document]:
    """Tags as AWS lists them."""
    return [{"key": key, "value": value} for key, value in values.items()]


def _stage(record: PipelineRecord, stage: Stage) -> Document:
    found = record.stages[stage.name]
    waiting = {"pipelineExecutionId": found.waiting, "status": str(StageStatus.IN_PROGRESS), "type": "STANDARD"}
    latest = {"pipelineExecutionId": found.latest, "status": str(found.status), "type": "STANDARD"}
    return {
        "stageName": stage.name,
        **(
            {"inboundExecution": waiting, "inboundExecutions": [waiting]}
            if found.waiting
            else {"inboundExecutions": []}
        ),
        "inboundTransitionState": _transition(found.transition),
        "actionStates": [
            _action(action.name, record.latest_runs.get((stage.name, action.name))) for action in stage.actions
        ],
        **({"latestExecution": latest} if found.latest else {}),
        **(
            {"retryStageMetadata": {"manualStageRetryAttempt": found.retries, "latestRetryTrigger": "ManualStageRetry"}}
            if found.retries
            else {}
        ),
    }


def _transition(transition: Transition) -> Document:
    return {
        "enabled": transition.enabled,
        **_stated(
            lastChangedBy=transition.changed_by,
            lastChangedAt=transition.changed_at,
            disabledReason=transition.reason,
        ),
    }


def _action(name: str, found: ActionRun | None) -> Document:
    if found is None:
        return {"actionName": name}
    revision = found.revision
    return {
        "actionName": name,
        **(
            {
                "currentRevision": {
                    "revisionId": revision.id,
                    "revisionChangeId": revision.change_id,
                    "created": revision.created or found.updated,
                }
            }
            if revision
            else {}
        ),
        "latestExecution": {
            "actionExecutionId": found.id,
            "status": str(found.status),
            "lastStatusChange": found.updated,
            **_stated(
                summary=found.summary,
                token=found.token if found.is_running else "",
                lastUpdatedBy=found.updated_by,
                externalExecutionId=found.external_id,
                percentComplete=found.percent,
                errorDetails=_error(found),
            ),
        },
    }


def _error(found: ActionRun) -> Document | None:
    return {"code": found.error.code, "message": found.error.message} if found.error else None


def _trigger(found: Execution) -> Document:
    return {"triggerType": found.trigger.type, **_stated(triggerDetail=found.trigger.detail)}


def _artifacts(artifacts: Iterable[Artifact]) -> list[Document]:
    return [
        {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
        for artifact in artifacts
    ]


def _stated(**values: object) -> Document:
    """Those of the values that say something."""
    return {name: value for name, value in values.items() if value is not None and value != ""}
