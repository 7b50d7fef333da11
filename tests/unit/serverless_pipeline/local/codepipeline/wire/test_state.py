"""The document of GetPipelineState."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus, ErrorDetails, Revision
from serverless_pipeline.local.codepipeline.model.execution import Execution, StageStatus, Trigger
from serverless_pipeline.local.codepipeline.model.store import StageRecord, Transition
from serverless_pipeline.local.codepipeline.wire import state
from tests.support.engine import InMemory, action, declaration

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.wire.documents import Document

NOBODY_KNOWS = {
    "stageName": "Commit",
    "inboundExecutions": [],
    "inboundTransitionState": {"enabled": True},
    "actionStates": [{"actionName": "Build"}, {"actionName": "Lint"}],
}


@pytest.fixture
def record(in_memory: InMemory) -> PipelineRecord:
    return in_memory.record(declaration(("Commit", [action("Build"), action("Lint")])))


def stage(record: PipelineRecord) -> Document:
    """The state of the one stage."""
    (document,) = state.describe(record)["stageStates"]
    return dict(document)


def latest(record: PipelineRecord, run: ActionRun) -> Document:
    """The state of the first action after a run."""
    record.executions["e"] = Execution("e", record.pipeline, Trigger("CreatePipeline"), 1, 1)
    record.put(run)
    return dict(stage(record)["actionStates"][0])


def run_of(record: PipelineRecord) -> ActionRun:
    return ActionRun("run", "e", "Commit", record.pipeline.stages[0].actions[0], 11, 12, "ada")


def test_a_pipeline_in_which_nothing_ran(record: PipelineRecord) -> None:
    assert state.describe(record) == {
        "pipelineName": "p",
        "pipelineVersion": 1,
        "stageStates": [NOBODY_KNOWS],
        "created": 1,
        "updated": 2,
    }


def test_the_stages_stand_in_their_order(in_memory: InMemory) -> None:
    stages = state.describe(in_memory.record())["stageStates"]

    assert [document["stageName"] for document in stages] == ["Source", "Commit"]


def test_a_stage_shows_who_is_in_it_who_waits_and_what_was_retried(record: PipelineRecord) -> None:
    record.executions["e"] = Execution("e", record.pipeline, Trigger("CreatePipeline"), 1, 1)
    record.executions["f"] = Execution("f", record.pipeline, Trigger("ManualRollback"), 1, 1, target="e")
    record.stages["Commit"] = StageRecord(
        holders=["e"],
        latest="e",
        waiting=["f"],
        status=StageStatus.STOPPING,
        retries=2,
        own_retries=1,
        retried_by="ManualStageRetry",
    )

    inbound = {"pipelineExecutionId": "f", "status": "InProgress", "type": "ROLLBACK"}
    assert stage(record) == {
        **NOBODY_KNOWS,
        "inboundExecution": inbound,
        "inboundExecutions": [inbound],
        "latestExecution": {"pipelineExecutionId": "e", "status": "Stopping", "type": "STANDARD"},
        "retryStageMetadata": {
            "manualStageRetryAttempt": 2,
            "autoStageRetryAttempt": 1,
            "latestRetryTrigger": "ManualStageRetry",
        },
    }


def test_a_closed_stage_says_who_closed_it_when_and_why(record: PipelineRecord) -> None:
    record.stages["Commit"].transition = Transition(
        enabled=False, changed_by="ada", changed_at=12.5, reason="not today"
    )

    assert stage(record)["inboundTransitionState"] == {
        "enabled": False,
        "lastChangedBy": "ada",
        "lastChangedAt": 12.5,
        "disabledReason": "not today",
    }


def test_an_action_of_which_little_is_known(record: PipelineRecord) -> None:
    assert latest(record, run_of(record)) == {
        "actionName": "Build",
        "latestExecution": {
            "actionExecutionId": "run",
            "status": "InProgress",
            "lastStatusChange": 12,
            "lastUpdatedBy": "ada",
        },
    }


def test_an_action_with_everything(record: PipelineRecord) -> None:
    run = replace(
        run_of(record),
        status=ActionStatus.FAILED,
        summary="half",
        external_id="42",
        percent=0,
        error=ErrorDetails("JobFailed", "no"),
        revision=Revision("c0ffee", "change", "a commit", 10.5),
    )

    assert latest(record, run) == {
        "actionName": "Build",
        "currentRevision": {"revisionId": "c0ffee", "revisionChangeId": "change", "created": 10.5},
        "latestExecution": {
            "actionExecutionId": "run",
            "status": "Failed",
            "lastStatusChange": 12,
            "lastUpdatedBy": "ada",
            "summary": "half",
            "externalExecutionId": "42",
            "percentComplete": 0,
            "errorDetails": {"code": "JobFailed", "message": "no"},
        },
    }


def test_a_revision_without_a_date_is_as_old_as_its_run(record: PipelineRecord) -> None:
    document = latest(record, replace(run_of(record), revision=Revision("7")))

    assert document["currentRevision"] == {"revisionId": "7", "revisionChangeId": "", "created": 12}


@pytest.mark.parametrize(
    ("status", "token"), [(ActionStatus.IN_PROGRESS, "t"), (ActionStatus.SUCCEEDED, None), (ActionStatus.FAILED, None)]
)
def test_the_token_of_an_approval_is_told_while_it_waits(
    record: PipelineRecord, status: ActionStatus, token: str | None
) -> None:
    document = latest(record, replace(run_of(record), status=status, token="t"))

    assert document["latestExecution"].get("token") == token


def test_an_action_says_what_it_acts_upon_and_where_its_revision_is(in_memory: InMemory) -> None:
    source = action("Source", "Source", "S3", configuration={"S3Bucket": "b"})
    record = in_memory.record(declaration(("Source", [source])))
    run = replace(run_of(record), stage="Source", revision=Revision("v7", url="https://aws/v7"))

    before, after = stage(record)["actionStates"][0], latest(record, run)

    entity = "https://console.aws.amazon.com/s3/buckets/b?region=eu-west-1"
    assert before == {"actionName": "Source", "entityUrl": entity}
    assert (after["entityUrl"], after["revisionUrl"]) == (entity, "https://aws/v7")
