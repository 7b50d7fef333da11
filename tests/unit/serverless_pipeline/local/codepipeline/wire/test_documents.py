"""Pipelines, executions and runs as the operations answer them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import (
    ActionRun,
    ActionStatus,
    Artifact,
    ErrorDetails,
    Revision,
)
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.execution import Execution, ExecutionStatus, Trigger
from serverless_pipeline.local.codepipeline.wire import documents
from tests.support.engine import REGION, InMemory, action, declaration

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

KIND = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
MODE = {"executionMode": "SUPERSEDED", "executionType": "STANDARD"}
COMMIT = Revision("c0ffee", "change", "a commit", 12.5)


@pytest.fixture
def record(in_memory: InMemory) -> PipelineRecord:
    build = action("Build", configuration={"FunctionName": "#{Mine.name}"})
    return in_memory.record(declaration(("Source", [action("Source", "Source", "S3")]), ("Commit", [build])))


def execution_of(record: PipelineRecord, **more: Any) -> Execution:
    return Execution("e", record.pipeline, Trigger("CreatePipeline"), 10, 20, **more)


def run_of(record: PipelineRecord, stage: int = 1, **more: Any) -> ActionRun:
    in_stage = record.pipeline.stages[stage]
    return ActionRun("run", "e", in_stage.name, in_stage.actions[0], 11, 12, "ada", **more)


def test_a_declaration_is_answered_in_full(record: PipelineRecord) -> None:
    document = documents.declaration(record.pipeline)

    assert document == record.pipeline.document


def test_a_declaration_that_was_answered_can_be_changed_without_changing_the_pipeline(record: PipelineRecord) -> None:
    document = documents.declaration(record.pipeline)

    document["stages"][0]["name"] = "Other"

    assert record.pipeline.document["stages"][0]["name"] == "Source"


def test_a_pipeline_in_a_list(record: PipelineRecord) -> None:
    assert documents.pipeline_summary(record) == {
        "name": "p",
        "version": 1,
        "pipelineType": "V2",
        "executionMode": "SUPERSEDED",
        "created": 1,
        "updated": 2,
    }


def test_an_execution_of_which_nothing_is_known_yet(record: PipelineRecord) -> None:
    assert documents.execution(execution_of(record)) == {
        "pipelineName": "p",
        "pipelineVersion": 1,
        "pipelineExecutionId": "e",
        "status": "InProgress",
        "artifactRevisions": [],
        "variables": [],
        "trigger": {"triggerType": "CreatePipeline"},
        **MODE,
    }


def test_an_execution_with_everything(record: PipelineRecord) -> None:
    execution = execution_of(record, status=ExecutionStatus.FAILED, status_summary="why", variables={"Who": "Ada"})
    execution.trigger = Trigger("StartPipelineExecution", "ada")
    execution.artifacts = {
        "SourceOutput": Artifact("SourceOutput", "store", "key", COMMIT),
        "Bare": Artifact("Bare", "store", "key", Revision("7")),
        "Built": Artifact("Built", "store", "key"),
    }

    assert documents.execution(execution) == {
        "pipelineName": "p",
        "pipelineVersion": 1,
        "pipelineExecutionId": "e",
        "status": "Failed",
        "statusSummary": "why",
        "artifactRevisions": [
            {
                "name": "SourceOutput",
                "revisionId": "c0ffee",
                "revisionChangeIdentifier": "change",
                "revisionSummary": "a commit",
                "created": 12.5,
            },
            {"name": "Bare", "revisionId": "7"},
        ],
        "variables": [{"name": "Who", "resolvedValue": "Ada"}],
        "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": "ada"},
        **MODE,
    }


def test_an_execution_in_a_list_of_which_nothing_is_known_yet(record: PipelineRecord) -> None:
    assert documents.execution_summary(execution_of(record)) == {
        "pipelineExecutionId": "e",
        "status": "InProgress",
        "startTime": 10,
        "lastUpdateTime": 20,
        "sourceRevisions": [],
        "trigger": {"triggerType": "CreatePipeline"},
        **MODE,
    }


def test_an_execution_in_a_list_with_everything(record: PipelineRecord) -> None:
    execution = execution_of(record, status_summary="why", stop_requested=True, stop_reason="lunch")
    execution.runs = {
        "1": run_of(record, 0, revision=COMMIT),
        "2": run_of(record, 0, revision=Revision("7")),
        "3": run_of(record, 0),
        "4": run_of(record, 1, revision=COMMIT),
    }

    assert documents.execution_summary(execution) == {
        "pipelineExecutionId": "e",
        "status": "InProgress",
        "statusSummary": "why",
        "startTime": 10,
        "lastUpdateTime": 20,
        "sourceRevisions": [
            {"actionName": "Source", "revisionId": "c0ffee", "revisionSummary": "a commit"},
            {"actionName": "Source", "revisionId": "7"},
        ],
        "trigger": {"triggerType": "CreatePipeline"},
        "stopTrigger": {"reason": "lunch"},
        **MODE,
    }


def test_a_stop_needs_no_reason(record: PipelineRecord) -> None:
    summary = documents.execution_summary(execution_of(record, stop_requested=True))

    assert summary["stopTrigger"] == {}


def test_a_run_of_which_nothing_is_known_yet(record: PipelineRecord) -> None:
    assert documents.action_execution(run_of(record), REGION) == {
        "pipelineExecutionId": "e",
        "actionExecutionId": "run",
        "pipelineVersion": 1,
        "stageName": "Commit",
        "actionName": "Build",
        "startTime": 11,
        "lastUpdateTime": 12,
        "updatedBy": "ada",
        "status": "InProgress",
        "input": {
            "actionTypeId": KIND,
            "configuration": {"FunctionName": "#{Mine.name}"},
            "resolvedConfiguration": {},
            "region": REGION,
            "inputArtifacts": [],
        },
        "output": {"outputArtifacts": [], "executionResult": {}, "outputVariables": {}},
    }


def test_a_run_with_everything(record: PipelineRecord) -> None:
    run = run_of(
        record,
        status=ActionStatus.FAILED,
        resolved_configuration={"FunctionName": "f"},
        inputs=(Artifact("SourceOutput", "store", "source"),),
        outputs=(Artifact("Built", "store", "built"),),
        summary="done",
        external_id="42",
        error=ErrorDetails("JobFailed", "no"),
        variables={"v": "1"},
    )
    action_ = replace(run.action, role="mine", namespace="Mine", region="us-east-1")

    assert documents.action_execution(replace(run, action=action_, version=3), REGION) == {
        "pipelineExecutionId": "e",
        "actionExecutionId": "run",
        "pipelineVersion": 3,
        "stageName": "Commit",
        "actionName": "Build",
        "startTime": 11,
        "lastUpdateTime": 12,
        "updatedBy": "ada",
        "status": "Failed",
        "input": {
            "actionTypeId": KIND,
            "configuration": {"FunctionName": "#{Mine.name}"},
            "resolvedConfiguration": {"FunctionName": "f"},
            "roleArn": "mine",
            "namespace": "Mine",
            "region": "us-east-1",
            "inputArtifacts": [{"name": "SourceOutput", "s3location": {"bucket": "store", "key": "source"}}],
        },
        "output": {
            "outputArtifacts": [{"name": "Built", "s3location": {"bucket": "store", "key": "built"}}],
            "executionResult": {
                "externalExecutionId": "42",
                "externalExecutionSummary": "done",
                "errorDetails": {"code": "JobFailed", "message": "no"},
            },
            "outputVariables": {"v": "1"},
        },
    }


def test_a_run_that_did_not_fail_has_no_error(record: PipelineRecord) -> None:
    assert documents.error_details(run_of(record)) is None


def test_tags_are_listed() -> None:
    assert documents.tags({"a": "1", "b": ""}) == [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]


def test_what_says_nothing_is_left_out_and_a_zero_says_something() -> None:
    assert documents.present(a=None, b="", c=0, d=False, e={}) == {"c": 0, "d": False, "e": {}}


def test_an_execution_is_told_with_the_mode_of_its_pipeline(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(executionMode="QUEUED"))
    one = execution_of(record)

    assert documents.execution(one)["executionMode"] == documents.execution_summary(one)["executionMode"] == "QUEUED"


def test_a_revision_has_its_place(record: PipelineRecord) -> None:
    revision = Revision("v7", url="https://aws/v7")
    source = replace(run_of(record).action, type=ActionType("Source", "AWS", "S3", "1"))
    run = replace(run_of(record), action=source, revision=revision)
    one = execution_of(record, artifacts={"A": Artifact("A", "b", "k", revision)}, runs={"run": run})

    assert documents.execution(one)["artifactRevisions"][0]["revisionUrl"] == "https://aws/v7"
    assert documents.execution_summary(one)["sourceRevisions"][0]["revisionUrl"] == "https://aws/v7"
