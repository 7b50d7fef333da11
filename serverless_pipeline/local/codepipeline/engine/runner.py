"""Runs of actions, from their launch to their end: on threads, by answers to their jobs, or when their time is over.

Every change happens under the store's lock; what takes time (assuming roles, calling AWS) runs on a thread per action.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.engine import results
from serverless_pipeline.local.codepipeline.engine.timers import Timers
from serverless_pipeline.local.codepipeline.model import jobs
from serverless_pipeline.local.codepipeline.model.execution import ActionRun, ActionStatus, reserve
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending, Succeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.codepipeline.engine.worker import Worker
    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.jobs import Job, Result, Success
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store
    from serverless_pipeline.local.codepipeline.providers.work import Outcome

_AS_THE_SERVICE = "codepipeline.amazonaws.com"


class Runner:
    """Runs actions; tells `advance` each time that one has ended."""

    def __init__(self, store: Store, worker: Worker, advance: Callable[[PipelineRecord, Execution], None]) -> None:
        self._store = store
        self._worker = worker
        self._advance = advance
        self._timers = Timers()

    def launch(self, record: PipelineRecord, execution: Execution, action: Action) -> None:
        """Start an action on a thread of its own."""
        now = time.time()
        run = ActionRun(
            id=str(uuid.uuid4()),
            execution_id=execution.id,
            stage=execution.stage.name,
            action=action,
            started=now,
            updated=now,
            updated_by=execution.trigger.detail or _AS_THE_SERVICE,
            inputs=tuple(execution.artifacts[name] for name in action.inputs),
            outputs=reserve(execution.pipeline, action),
        )
        _remember(record, execution, run)
        self._perform(record, execution, run)

    def answer(self, account: str, job_id: str, result: Result) -> None:
        """Take the answer to a job; it ends the action or, with a continuation token, lets it go on.

        Raises:
            Refusal: there is no such job, or it was answered otherwise.
        """
        with self._store.lock:
            job = self._store.jobs.get(job_id)
            if job is None or job.account != account:
                raise jobs.unknown(job_id)
            answered = jobs.answer(job, result)
            self._store.jobs[job_id] = answered
            record, execution = self._place(job)
            run = execution.runs[job.run_id]
            if answered is job or not run.is_running:
                return
            match result:
                case jobs.Failure(code, message, external_id):
                    self.end(record, execution, run, Failed(code, message, external_id=external_id))
                case jobs.Success(token="") as success:
                    self.end(record, execution, run, results.of_job(success))
                case jobs.Success() as success:
                    self._continue(record, execution, run, success)

    def end(
        self,
        record: PipelineRecord,
        execution: Execution,
        run: ActionRun,
        outcome: Succeeded | Failed,
        by: str = _AS_THE_SERVICE,
    ) -> None:
        """Note how an action ended, and let the execution go on."""
        self._timers.disarm(run.id)
        ended = replace(results.ended(run, outcome), updated=time.time(), updated_by=by)
        _remember(record, execution, ended)
        if ended.status is ActionStatus.SUCCEEDED:
            execution.keep(ended)
        self._advance(record, execution)

    def abandon(self, record: PipelineRecord, execution: Execution) -> None:
        """Wait no longer for what runs; its answers are accepted and change nothing."""
        for run in execution.running():
            self._timers.disarm(run.id)
            _remember(record, execution, replace(run, status=ActionStatus.ABANDONED, updated=time.time()))

    def _place(self, job: Job) -> tuple[PipelineRecord, Execution]:
        """Where a job belongs; the jobs of a deleted pipeline are forgotten with it, so it is there."""
        record = self._store.pipelines[job.scope, job.pipeline]
        return record, record.executions[job.execution_id]

    def _perform(self, record: PipelineRecord, execution: Execution, run: ActionRun, continuation: str = "") -> None:
        def work() -> None:
            if execution.runs[run.id].is_running:
                outcome = self._worker.perform(record, execution, run, continuation)
                self._settle(record, execution, run.id, outcome)

        threading.Thread(target=work, name=f"codepipeline-{run.action.name}", daemon=True).start()

    def _settle(self, record: PipelineRecord, execution: Execution, run_id: str, outcome: Outcome) -> None:
        """Note what starting an action came to, unless its job was answered, or it was abandoned, meanwhile."""
        with self._store.lock:
            run = execution.runs[run_id]
            if not run.is_running:
                return
            if not isinstance(outcome, Pending):
                self.end(record, execution, run, outcome)
                return
            noted = replace(run, external_id=outcome.external_id or run.external_id, token=outcome.token)
            _remember(record, execution, noted)
            self._timers.arm(run_id, outcome.seconds, lambda: self._expire(record, execution, run_id, outcome.expired))

    def _expire(self, record: PipelineRecord, execution: Execution, run_id: str, expired: Failed) -> None:
        with self._store.lock:
            run = execution.runs[run_id]
            if run.is_running:
                self._store.forget_jobs(run_id=run_id)
                self.end(record, execution, run, expired)

    def _continue(self, record: PipelineRecord, execution: Execution, run: ActionRun, success: Success) -> None:
        """Let the next job carry the token, a little later."""
        _remember(record, execution, replace(results.noted(run, results.of_job(success)), updated=time.time()))

        def resume() -> None:
            with self._store.lock:
                if execution.runs[run.id].is_running:
                    self._perform(record, execution, execution.runs[run.id], success.token)

        # A name of its own: the invocation that this answers may return later, and then arms the run's timer.
        self._timers.arm(f"{run.id} resume", self._worker.timing.continuation, resume)


def _remember(record: PipelineRecord, execution: Execution, run: ActionRun) -> None:
    execution.put(run)
    record.latest_runs[run.stage, run.action.name] = run
