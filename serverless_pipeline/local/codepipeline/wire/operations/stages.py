"""Stages: their state, their retry and rollback, their conditions, and the way into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.engine import interventions, rollbacks
from serverless_pipeline.local.codepipeline.model.conditions import ConditionStatus, ConditionType, Consequence
from serverless_pipeline.local.codepipeline.model.declaration import PARALLEL
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus, Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.store import Transition
from serverless_pipeline.local.codepipeline.wire import links, state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Every stage of a pipeline as it is now."""
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["name"])
        types = engine.store.action_types_of(caller.scope)
        return links.add_to_state(state.describe(record), record.pipeline, types)


def retry(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run the failed actions of a stage again, or all of them, in the same execution."""
    everything = request["retryMode"] == "ALL_ACTIONS"
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        index_of(record, request["stageName"])
        execution = _retryable(record, request["stageName"], request["pipelineExecutionId"], everything=everything)
        interventions.retry(engine, record, execution, everything=everything)
    return {"pipelineExecutionId": execution.id}


def override(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Let a condition of a stage count as met."""
    kind, stage_name = ConditionType(request["conditionType"]), request["stageName"]
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        stage = record.pipeline.stages[index_of(record, stage_name)]
        execution = record.executions.get(request["pipelineExecutionId"])
        if execution is None or record.stages[stage_name].latest != execution.id:
            raise _not_latest(request["pipelineExecutionId"], stage_name)
        condition, check = stage.conditions.get(kind), execution.checks.get((stage_name, kind))
        if condition is None or check is None or execution.stage.name != stage_name:
            raise _not_overridable(f"Stage '{stage_name}' has no {kind} condition that was examined")
        if condition.result is Consequence.SKIP:
            raise _not_overridable(f"The {kind} condition of stage '{stage_name}' has the result SKIP")
        if check.status not in (ConditionStatus.IN_PROGRESS, ConditionStatus.FAILED):
            raise _not_overridable(f"The {kind} condition of stage '{stage_name}' is {check.status}")
        interventions.override(engine, record, execution, kind)


def roll_back(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run a stage again with what an earlier execution brought to it."""
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        index_of(record, request["stageName"])
        target = engine.store.execution(caller.scope, request["pipelineName"], request["targetPipelineExecutionId"])
        if refusal := rollbacks.obstacle(record, request["stageName"], target):
            raise refusal
        execution = engine.roll_back(record, request["stageName"], target, Trigger("ManualRollback", caller.arn))
    return {"pipelineExecutionId": execution.id}


def enable(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Open the way into a stage, or out of it; what waits there goes on."""
    _switch(engine, caller, request, Transition(changed_by=caller.arn, changed_at=engine.schedule.now()))


def disable(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """Close the way into a stage, or out of it."""
    closed = Transition(
        enabled=False, changed_by=caller.arn, changed_at=engine.schedule.now(), reason=request["reason"]
    )
    _switch(engine, caller, request, closed)


def index_of(record: PipelineRecord, stage_name: str) -> int:
    """Which stage of a pipeline has this name.

    Raises:
        Refusal: none has.
    """
    index = record.pipeline.index(stage_name)
    if index is None:
        raise Refusal(
            "StageNotFoundException",
            f"Pipeline '{record.pipeline.name}' does not have a stage with name '{stage_name}'",
        )
    return index


def _switch(engine: Engine, caller: Caller, request: Mapping[str, Any], transition: Transition) -> None:
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        index = index_of(record, request["stageName"])
        # The way out of a stage is the way into the next one; the last stage has none.
        if request["transitionType"] == "Outbound":
            index += 1
        if index < len(record.pipeline.stages):
            interventions.switch(engine, record, record.pipeline.stages[index].name, transition)


def _retryable(record: PipelineRecord, stage_name: str, execution_id: str, *, everything: bool) -> Execution:
    """The execution whose stage is to be retried, if AWS would retry it."""
    stage = record.stages[stage_name]
    execution = record.executions.get(execution_id)
    if execution is None or (stage.latest != execution_id and record.pipeline.mode != PARALLEL):
        raise _not_latest(execution_id, stage_name)
    if _outline(execution.pipeline) != _outline(record.pipeline):
        raise Refusal(
            "StageNotRetryableException",
            f"The structure of the pipeline has changed since the execution {execution_id} was in stage"
            f" '{stage_name}'; release the change again",
        )
    retryable = any(run.is_retryable for run in execution.attempt.values())
    failed = execution.status in (ExecutionStatus.FAILED, ExecutionStatus.STOPPED)
    if execution.stage.name != stage_name or not (failed or retryable):
        raise Refusal(
            "StageNotRetryableException",
            f"There is nothing to retry in stage '{stage_name}': none of its actions failed",
        )
    if everything and execution.running():
        names = ", ".join(run.action.name for run in execution.running())
        raise Refusal("ConflictException", f"Not all actions can be retried while some are in progress: {names}")
    return execution


def _not_latest(execution_id: str, stage_name: str) -> Refusal:
    return Refusal(
        "NotLatestPipelineExecutionException",
        f"The execution {execution_id} is not the latest one in stage '{stage_name}'",
    )


def _not_overridable(message: str) -> Refusal:
    return Refusal("ConditionNotOverridableException", message)


def _outline(pipeline: Pipeline) -> list[tuple[str, list[str]]]:
    return [(stage.name, [action.name for action in stage.actions]) for stage in pipeline.stages]
