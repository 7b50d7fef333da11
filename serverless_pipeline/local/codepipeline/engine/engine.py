"""The cycle of an execution: stages in series, groups of one run order in series, the actions of a group in parallel.

::

    start ─▶ _arrive ─▶ admit ─▶ advance ─▶ _perform ─▶ _settle ─▶ (a timer) ─▶ _expire
                ▲                 │   ▲          ▲         │                       │
                └──── _leave ◀────┘   │      _continue     │                       │
                                      │          ▲         │                       │
                                      │        answer      │                       │
                                      │          ▼         ▼                       ▼
                                      └──────── end ◀──────┴───────────────────────┘

Who may enter a stage depends on the mode of the pipeline, see `admission`.
https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.engine import admission, announcements, flow, results, rollbacks
from serverless_pipeline.local.codepipeline.engine.schedule import Schedule
from serverless_pipeline.local.codepipeline.model import jobs
from serverless_pipeline.local.codepipeline.model.action_run import SERVICE, ActionRun, ActionStatus
from serverless_pipeline.local.codepipeline.model.execution import Execution, ExecutionStatus, StageStatus, Trigger
from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Pending, Succeeded, Timing, Working

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.announcements import Announce
    from serverless_pipeline.local.codepipeline.model.store import StageRecord, Store

Perform = Callable[[PipelineRecord, ActionRun, str], Outcome]
"""Starts an action, or goes on with it by a continuation token; blocks until that is done."""


class Engine:
    """Moves executions through their pipelines."""

    def __init__(
        self,
        store: Store,
        perform: Perform,
        timing: Timing,
        schedule: Schedule | None = None,
        announce: Announce = announcements.unheard,
    ) -> None:
        self.store = store
        self.announce = announce
        self.schedule = schedule or Schedule()
        self._start_action = perform
        self._timing = timing

    def start(
        self,
        record: PipelineRecord,
        trigger: Trigger,
        *,
        variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, dict[str, str]] | None = None,
    ) -> Execution:
        """Release a change: a new execution, which waits before the first stage while another one is in it."""
        with self.store.lock:
            now = self.schedule.now()
            execution = Execution(
                str(uuid.uuid4()), record.pipeline, trigger, now, now, overrides=dict(overrides or {})
            )
            record.executions[execution.id] = execution
            missing = execution.assign(variables or {})
            self.announce(announcements.of_pipeline(record, execution))
            if missing:
                summary = f"Values for required variables haven't been provided: {','.join(missing)}"
                self.finish(record, execution, ExecutionStatus.FAILED, summary)
            else:
                self._arrive(record, execution)
            return execution

    def _arrive(self, record: PipelineRecord, execution: Execution) -> None:
        """Wait before the stage, and enter it when the way is free."""
        stage = record.stages[execution.stage.name]
        if superseded := admission.queue(record, stage, execution.id):
            summary = f"Superseded by the execution {execution.id}"
            self.finish(record, record.executions[superseded], ExecutionStatus.SUPERSEDED, summary)
            self.store.forget_jobs(execution_id=superseded)
        self.admit(record, stage)

    def admit(self, record: PipelineRecord, stage: StageRecord) -> None:
        """Let in who waits, as many as may."""
        while entered := admission.admit(record, stage):
            execution, now = record.executions[entered], self.schedule.now()
            execution.enter(now)
            self.announce(announcements.of_stage(record, execution, StageStatus.IN_PROGRESS, now))
            self.advance(record, execution)

    def answer(self, account: str, job_id: str, result: jobs.Result) -> None:
        """Take the answer to a job; it ends the action or, with a continuation token, lets it go on.

        Raises:
            Refusal: there is no such job, or it was answered otherwise.
        """
        with self.store.lock:
            job = self.store.jobs.get(job_id)
            if job is None or job.account != account:
                raise jobs.unknown(job_id)
            current = self.store.jobs[job_id] = jobs.answer(job, result)
            # The jobs of a deleted pipeline are forgotten with it, so it is there.
            record = self.store.pipelines[job.scope, job.pipeline]
            run = record.executions[job.execution_id].runs[job.run_id]
            if current is job or not run.is_running:
                return
            match result:
                case jobs.Failure(code, message, external_id):
                    self.end(record, run, Failed(code, message, external_id=external_id))
                case jobs.Success(token=""):
                    self.end(record, run, results.from_job(result))
                case jobs.Success():
                    self._continue(record, run, result)

    def _continue(self, record: PipelineRecord, run: ActionRun, success: jobs.Success) -> None:
        """Let the next job carry the token, a little later."""
        record.put(replace(results.report(run, results.from_job(success)), updated=self.schedule.now()))
        # A name of its own: the invocation that this answers may return later, and then arms the run's timer.
        self.schedule.arm(
            f"{run.id} resume", self._timing.continuation, lambda: self._perform(record, run, success.token)
        )

    def end(self, record: PipelineRecord, run: ActionRun, outcome: Succeeded | Failed, by: str = SERVICE) -> None:
        """Remember how a run ended, and let its execution go on."""
        self.schedule.disarm(run.id)
        execution = record.executions[run.execution_id]
        last = replace(results.end(run, outcome), updated=self.schedule.now(), updated_by=by)
        record.put(last)
        if last.condition:
            self._conclude(record, execution, last)
        elif last.status is ActionStatus.SUCCEEDED:
            execution.keep(last)
        self._tell(record, last)
        self.advance(record, execution)

    def _conclude(self, record: PipelineRecord, execution: Execution, rule: ActionRun) -> None:
        """Wait for no other rule of a condition that failed by one."""
        if rule.status is ActionStatus.FAILED:
            for run in execution.running():
                if run.condition == rule.condition:
                    self.abandon(record, run)

    def abandon(self, record: PipelineRecord, run: ActionRun, *, canceled: bool = False) -> None:
        """Wait no longer for a run; its answers are accepted and change nothing."""
        self.schedule.disarm(run.id)
        last = replace(run, status=ActionStatus.ABANDONED, updated=self.schedule.now())
        record.put(last)
        self._tell(record, last, canceled=canceled)

    def finish(self, record: PipelineRecord, execution: Execution, status: ExecutionStatus, summary: str = "") -> None:
        """End an execution, and tell of it."""
        execution.finish(status, self.schedule.now(), summary)
        self.announce(announcements.of_pipeline(record, execution))

    def _tell(self, record: PipelineRecord, run: ActionRun, *, canceled: bool = False) -> None:
        """Tell how a run of an action is; of rules AWS tells nothing."""
        if not run.condition:
            self.announce(announcements.of_action(record, run, canceled=canceled))

    def advance(self, record: PipelineRecord, execution: Execution) -> None:
        """Take the next step of the stage that the execution is in."""
        retried = execution.stage.name in execution.retried_stages
        step = flow.step(
            execution.stage,
            execution.attempt,
            execution.current_checks,
            stopping=execution.stop_requested,
            retried=retried,
        )
        match step:
            case flow.Launch(actions, condition):
                for action in actions:
                    run = execution.begin(action, self.schedule.now(), condition or "")
                    record.put(run)
                    self._tell(record, run)
                    self._perform(record, run, continuation="")
            case flow.Retry():
                self._retry(record, execution)
            case flow.Done(status, rolls_back):
                self._leave(record, execution, status)
                if rolls_back and not execution.target:  # a rollback that fails would come back for ever
                    self._come_back(record, execution)

    def _retry(self, record: PipelineRecord, execution: Execution) -> None:
        """Run the actions of a stage that failed again, once."""
        stage = record.stages[execution.stage.name]
        stage.own_retries, stage.retried_by = stage.own_retries + 1, "AutomatedStageRetry"
        execution.retried_stages.add(execution.stage.name)
        execution.reopen(everything=execution.stage.retry_all)
        self.resume(record, execution)
        self.advance(record, execution)

    def resume(self, record: PipelineRecord, execution: Execution) -> None:
        """Let an execution go on in its stage once more, and tell of it."""
        now = self.schedule.now()
        execution.resume(now)
        self.announce(announcements.of_pipeline(record, execution, resumed=True))
        self.announce(announcements.of_stage(record, execution, StageStatus.IN_PROGRESS, now, resumed=True))

    def _come_back(self, record: PipelineRecord, failed: Execution) -> None:
        """Roll a stage back to the last execution that succeeded in it; there may be none."""
        for target in reversed(record.executions.values()):
            if rollbacks.obstacle(record, failed.stage.name, target) is None:
                self.roll_back(record, failed.stage.name, target, Trigger("AutomatedRollback", failed.id))
                return

    def roll_back(self, record: PipelineRecord, stage: str, target: Execution, trigger: Trigger) -> Execution:
        """Run a stage alone, with what an earlier execution brought to it."""
        execution = rollbacks.execution(record, stage, target, trigger, self.schedule.now())
        record.executions[execution.id] = execution
        self.announce(announcements.of_pipeline(record, execution))
        self._arrive(record, execution)
        return execution

    def _perform(self, record: PipelineRecord, run: ActionRun, continuation: str) -> None:
        """Start an action, or go on with it, on a thread of its own, if it still runs by then."""

        def work() -> None:
            current = record.current(run)
            if current.is_running:
                self._settle(record, run, self._start_action(record, current, continuation))

        self.schedule.spawn(f"codepipeline-{run.action.name}", work)

    def _settle(self, record: PipelineRecord, run: ActionRun, outcome: Outcome) -> None:
        """Take what starting an action came to, unless its job was answered, or it was abandoned, meanwhile."""
        with self.store.lock:
            current = record.current(run)
            if not current.is_running:
                return
            match outcome:
                case Pending():
                    progress = Succeeded(external_id=outcome.external_id, external_url=outcome.external_url)
                    record.put(replace(results.report(current, progress), token=outcome.token or current.token))
                    self.schedule.arm(run.id, outcome.seconds, lambda: self._expire(record, run, outcome.expired))
                case Working(token, progress):
                    record.put(results.report(current, progress))
                    self.schedule.arm(run.id, self._timing.look, lambda: self._perform(record, run, token))
                case _:
                    self.end(record, current, outcome)

    def _expire(self, record: PipelineRecord, run: ActionRun, expired: Failed) -> None:
        """End a run that nobody has ended in time; its jobs are unknown from now on."""
        with self.store.lock:
            if record.current(run).is_running:
                self.store.forget_jobs(run_id=run.id)
                self.end(record, record.current(run), expired)

    def _leave(self, record: PipelineRecord, execution: Execution, status: StageStatus) -> None:
        """Give the stage back, and go on to the next one or to the end."""
        stage = record.stages[execution.stage.name]
        stage.holders.remove(execution.id)
        if stage.latest == execution.id:
            stage.status = status
        self.announce(announcements.of_stage(record, execution, status, self.schedule.now()))
        if status is StageStatus.SUCCEEDED:
            execution.succeeded_stages.add(execution.stage.name)
        if status is StageStatus.FAILED:
            self.finish(record, execution, ExecutionStatus.FAILED)
        elif execution.stop_requested:
            self.finish(record, execution, ExecutionStatus.STOPPED)
        elif execution.target or execution.stage_index + 1 == len(execution.pipeline.stages):
            self.finish(record, execution, ExecutionStatus.SUCCEEDED)
        else:
            execution.stage_index += 1
            execution.attempt = {}
            self._arrive(record, execution)
        self.admit(record, stage)
