"""The engine: stages in series, groups of one run order in series, the actions of a group in parallel.

A stage belongs to one execution at a time. The next one waits before it, and is superseded by a newer one.
https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.engine import flow
from serverless_pipeline.local.codepipeline.engine.runner import Runner
from serverless_pipeline.local.codepipeline.model.execution import Execution, ExecutionStatus, StageStatus
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.worker import Worker
    from serverless_pipeline.local.codepipeline.model.execution import ActionRun, Trigger
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, StageRecord, Store, Transition


class Engine:
    """Moves executions through their pipelines."""

    def __init__(self, store: Store, worker: Worker) -> None:
        self.store = store
        self.runner = Runner(store, worker, self._advance)

    def start(
        self,
        record: PipelineRecord,
        trigger: Trigger,
        *,
        variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, dict[str, str]] | None = None,
    ) -> Execution:
        """Release a change: a new execution, which waits before the first stage if another one is in it."""
        with self.store.lock:
            now = time.time()
            execution = Execution(
                str(uuid.uuid4()), record.pipeline, trigger, now, now, overrides=dict(overrides or {})
            )
            record.executions[execution.id] = execution
            missing = execution.assign(variables or {})
            if missing:
                summary = f"Values for required variables haven't been provided: {','.join(missing)}"
                _finish(execution, ExecutionStatus.FAILED, summary)
            else:
                self._arrive(record, execution)
            return execution

    def stop(self, record: PipelineRecord, execution: Execution, *, abandon: bool, reason: str) -> None:
        """Start nothing more; what runs ends by itself, or is abandoned.

        Raises:
            Refusal: the execution is over, or its stop was asked for before.
        """
        with self.store.lock:
            _check_stop(execution, abandon=abandon)
            execution.stop_asked, execution.stop_reason = True, reason
            stage = record.stages[execution.stage.name]
            if stage.waiting == execution.id:
                stage.waiting = ""
                _finish(execution, ExecutionStatus.STOPPED)
                return
            execution.status, stage.status = ExecutionStatus.STOPPING, StageStatus.STOPPING
            if abandon:
                self.runner.abandon(record, execution)
            self._advance(record, execution)

    def retry(self, record: PipelineRecord, execution: Execution, *, everything: bool) -> None:
        """Run the failed actions of the execution's stage again, or all of them, by the current declaration."""
        with self.store.lock:
            kept = {} if everything else {name: run for name, run in execution.attempt.items() if not run.is_undone}
            execution.pipeline, execution.attempt = record.pipeline, kept
            execution.status, execution.stop_asked, execution.stop_reason = ExecutionStatus.IN_PROGRESS, False, ""
            stage = record.stages[execution.stage.name]
            stage.holder, stage.status = execution.id, StageStatus.IN_PROGRESS
            stage.retries += 1
            self._advance(record, execution)

    def decide(self, record: PipelineRecord, run: ActionRun, *, approved: bool, summary: str, caller: str) -> float:
        """End an approval; answers when."""
        with self.store.lock:
            rejected = Failed("JobFailed", f"Rejected by {caller}: {summary}", summary=summary)
            outcome = Succeeded(summary=summary) if approved else rejected
            self.runner.end(record, record.executions[run.execution_id], run, outcome, by=caller)
            return time.time()

    def switch(self, record: PipelineRecord, stage_name: str, transition: Transition) -> None:
        """Open or close the way into a stage."""
        with self.store.lock:
            record.stages[stage_name].transition = transition
            self._admit(record, record.stages[stage_name])

    def cancel(self, record: PipelineRecord, summary: str) -> None:
        """End everything that runs, because the pipeline is updated or deleted; its jobs are unknown from now on."""
        with self.store.lock:
            for execution in record.executions.values():
                self.store.forget_jobs(execution_id=execution.id)
                if execution.is_active:
                    self.runner.abandon(record, execution)
                    _finish(execution, ExecutionStatus.CANCELLED, summary)
            for stage in record.stages.values():
                if stage.holder:
                    stage.status = StageStatus.CANCELLED
                stage.holder = stage.waiting = ""

    def reset(self) -> None:
        """Forget everything."""
        with self.store.lock:
            for record in self.store.pipelines.values():
                self.cancel(record, "The embedded AWS was reset")
            self.store.pipelines.clear()

    def _arrive(self, record: PipelineRecord, execution: Execution) -> None:
        """Wait before the stage; who waited there is superseded."""
        stage = record.stages[execution.stage.name]
        if stage.waiting:
            older = record.executions[stage.waiting]
            _finish(older, ExecutionStatus.SUPERSEDED, f"Superseded by the execution {execution.id}")
            self.store.forget_jobs(execution_id=older.id)
        stage.waiting = execution.id
        self._admit(record, stage)

    def _admit(self, record: PipelineRecord, stage: StageRecord) -> None:
        """Let the waiting execution in, if the stage is free and the way is open."""
        if stage.holder or not stage.waiting or not stage.transition.enabled:
            return
        stage.holder = stage.latest = stage.waiting
        stage.waiting, stage.status, stage.retries = "", StageStatus.IN_PROGRESS, 0
        self._advance(record, record.executions[stage.holder])

    def _advance(self, record: PipelineRecord, execution: Execution) -> None:
        """Take the next step of the stage that the execution is in."""
        match flow.step(execution.stage, execution.attempt, stopping=execution.stop_asked):
            case flow.Launch(actions):
                for action in actions:
                    self.runner.launch(record, execution, action)
            case flow.Done(status):
                self._leave(record, execution, status)

    def _leave(self, record: PipelineRecord, execution: Execution, status: StageStatus) -> None:
        """Give the stage back, and go on to the next one or to the end."""
        stage = record.stages[execution.stage.name]
        stage.holder, stage.status = "", status
        if status is StageStatus.SUCCEEDED:
            execution.succeeded_stages.add(execution.stage.name)
        if status is StageStatus.FAILED:
            _finish(execution, ExecutionStatus.FAILED)
        elif execution.stop_asked:
            _finish(execution, ExecutionStatus.STOPPED)
        elif execution.stage_index + 1 == len(execution.pipeline.stages):
            _finish(execution, ExecutionStatus.SUCCEEDED)
        else:
            execution.stage_index += 1
            execution.attempt = {}
            self._arrive(record, execution)
        self._admit(record, stage)


def _check_stop(execution: Execution, *, abandon: bool) -> None:
    if not execution.is_active:
        raise Refusal(
            "PipelineExecutionNotStoppableException",
            f"The execution {execution.id} is {execution.status} and cannot be stopped",
        )
    if execution.stop_asked and not abandon:
        raise Refusal("DuplicatedStopRequestException", f"The execution {execution.id} is being stopped already")


def _finish(execution: Execution, status: ExecutionStatus, summary: str = "") -> None:
    execution.status, execution.status_summary, execution.updated = status, summary, time.time()
