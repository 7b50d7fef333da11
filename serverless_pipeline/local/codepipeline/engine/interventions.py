"""What people do to executions: stop them, retry a stage, open and close the way into one, cancel what runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.model.action_run import ActionStatus
from serverless_pipeline.local.codepipeline.model.execution import ExecutionStatus, StageStatus
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.engine.engine import Engine
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
        if stage.waiting == execution.id:
            stage.waiting = ""
            execution.finish(ExecutionStatus.STOPPED, engine.schedule.now())
            return
        execution.status, stage.status = ExecutionStatus.STOPPING, StageStatus.STOPPING
        if abandon:
            _abandon(engine, record, execution)
        engine.advance(record, execution)


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
        runs = {} if everything else {name: run for name, run in execution.attempt.items() if not run.is_retryable}
        execution.pipeline, execution.attempt = record.pipeline, runs
        execution.status, execution.stop_requested, execution.stop_reason = ExecutionStatus.IN_PROGRESS, False, ""
        stage = record.stages[execution.stage.name]
        stage.holder, stage.status = execution.id, StageStatus.IN_PROGRESS
        stage.retries += 1
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
                _abandon(engine, record, execution)
                execution.finish(ExecutionStatus.CANCELLED, engine.schedule.now(), summary)
        for stage in record.stages.values():
            if stage.holder:
                stage.status = StageStatus.CANCELLED
            stage.holder = stage.waiting = ""


def reset(engine: Engine) -> None:
    """Forget everything."""
    with engine.store.lock:
        for record in engine.store.pipelines.values():
            cancel(engine, record, "The embedded AWS was reset")
        engine.store.pipelines.clear()
        engine.store.action_types.clear()
        engine.store.webhooks.clear()


def _abandon(engine: Engine, record: PipelineRecord, execution: Execution) -> None:
    """Wait no longer for what runs; its answers are accepted and change nothing."""
    for run in execution.running():
        engine.schedule.disarm(run.id)
        record.put(replace(run, status=ActionStatus.ABANDONED, updated=engine.schedule.now()))
