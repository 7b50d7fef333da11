"""Who may enter a stage, by the mode of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline.engine import admission
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import Transition
from serverless_pipeline.local.codepipeline.providers.work import Succeeded
from tests.support.engine import declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from tests.support.engine import InMemory


def record_in(in_memory: InMemory, mode: str) -> PipelineRecord:
    return in_memory.record(declaration(executionMode=mode))


@pytest.mark.parametrize(
    ("mode", "inside", "waiting", "superseded"),
    [("SUPERSEDED", [0], [2], {1}), ("QUEUED", [0], [1, 2], set()), ("PARALLEL", [0, 1, 2], [], set())],
)
def test_three_executions_in_each_mode(
    in_memory: InMemory, mode: str, inside: list[int], waiting: list[int], superseded: set[int]
) -> None:
    record = record_in(in_memory, mode)

    executions = [in_memory.start(record) for _ in range(3)]

    stage = record.stages["Source"]
    assert stage.holders == [executions[number].id for number in inside]
    assert stage.waiting == [executions[number].id for number in waiting]
    gone = {number for number, one in enumerate(executions) if one.status is ExecutionStatus.SUPERSEDED}
    assert gone == superseded


def test_a_queue_goes_on_in_its_order(in_memory: InMemory) -> None:
    record = record_in(in_memory, "QUEUED")
    first, second, third = (in_memory.start(record) for _ in range(3))

    in_memory.engine.end(record, run_of(first, "Source"), Succeeded())

    assert (record.stages["Source"].holders, record.stages["Source"].waiting) == ([second.id], [third.id])
    assert record.stages["Commit"].holders == [first.id]


def test_who_goes_side_by_side_waits_before_a_closed_way_together(in_memory: InMemory) -> None:
    record = record_in(in_memory, "PARALLEL")
    record.stages["Source"].transition = Transition(enabled=False)
    executions = [in_memory.start(record).id for _ in range(2)]

    assert record.stages["Source"].waiting == executions
    record.stages["Source"].transition = Transition()
    in_memory.engine.admit(record, record.stages["Source"])

    assert (record.stages["Source"].holders, record.stages["Source"].waiting) == (executions, [])


def test_what_ends_side_by_side_leaves_the_stage_of_the_latest_as_it_is(in_memory: InMemory) -> None:
    record = record_in(in_memory, "PARALLEL")
    first, second = in_memory.start(record), in_memory.start(record)

    in_memory.engine.end(record, run_of(first, "Source"), Succeeded())

    stage = record.stages["Source"]
    assert (stage.holders, stage.latest, stage.status) == ([second.id], second.id, "InProgress")


@pytest.mark.parametrize("mode", ["QUEUED", "PARALLEL"])
def test_as_many_as_may_be_are_under_way(in_memory: InMemory, mode: str) -> None:
    record = record_in(in_memory, mode)
    for _ in range(admission.MOST):
        admission.demand_room(record)
        in_memory.start(record)

    with pytest.raises(Refusal) as refused:
        admission.demand_room(record)

    assert (refused.value.code, refused.value.message) == (
        "ConcurrentPipelineExecutionsLimitExceededException",
        f"The pipeline 'p' has 50 executions in progress, which is the limit in {mode} mode",
    )


def test_where_executions_overtake_each_other_there_is_no_limit(in_memory: InMemory) -> None:
    record = record_in(in_memory, "SUPERSEDED")
    for _ in range(admission.MOST + 1):
        in_memory.start(record)

    admission.demand_room(record)
