"""A stage runs once more, alone, with what an earlier execution brought to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.engine import rollbacks
from serverless_pipeline.local.codepipeline.model.action_run import Artifact
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from tests.support.engine import REGION, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from tests.support.engine import InMemory

BY_HAND = Trigger("ManualRollback", "ada")


def two_stages(**more: Any) -> dict[str, Any]:
    source = action("Source", "Source", "S3", outputArtifacts=[{"name": "In"}], namespace="Source")
    build = action("Build", inputArtifacts=[{"name": "In"}], outputArtifacts=[{"name": "Out"}])
    after = action("After", inputArtifacts=[{"name": "Out"}])
    return declaration(("Source", [source]), ("Commit", [build]), ("Prod", [after]), **more)


def good(in_memory: InMemory, **more: Any) -> tuple[PipelineRecord, Execution]:
    """A pipeline with an execution that succeeded."""
    in_memory.outcomes = {name: Succeeded(variables={"V": "1"}) for name in ("Source", "Build", "After")}
    record = in_memory.record(two_stages(**more))
    return record, in_memory.start(record)


def words(record: PipelineRecord, stage: str, target: Execution) -> tuple[str, str]:
    refusal = rollbacks.obstacle(record, stage, target)
    assert refusal
    return refusal.code, refusal.message


def test_a_stage_runs_alone_with_what_it_had(in_memory: InMemory) -> None:
    record, target = good(in_memory, variables=[{"name": "Who", "defaultValue": "Ada"}])
    in_memory.performed.clear()

    execution = in_memory.engine.roll_back(record, "Commit", target, BY_HAND)
    in_memory.schedule.run()

    assert in_memory.performed == [("Build", "")]
    assert (execution.status, execution.target, execution.trigger) == ("Succeeded", target.id, BY_HAND)
    assert run_of(execution, "Build").inputs == run_of(target, "Build").inputs
    assert run_of(execution, "Build").outputs != run_of(target, "Build").outputs
    assert (execution.variables, execution.namespaces["Source"]) == ({"Who": "Ada"}, {"V": "1"})


def test_an_execution_brings_what_was_made_before_the_stage(in_memory: InMemory) -> None:
    record, target = good(in_memory)

    execution = rollbacks.execution(record, "Prod", target, BY_HAND, 7)

    assert set(execution.artifacts) == {"In", "Out"}
    assert (execution.stage.name, execution.started) == ("Prod", 7)
    assert set(rollbacks.execution(record, "Commit", target, BY_HAND, 7).artifacts) == {"In"}
    assert isinstance(target.artifacts["Out"], Artifact)


def test_what_succeeded_can_be_come_back_to(in_memory: InMemory) -> None:
    record, target = good(in_memory)

    assert rollbacks.obstacle(record, "Prod", target) is None


def test_the_source_stage_cannot_be_rolled_back(in_memory: InMemory) -> None:
    assert words(*swap(good(in_memory), "Source")) == (
        "UnableToRollbackStageException",
        "The stage 'Source' is the source stage, which cannot be rolled back",
    )


def swap(pair: tuple[PipelineRecord, Execution], stage: str) -> tuple[PipelineRecord, str, Execution]:
    return pair[0], stage, pair[1]


def test_a_rollback_is_no_target(in_memory: InMemory) -> None:
    record, target = good(in_memory)
    back = in_memory.engine.roll_back(record, "Prod", target, BY_HAND)
    in_memory.schedule.run()

    assert words(record, "Prod", back) == (
        "UnableToRollbackStageException",
        f"The execution {back.id} is a rollback itself; choose the one that it went back to",
    )


def test_what_did_not_succeed_in_the_stage_is_no_target(in_memory: InMemory) -> None:
    record, _ = good(in_memory)
    in_memory.outcomes["After"] = Failed("JobFailed", "no")
    bad = in_memory.start(record)

    assert words(record, "Prod", bad) == (
        "UnableToRollbackStageException",
        f"The execution {bad.id} did not succeed in stage 'Prod'",
    )


def test_what_ran_in_another_version_is_no_target(in_memory: InMemory) -> None:
    record, target = good(in_memory)
    record.adopt(Pipeline.from_document(two_stages(), REGION, 2), 5)

    code, message = words(record, "Prod", target)

    assert code == "PipelineExecutionOutdatedException"
    assert message.startswith(f"The execution {target.id} ran in version 1 of the pipeline, which has version 2 now")


def test_what_runs_side_by_side_is_not_rolled_back(in_memory: InMemory) -> None:
    assert words(*swap(good(in_memory, executionMode="PARALLEL"), "Prod")) == (
        "UnableToRollbackStageException",
        "Stages of a pipeline in PARALLEL mode cannot be rolled back",
    )


def test_a_stage_that_fails_comes_back_to_the_last_one_that_succeeded_in_it(in_memory: InMemory) -> None:
    document = two_stages()
    document["stages"][2]["onFailure"] = {"result": "ROLLBACK"}
    in_memory.outcomes = {name: Succeeded() for name in ("Source", "Build", "After")}
    record = in_memory.record(document)
    older, target = in_memory.start(record), in_memory.start(record)
    in_memory.outcomes["After"] = Failed("JobFailed", "no")

    failed = in_memory.start(record)

    *_, back = record.executions.values()
    assert (failed.status, back.target, back.stage.name) == ("Failed", target.id, "Prod")
    assert (back.trigger, back.status) == (Trigger("AutomatedRollback", failed.id), "Failed")
    assert len(record.executions) == 4
    assert older.status == "Succeeded"


def test_there_may_be_nothing_to_come_back_to(in_memory: InMemory) -> None:
    document = two_stages()
    document["stages"][1]["onFailure"] = {"result": "ROLLBACK"}
    in_memory.outcomes = {"Source": Succeeded(), "Build": Failed("JobFailed", "no")}
    record = in_memory.record(document)

    failed = in_memory.start(record)

    assert list(record.executions.values()) == [failed]


def test_a_stage_that_is_not_there_is_a_fault_of_the_caller(in_memory: InMemory) -> None:
    record, target = good(in_memory)

    with pytest.raises(LookupError, match="Nowhere"):
        rollbacks.execution(record, "Nowhere", replace(target), BY_HAND, 1)
