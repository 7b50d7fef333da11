"""Stages: their state, their retry, and the way into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import Transition
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from serverless_pipeline.local.codepipeline.wire import state
from serverless_pipeline.local.codepipeline.wire.operations import stages
from tests.support.engine import CALLER, REGION, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

NO = Failed("JobFailed", "no")


def refusal(call: Callable[..., object], *arguments: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        call(*arguments, **options)
    return refused.value.code, refused.value.message


def test_the_state_of_a_pipeline_is_answered(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.start(record)

    assert stages.get(in_memory.engine, CALLER, {"name": "p"}) == state.describe(record)


def test_a_stage_has_an_index(in_memory: InMemory) -> None:
    record = in_memory.record()

    assert [stages.index_of(record, name) for name in ("Source", "Commit")] == [0, 1]


def test_a_stage_that_is_missing_is_named(in_memory: InMemory) -> None:
    assert refusal(stages.index_of, in_memory.record(), "Nowhere") == (
        "StageNotFoundException",
        "Pipeline 'p' does not have a stage with name 'Nowhere'",
    )


@pytest.fixture
def record(in_memory: InMemory) -> PipelineRecord:
    """A pipeline whose second stage has two actions side by side."""
    return in_memory.record(
        declaration(("Source", [action("Source", "Source", "S3")]), ("Commit", [action("Build"), action("Lint")]))
    )


def retry(
    in_memory: InMemory, execution: Execution | str, mode: str = "FAILED_ACTIONS", stage: str = "Commit"
) -> dict[str, Any]:
    request = {
        "pipelineName": "p",
        "stageName": stage,
        "pipelineExecutionId": execution if isinstance(execution, str) else execution.id,
        "retryMode": mode,
    }
    answer = stages.retry(in_memory.engine, CALLER, request)
    in_memory.schedule.run()
    return answer


@pytest.mark.parametrize(
    ("mode", "again"), [("FAILED_ACTIONS", [("Lint", "")]), ("ALL_ACTIONS", [("Build", ""), ("Lint", "")])]
)
def test_a_stage_is_retried_in_the_same_execution(
    in_memory: InMemory, record: PipelineRecord, mode: str, again: list[tuple[str, str]]
) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded(), "Lint": NO}
    execution = in_memory.start(record)
    in_memory.performed.clear()

    answer = retry(in_memory, execution, mode)

    assert answer == {"pipelineExecutionId": execution.id}
    assert in_memory.performed == again


def test_a_stage_that_is_missing_cannot_be_retried(in_memory: InMemory, record: PipelineRecord) -> None:
    execution = in_memory.start(record)

    assert refusal(retry, in_memory, execution, stage="Nowhere")[0] == "StageNotFoundException"


def test_a_stopped_stage_is_retried(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded()}
    execution = in_memory.start(record)
    interventions.stop(in_memory.engine, record, execution, abandon=True, reason="")

    retry(in_memory, execution)

    assert execution.status == "InProgress"


def test_a_stage_that_was_stopped_before_anything_failed_is_retried(in_memory: InMemory) -> None:
    stage = [action("Build"), action("After", runOrder=2)]
    record = in_memory.record(declaration(("Commit", stage)))
    execution = in_memory.start(record)
    interventions.stop(in_memory.engine, record, execution, abandon=False, reason="")
    in_memory.engine.end(record, run_of(execution, "Build"), Succeeded())
    in_memory.performed.clear()

    retry(in_memory, execution)

    assert in_memory.performed == [("After", "")]


def test_a_failed_action_is_retried_while_others_still_run(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Lint": NO}
    execution = in_memory.start(record)
    in_memory.performed.clear()

    retry(in_memory, execution)

    assert in_memory.performed == [("Lint", "")]


def test_all_actions_are_not_retried_while_some_still_run(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Lint": NO}
    execution = in_memory.start(record)

    assert refusal(retry, in_memory, execution, "ALL_ACTIONS") == (
        "ConflictException",
        "Not all actions can be retried while some are in progress: Build",
    )


def test_the_actions_in_progress_are_all_named(in_memory: InMemory) -> None:
    record = in_memory.record(declaration(("Commit", [action("Build"), action("Lint"), action("Test")])))
    in_memory.outcomes = {"Lint": NO}
    execution = in_memory.start(record)

    assert refusal(retry, in_memory, execution, "ALL_ACTIONS")[1].endswith("in progress: Build, Test")


@pytest.mark.parametrize("outcomes", [{}, {"Source": Succeeded(), "Build": Succeeded(), "Lint": Succeeded()}])
def test_a_stage_in_which_nothing_failed_is_not_retried(
    in_memory: InMemory, record: PipelineRecord, outcomes: dict[str, Any]
) -> None:
    in_memory.outcomes = {"Source": Succeeded()} | outcomes
    execution = in_memory.start(record)

    assert refusal(retry, in_memory, execution) == (
        "StageNotRetryableException",
        "There is nothing to retry in stage 'Commit': none of its actions failed",
    )


def test_only_the_stage_that_failed_is_retried(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": NO}
    execution = in_memory.start(record)

    assert refusal(retry, in_memory, execution, stage="Source")[0] == "StageNotRetryableException"


def test_only_the_latest_execution_of_a_stage_is_retried(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": NO}
    execution = in_memory.start(record)
    in_memory.start(record)

    for execution_id in (execution.id, "other"):
        assert refusal(retry, in_memory, execution_id, stage="Source") == (
            "NotLatestPipelineExecutionException",
            f"The execution {execution_id} is not the latest one in stage 'Source'",
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["stages"][1]["actions"].append(action("New")),
        lambda document: document["stages"][1]["actions"].reverse(),
        lambda document: document["stages"].append({"name": "New", "actions": [action("Deploy")]}),
        lambda document: document["stages"][0].update(name="Start"),
    ],
    ids=["an action more", "another order", "a stage more", "another name"],
)
def test_a_stage_of_another_structure_is_not_retried(
    in_memory: InMemory, record: PipelineRecord, change: Callable[[dict[str, Any]], object]
) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": NO}
    execution = in_memory.start(record)
    document = dict(Pipeline.from_document(record.pipeline.document, REGION).document)
    change(document)
    record.adopt(Pipeline.from_document(document, REGION, 2), 3)

    assert refusal(retry, in_memory, execution) == (
        "StageNotRetryableException",
        (
            f"The structure of the pipeline has changed since the execution {execution.id} was in stage 'Commit';"
            " release the change again"
        ),
    )


def test_a_stage_of_the_same_structure_is_retried_by_its_newer_declaration(
    in_memory: InMemory, record: PipelineRecord
) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": Succeeded(), "Lint": NO}
    execution = in_memory.start(record)
    record.adopt(Pipeline.from_document(record.pipeline.document, REGION, 2), 3)

    retry(in_memory, execution)

    assert execution.pipeline.version == 2


def switch(in_memory: InMemory, operation: Any, stage: str, way: str, **more: str) -> None:
    in_memory.schedule.time = 1007
    operation(in_memory.engine, CALLER, {"pipelineName": "p", "stageName": stage, "transitionType": way, **more})


CLOSED = Transition(enabled=False, changed_by=CALLER.arn, changed_at=1007, reason="not today")
OPENED = Transition(enabled=True, changed_by=CALLER.arn, changed_at=1007, reason="")
UNTOUCHED = Transition()


@pytest.mark.parametrize(
    ("stage", "way", "transitions"),
    [
        ("Source", "Inbound", [CLOSED, UNTOUCHED]),
        ("Commit", "Inbound", [UNTOUCHED, CLOSED]),
        ("Source", "Outbound", [UNTOUCHED, CLOSED]),
        ("Commit", "Outbound", [UNTOUCHED, UNTOUCHED]),
    ],
)
def test_the_way_into_a_stage_or_out_of_it_is_closed(
    in_memory: InMemory, record: PipelineRecord, stage: str, way: str, transitions: list[Transition]
) -> None:
    switch(in_memory, stages.disable, stage, way, reason="not today")

    assert [each.transition for each in record.stages.values()] == transitions


def test_the_way_into_a_stage_is_opened_and_who_waits_goes_on(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded()}
    switch(in_memory, stages.disable, "Commit", "Inbound", reason="not today")
    execution = in_memory.start(record)

    switch(in_memory, stages.enable, "Commit", "Inbound")

    assert (record.stages["Commit"].transition, record.stages["Commit"].holders) == (OPENED, [execution.id])


def test_the_way_into_a_stage_that_is_missing_cannot_be_closed(in_memory: InMemory, record: PipelineRecord) -> None:
    assert refusal(switch, in_memory, stages.disable, "Nowhere", "Inbound", reason="x")[0] == "StageNotFoundException"
    assert record.stages["Source"].transition == UNTOUCHED
