"""Pipelines, executions and runs as the operations answer them; what is not there is left out, as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model import secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact
    from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

    Document = dict[str, Any]


def declaration(pipeline: Pipeline) -> Document:
    """A version of a pipeline, as GetPipeline answers it: a copy, without its secrets."""
    return secrets.mask(pipeline.document, pipeline.secrets)


def pipeline_summary(record: PipelineRecord) -> Document:
    """A pipeline in a list."""
    document = record.pipeline.document
    return {
        "name": record.pipeline.name,
        "version": record.pipeline.version,
        "pipelineType": document["pipelineType"],
        "executionMode": document["executionMode"],
        "created": record.created,
        "updated": record.updated,
    }


def execution(execution: Execution) -> Document:
    """One execution, as GetPipelineExecution answers it."""
    return {
        "pipelineName": execution.pipeline.name,
        "pipelineVersion": execution.pipeline.version,
        "pipelineExecutionId": execution.id,
        "status": str(execution.status),
        **present(statusSummary=execution.status_summary),
        "artifactRevisions": [
            {
                "name": artifact.name,
                "revisionId": artifact.revision.id,
                **present(
                    revisionChangeIdentifier=artifact.revision.change_id,
                    revisionSummary=artifact.revision.summary,
                    created=artifact.revision.created,
                    revisionUrl=artifact.revision.url,
                ),
            }
            for artifact in execution.artifacts.values()
            if artifact.revision
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
        "trigger": _trigger(execution),
        **_kind(execution),
    }


def execution_summary(execution: Execution) -> Document:
    """One execution in a list."""
    return {
        "pipelineExecutionId": execution.id,
        "status": str(execution.status),
        **present(statusSummary=execution.status_summary),
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [
            {
                "actionName": run.action.name,
                "revisionId": run.revision.id,
                **present(revisionSummary=run.revision.summary, revisionUrl=run.revision.url),
            }
            for run in execution.runs.values()
            if run.action.is_source and run.revision
        ],
        "trigger": _trigger(execution),
        **({"stopTrigger": present(reason=execution.stop_reason)} if execution.stop_requested else {}),
        **_kind(execution),
    }


def execution_type(execution: Execution) -> str:
    """Whether an execution goes through the pipeline, or rolls a stage back."""
    return "ROLLBACK" if execution.target else "STANDARD"


def action_execution(run: ActionRun, region: str, hidden: frozenset[str] = frozenset()) -> Document:
    """One time that an action ran, as ListActionExecutions answers it; `hidden` are the keys that are secret."""
    action = run.action
    return {
        "pipelineExecutionId": run.execution_id,
        "actionExecutionId": run.id,
        "pipelineVersion": run.version,
        "stageName": run.stage,
        "actionName": action.name,
        "startTime": run.started,
        "lastUpdateTime": run.updated,
        "updatedBy": run.updated_by,
        "status": str(run.status),
        "input": {
            "actionTypeId": vars(action.type),
            "configuration": secrets.hide(action.configuration, hidden),
            "resolvedConfiguration": secrets.hide(run.resolved_configuration, hidden),
            **present(roleArn=action.role, namespace=action.namespace),
            "region": action.region or region,
            "inputArtifacts": _artifacts(run.inputs),
        },
        "output": {
            "outputArtifacts": _artifacts(run.outputs),
            "executionResult": present(
                externalExecutionId=run.external_id,
                externalExecutionSummary=run.summary,
                externalExecutionUrl=run.external_url,
                logStreamARN=run.log_stream,
                errorDetails=error_details(run),
            ),
            "outputVariables": dict(run.variables),
        },
    }


def rule_execution(run: ActionRun, region: str, hidden: frozenset[str] = frozenset()) -> Document:
    """One time that a rule was examined, as ListRuleExecutions answers it."""
    document = action_execution(run, region, hidden)
    input_, output = document["input"], document["output"]
    result = {name: value for name, value in output["executionResult"].items() if name != "logStreamARN"}
    return {
        **{name: document[name] for name in ("pipelineExecutionId", "pipelineVersion", "stageName")},
        "ruleExecutionId": run.id,
        "ruleName": run.action.name,
        **{name: document[name] for name in ("startTime", "lastUpdateTime", "updatedBy", "status")},
        "input": {
            "ruleTypeId": input_["actionTypeId"],
            **{name: value for name, value in input_.items() if name not in ("actionTypeId", "namespace")},
        },
        "output": {"executionResult": result},
    }


def error_details(run: ActionRun) -> Document | None:
    """Why a run failed, if it did."""
    return {"code": run.error.code, "message": run.error.message} if run.error else None


def tags(values: Mapping[str, str]) -> list[Document]:
    """Tags as AWS lists them."""
    return [{"key": key, "value": value} for key, value in values.items()]


def present(**members: object) -> Document:
    """Those of the members that say something."""
    return {name: value for name, value in members.items() if value is not None and value != ""}


def _kind(execution: Execution) -> Document:
    rollback = {"rollbackMetadata": {"rollbackTargetPipelineExecutionId": execution.target}} if execution.target else {}
    return {"executionMode": execution.pipeline.mode, "executionType": execution_type(execution), **rollback}


def _trigger(execution: Execution) -> Document:
    return {"triggerType": execution.trigger.type, **present(triggerDetail=execution.trigger.detail)}


def _artifacts(artifacts: Iterable[Artifact]) -> list[Document]:
    return [
        {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
        for artifact in artifacts
    ]
