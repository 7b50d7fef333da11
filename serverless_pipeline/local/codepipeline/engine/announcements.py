"""What changed, as AWS tells it: an event of a pipeline, a stage or an action for the bus of its account and region.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
Each is made of the model as it is at that moment, so that it may be delivered later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus, StageStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

    Announce = Callable[["Announcement"], None]

SOURCE = "aws.codepipeline"
RESUMED = "RESUMED"
CANCELED = "CANCELED"

_PIPELINE = {status: status.upper() for status in ExecutionStatus} | {
    ExecutionStatus.IN_PROGRESS: "STARTED",
    ExecutionStatus.CANCELLED: CANCELED,
}
_STAGE = {status: status.upper() for status in StageStatus} | {
    StageStatus.IN_PROGRESS: "STARTED",
    StageStatus.CANCELLED: CANCELED,
}
_ACTION = {status: status.upper() for status in ActionStatus} | {ActionStatus.IN_PROGRESS: "STARTED"}


@dataclass(frozen=True)
class Announcement:
    """An event: whose bus it goes to, which pipeline it is about, its detail type, its detail, and when it happened."""

    scope: Scope
    pipeline_arn: str
    detail_type: str
    detail: Mapping[str, Any]
    time: float


def unheard(_announcement: Announcement) -> None:
    """Tell nobody."""


def of_pipeline(record: PipelineRecord, execution: Execution, *, resumed: bool = False) -> Announcement:
    """An execution is in its status now; `resumed` if a retry brought it there."""
    state = RESUMED if resumed else _PIPELINE[execution.status]
    trigger = {"trigger-type": execution.trigger.type, **_said("trigger-detail", execution.trigger.detail)}
    detail = {
        **_base(execution, execution.started, state),
        **({"execution-trigger": trigger} if state == "STARTED" else {}),
        **(_said("stop-execution-comments", execution.stop_reason) if state in ("STOPPING", "STOPPED") else {}),
        **_moment("last-retry-attempt-time", execution.retried),
    }
    return _announcement(record, "Pipeline", detail, execution.updated)


def of_stage(
    record: PipelineRecord, execution: Execution, status: StageStatus, now: float, *, resumed: bool = False
) -> Announcement:
    """The stage that the execution is in has this status now."""
    detail = {
        **_base(execution, execution.entered, RESUMED if resumed else _STAGE[status]),
        "stage": execution.stage.name,
        **_moment("stage-last-retry-attempt-time", execution.stage_retried),
    }
    return _announcement(record, "Stage", detail, now)


def of_action(record: PipelineRecord, run: ActionRun, *, canceled: bool = False) -> Announcement:
    """A run of an action is in its status now; `canceled` if nobody asked for its end but an update of the pipeline."""
    execution, action = record.executions[run.execution_id], run.action
    detail = {
        **_base(execution, run.started, CANCELED if canceled else _ACTION[run.status]),
        "stage": run.stage,
        "action": action.name,
        "action-execution-id": run.id,
        "region": action.region or record.scope.region,
        "type": vars(action.type),
        **_artifacts("input-artifacts", run.inputs),
        **(_artifacts("output-artifacts", run.outputs) if run.status is ActionStatus.SUCCEEDED else {}),
        **_result(run),
        "version": float(run.version),
    }
    return _announcement(record, "Action", detail, run.updated)


def _announcement(record: PipelineRecord, what: str, detail: Mapping[str, Any], time: float) -> Announcement:
    return Announcement(record.scope, record.arn, f"CodePipeline {what} Execution State Change", detail, time)


def _base(execution: Execution, started: float | None, state: str) -> dict[str, Any]:
    """What each detail has; AWS writes the numbers as 3.0."""
    return {
        "pipeline": execution.pipeline.name,
        "execution-id": execution.id,
        **_moment("start-time", started),
        "state": state,
        "version": float(execution.pipeline.version),
        "pipeline-execution-attempt": float(execution.attempts),
    }


def _result(run: ActionRun) -> dict[str, Any]:
    """What an action came to, once it ended."""
    result = {
        **_said("external-execution-url", run.external_url),
        **_said("external-execution-summary", run.summary or (run.error.message if run.error else "")),
        **_said("external-execution-id", run.external_id),
        **_said("error-code", run.error.code if run.error else ""),
    }
    ended = run.status in (ActionStatus.SUCCEEDED, ActionStatus.FAILED)
    return {"execution-result": result} if ended and result else {}


def _artifacts(name: str, artifacts: Iterable[Artifact]) -> dict[str, Any]:
    listed = [
        {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
        for artifact in artifacts
    ]
    return {name: listed} if listed else {}


def _said(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _moment(name: str, seconds: float | None) -> dict[str, str]:
    """A time as `2026-01-02T03:04:05.678Z`."""
    if seconds is None:
        return {}
    return {name: datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
