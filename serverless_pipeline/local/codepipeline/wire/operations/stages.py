"""Stages: their state, their retry, and the way into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.execution import StageStatus
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
    if execution is None or stage.latest != execution_id:
        raise Refusal(
            "NotLatestPipelineExecutionException",
            f"The execution {execution_id} is not the latest one in stage '{stage_name}'",
        )
    if _outline(execution.pipeline) != _outline(record.pipeline):
        raise Refusal(
            "StageNotRetryableException",
            f"The structure of the pipeline has changed since the execution {execution_id} was in stage"
            f" '{stage_name}'; release the change again",
        )
    retryable = any(run.is_retryable for run in execution.attempt.values())
    failed = stage.status in (StageStatus.FAILED, StageStatus.STOPPED)
    if execution.stage.name != stage_name or not (failed or retryable):
        raise Refusal(
            "StageNotRetryableException",
            f"There is nothing to retry in stage '{stage_name}': none of its actions failed",
        )
    if everything and execution.running():
        names = ", ".join(run.action.name for run in execution.running())
        raise Refusal("ConflictException", f"Not all actions can be retried while some are in progress: {names}")
    return execution


def _outline(pipeline: Pipeline) -> list[tuple[str, list[str]]]:
    return [(stage.name, [action.name for action in stage.actions]) for stage in pipeline.stages]
