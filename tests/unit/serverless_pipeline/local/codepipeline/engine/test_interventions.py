"""What people do to executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from tests.support.engine import REGION, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import Execution

NO = Failed("JobFailed", "no")


def statuses(execution: Execution) -> dict[str, str]:
    return {run.action.name: str(run.status) for run in execution.runs.values()}


def side_by_side() -> dict[str, Any]:
    """A pipeline of one stage: two actions side by side, a third one after them."""
    return declaration(("Commit", [action("Left"), action("Right"), action("After", runOrder=2)]))


def stop(
    in_memory: InMemory,
    record: PipelineRecord,
    execution: Execution,
    *,
    abandon: bool = False,
    reason: str = "lunch",
) -> None:
    interventions.stop(in_memory.engine, record, execution, abandon=abandon, reason=reason)


def test_a_stop_waits_for_what_runs_and_starts_nothing_more(in_memory: InMemory) -> None:
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)

    stop(in_memory, record, execution)
    stopping = (execution.status, record.stages["Commit"].status)
    in_memory.engine.end(record, run_of(execution, "Left"), Succeeded())
    in_memory.engine.end(record, run_of(execution, "Right"), Succeeded())

    assert stopping == ("Stopping", "Stopping")
    assert (execution.stop_requested, execution.stop_reason) == (True, "lunch")
    assert (execution.status, record.stages["Commit"].status, record.stages["Commit"].holders) == (
        "Stopped",
        "Stopped",
        [],
    )
    assert statuses(execution) == {"Left": "Succeeded", "Right": "Succeeded"}


def test_an_execution_that_is_stopped_in_a_stage_does_not_enter_the_next(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    stop(in_memory, record, execution)
    in_memory.schedule.time = 1005

    in_memory.engine.end(record, run_of(execution, "Source"), Succeeded())

    assert (execution.status, execution.updated, execution.succeeded_stages) == ("Stopped", 1005, {"Source"})
    assert record.stages["Commit"].latest == ""


def test_a_stop_that_abandons_ends_the_execution_at_once(in_memory: InMemory) -> None:
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)
    in_memory.engine.end(record, run_of(execution, "Left"), Succeeded())
    in_memory.schedule.time = 1005

    stop(in_memory, record, execution, abandon=True)

    assert (execution.status, record.stages["Commit"].status) == ("Stopped", "Stopped")
    assert statuses(execution) == {"Left": "Succeeded", "Right": "Abandoned"}
    assert (run_of(execution, "Left").updated, run_of(execution, "Right").updated) == (1000, 1005)
    assert record.latest_runs["Commit", "Right"].status == "Abandoned"
    assert in_memory.schedule.timers == {}


def test_a_stop_may_abandon_what_an_earlier_one_waits_for(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    stop(in_memory, record, execution)

    stop(in_memory, record, execution, abandon=True, reason="now")

    assert (execution.status, execution.stop_reason) == ("Stopped", "now")


def test_a_second_stop_that_waits_is_refused(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    stop(in_memory, record, execution)

    with pytest.raises(Refusal) as refused:
        stop(in_memory, record, execution)

    assert (refused.value.code, refused.value.message) == (
        "DuplicatedStopRequestException",
        f"The execution {execution.id} is being stopped already",
    )


@pytest.mark.parametrize("abandon", [False, True])
def test_an_execution_that_is_over_cannot_be_stopped(in_memory: InMemory, *, abandon: bool) -> None:
    in_memory.outcomes = {"Source": NO}
    record = in_memory.record()
    execution = in_memory.start(record)

    with pytest.raises(Refusal) as refused:
        stop(in_memory, record, execution, abandon=abandon)

    assert (refused.value.code, refused.value.message) == (
        "PipelineExecutionNotStoppableException",
        f"The execution {execution.id} is Failed and cannot be stopped",
    )
    assert execution.stop_requested is False


def test_an_execution_that_waits_before_a_stage_is_stopped_there(in_memory: InMemory) -> None:
    record = in_memory.record()
    first = in_memory.start(record)
    second = in_memory.start(record)
    in_memory.schedule.time = 1005

    stop(in_memory, record, second)

    assert (second.status, second.updated, second.runs) == ("Stopped", 1005, {})
    stage = record.stages["Source"]
    assert (stage.waiting, stage.holders, stage.status) == ([], [first.id], "InProgress")


def test_a_retry_runs_what_failed_again_and_nothing_else(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Left": Succeeded(), "Right": NO}
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)
    right = run_of(execution, "Right")
    in_memory.outcomes = {}

    interventions.retry(in_memory.engine, record, execution, everything=False)
    in_memory.schedule.run()

    stage = record.stages["Commit"]
    assert (execution.status, stage.status, stage.holders, stage.retries) == (
        "InProgress",
        "InProgress",
        [execution.id],
        1,
    )
    assert in_memory.performed == [("Left", ""), ("Right", ""), ("Right", "")]
    assert run_of(execution, "Right").id != right.id
    assert execution.runs[right.id].status == "Failed"


def test_a_retry_of_everything_runs_the_whole_stage_again(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Left": Succeeded(), "Right": NO}
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)

    interventions.retry(in_memory.engine, record, execution, everything=True)
    in_memory.schedule.run()

    assert in_memory.performed == [("Left", ""), ("Right", ""), ("Left", ""), ("Right", "")]


def test_a_retry_leaves_alone_what_still_runs(in_memory: InMemory) -> None:
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)
    in_memory.engine.end(record, run_of(execution, "Right"), NO)

    interventions.retry(in_memory.engine, record, execution, everything=False)
    in_memory.schedule.run()

    assert in_memory.performed == [("Left", ""), ("Right", ""), ("Right", "")]


def test_each_retry_of_a_stage_counts(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Left": NO, "Right": Succeeded()}
    record = in_memory.record(side_by_side())
    execution = in_memory.start(record)

    for _ in "ab":
        interventions.retry(in_memory.engine, record, execution, everything=False)
        in_memory.schedule.run()

    assert record.stages["Commit"].retries == 2


def test_a_retry_takes_the_current_declaration(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": NO}
    record = in_memory.record()
    execution = in_memory.start(record)
    source = action("Source", "Source", "S3", configuration={"S3ObjectKey": "new"})
    record.adopt(Pipeline.from_document(declaration(("Source", [source])), REGION, 2), 3)

    interventions.retry(in_memory.engine, record, execution, everything=False)

    assert execution.pipeline is record.pipeline
    assert run_of(execution, "Source").action.configuration == {"S3ObjectKey": "new"}


def test_a_stopped_execution_that_is_retried_goes_on(in_memory: InMemory) -> None:
    record = in_memory.record()
    execution = in_memory.start(record)
    stop(in_memory, record, execution, abandon=True)

    interventions.retry(in_memory.engine, record, execution, everything=False)
    in_memory.engine.end(record, run_of(execution, "Source"), Succeeded())

    assert (execution.stop_requested, execution.stop_reason) == (False, "")
    assert (execution.status, execution.stage.name) == ("InProgress", "Commit")


def test_the_way_into_a_stage_is_closed_for_who_comes_and_opened_for_who_waits(in_memory: InMemory) -> None:
    record = in_memory.record()
    closed, opened = Transition(enabled=False, reason="not today"), Transition(changed_by="ada")
    interventions.switch(in_memory.engine, record, "Source", closed)
    execution = in_memory.start(record)
    waiting = list(record.stages["Source"].waiting)

    interventions.switch(in_memory.engine, record, "Source", opened)

    assert waiting == [execution.id]
    assert (record.stages["Source"].transition, record.stages["Commit"].transition) == (opened, Transition())
    assert record.stages["Source"].holders == [execution.id]


def test_a_cancelled_pipeline_ends_everything_that_runs_or_waits(in_memory: InMemory) -> None:
    record = in_memory.record()
    first = in_memory.start(record)
    second = in_memory.start(record)
    in_memory.job(run_of(first, "Source"))
    in_memory.schedule.time = 1005

    interventions.cancel(in_memory.engine, record, "The pipeline was updated")

    for execution in (first, second):
        assert (execution.status, execution.status_summary, execution.updated) == (
            "Cancelled",
            "The pipeline was updated",
            1005,
        )
    stage = record.stages["Source"]
    assert (stage.status, stage.holders, stage.waiting) == ("Cancelled", [], [])
    assert statuses(first) == {"Source": "Abandoned"}
    assert (in_memory.store.jobs, in_memory.schedule.timers) == ({}, {})


def test_what_is_over_stays_as_it_was_when_a_pipeline_is_cancelled(in_memory: InMemory) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Build": NO}
    record = in_memory.record()
    execution = in_memory.start(record)
    in_memory.job(run_of(execution, "Build"))

    interventions.cancel(in_memory.engine, record, "The pipeline was deleted")

    assert (execution.status, execution.status_summary) == ("Failed", "")
    assert {name: stage.status for name, stage in record.stages.items()} == {"Source": "Succeeded", "Commit": "Failed"}
    assert in_memory.store.jobs == {}


def test_a_reset_forgets_every_pipeline(in_memory: InMemory) -> None:
    record = in_memory.record()
    in_memory.record(declaration(name="q"))
    execution = in_memory.start(record)
    in_memory.job(run_of(execution, "Source"))

    interventions.reset(in_memory.engine)

    assert (in_memory.store.pipelines, in_memory.store.jobs) == ({}, {})
    assert (execution.status, execution.status_summary) == ("Cancelled", "The embedded AWS was reset")
