"""What people do to executions: stop them, retry a stage, override a condition, open and close a way, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.engine import announcements
from serverless_pipeline.local.codepipeline.model.conditions import ConditionStatus
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus, StageStatus
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.conditions import ConditionType
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Transition


def stop(engine: Engine, record: PipelineRecord, execution: Execution, *, abandon: bool, reason: str) -> None:
    """Start nothing more; what runs ends by itself, or is abandoned.

    Raises:
        Refusal: the execution is over, or its stop was requested before.
    """
    with engine.store.lock:
        _check_stop(execution, abandon=abandon)
        execution.stop_requested, execution.stop_reason = True, reason
        stage = record.stages[execution.stage.name]
        if execution.id in stage.waiting:
            stage.waiting.remove(execution.id)
            engine.finish(record, execution, ExecutionStatus.STOPPED)
            return
        if execution.status is not ExecutionStatus.STOPPING:
            _begin_stop(engine, record, execution)
        _examine_no_more(engine, record, execution, ConditionStatus.ABANDONED)
        if abandon:
            _abandon(engine, record, execution)
        engine.advance(record, execution)


def _begin_stop(engine: Engine, record: PipelineRecord, execution: Execution) -> None:
    stage, now = record.stages[execution.stage.name], engine.schedule.now()
    execution.status, execution.updated = ExecutionStatus.STOPPING, now
    if stage.latest == execution.id:
        stage.status = StageStatus.STOPPING
    engine.announce(announcements.of_pipeline(record, execution))
    engine.announce(announcements.of_stage(record, execution, StageStatus.STOPPING, now))


def _check_stop(execution: Execution, *, abandon: bool) -> None:
    if not execution.is_active:
        raise Refusal(
            "PipelineExecutionNotStoppableException",
            f"The execution {execution.id} is {execution.status} and cannot be stopped",
        )
    if execution.stop_requested and not abandon:
        raise Refusal("DuplicatedStopRequestException", f"The execution {execution.id} is being stopped already")


def retry(engine: Engine, record: PipelineRecord, execution: Execution, *, everything: bool) -> None:
    """Run the failed actions of the execution's stage again, or all of them, by the current declaration."""
    with engine.store.lock:
        execution.pipeline = record.pipeline
        execution.reopen(everything=everything)
        stage = record.stages[execution.stage.name]
        stage.retries, stage.retried_by = stage.retries + 1, "ManualStageRetry"
        _go_on(engine, record, execution)


def override(engine: Engine, record: PipelineRecord, execution: Execution, kind: ConditionType) -> None:
    """Let a condition of the execution's stage count as met, while it is examined or after it failed."""
    with engine.store.lock:
        for run in execution.running():
            if run.condition == kind:
                engine.abandon(record, run)
        execution.settle(kind, ConditionStatus.OVERRIDDEN, engine.schedule.now())
        _go_on(engine, record, execution)


def _go_on(engine: Engine, record: PipelineRecord, execution: Execution) -> None:
    """Be in progress again, in the stage where it ended."""
    was_over = not execution.is_active
    execution.status, execution.stop_requested, execution.stop_reason = ExecutionStatus.IN_PROGRESS, False, ""
    execution.status_summary = ""
    stage = record.stages[execution.stage.name]
    stage.status = StageStatus.IN_PROGRESS
    if execution.id not in stage.holders:
        stage.holders.append(execution.id)
    if was_over:
        engine.resume(record, execution)
    engine.advance(record, execution)


def switch(engine: Engine, record: PipelineRecord, stage_name: str, transition: Transition) -> None:
    """Open or close the way into a stage."""
    with engine.store.lock:
        record.stages[stage_name].transition = transition
        engine.admit(record, record.stages[stage_name])


def cancel(engine: Engine, record: PipelineRecord, summary: str) -> None:
    """End everything that runs, because the pipeline is updated or deleted; its jobs are unknown from now on."""
    with engine.store.lock:
        for execution in record.executions.values():
            engine.store.forget_jobs(execution_id=execution.id)
            if execution.is_active:
                _examine_no_more(engine, record, execution, ConditionStatus.CANCELLED)
                _abandon(engine, record, execution, canceled=True)
                if execution.id in record.stages[execution.stage.name].holders:
                    now = engine.schedule.now()
                    engine.announce(announcements.of_stage(record, execution, StageStatus.CANCELLED, now))
                engine.finish(record, execution, ExecutionStatus.CANCELLED, summary)
        for stage in record.stages.values():
            if stage.holders:
                stage.status = StageStatus.CANCELLED
            stage.holders.clear()
            stage.waiting.clear()


def reset(engine: Engine) -> None:
    """Forget everything."""
    with engine.store.lock:
        for record in engine.store.pipelines.values():
            cancel(engine, record, "The embedded AWS was reset")
        engine.store.pipelines.clear()
        engine.store.action_types.clear()
        engine.store.webhooks.clear()


def _abandon(engine: Engine, record: PipelineRecord, execution: Execution, *, canceled: bool = False) -> None:
    """Wait no longer for what runs."""
    for run in execution.running():
        engine.abandon(record, run, canceled=canceled)


def _examine_no_more(engine: Engine, record: PipelineRecord, execution: Execution, status: ConditionStatus) -> None:
    """Let the conditions that are being examined end so."""
    for kind, check in execution.current_checks.items():
        if check.status is ConditionStatus.IN_PROGRESS:
            execution.settle(kind, status, engine.schedule.now())
    for run in execution.running():
        if run.condition:
            engine.abandon(record, run)
