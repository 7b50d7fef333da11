"""Performing one action: resolve its configuration, act as its role, open a job if the provider takes one, start it."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import job_data, results
from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.model.jobs import Job
from serverless_pipeline.local.codepipeline.providers.work import Failed, Work
from serverless_pipeline.local.iam import roles

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Succeeded, Timing
    from serverless_pipeline.local.iam.credentials import Credentials

_logger = logging.getLogger("codepipeline")


class _AbandonedError(Exception):
    """Nobody waits for the action any more, so no job is opened."""


@dataclass(frozen=True)
class Worker:
    """Where actions are performed; `perform` blocks, so it belongs on a thread of its own."""

    store: Store
    endpoint_url: str
    timing: Timing
    clock: Callable[[], float] = time.time

    def perform(self, record: PipelineRecord, run: ActionRun, continuation: str) -> Outcome:
        """Start the action, or go on with it; whatever goes wrong becomes words on the action."""
        try:
            return self._start(record, run, continuation)
        except _AbandonedError:
            return Failed("JobFailed", "The action was abandoned before it started")
        except variables.UnresolvedError as error:
            return Failed("ConfigurationError", str(error))
        except roles.NotAssumableError as error:
            return Failed("PermissionError", str(error))
        except Exception as error:
            _logger.exception("The action %s of %s crashed", run.action.name, record.arn)
            return Failed("JobFailed", f"The embedded AWS could not run the action, see its log: {error!r}")

    def _start(self, record: PipelineRecord, run: ActionRun, continuation: str) -> Outcome:
        provider = providers.available(self.store, record.scope, run.action.type)
        if provider is None:
            raise LookupError(run.action.type)
        minutes = run.action.timeout_minutes or provider.timeout / 60
        if continuation and not provider.takes_jobs and self.clock() > run.started + minutes * 60:
            return Failed("JobFailed", f"The action took longer than the {minutes:.0f} minutes it has")
        execution = record.executions[run.execution_id]
        resolved = self._resolve(execution, run)
        work = Work(
            scope=record.scope,
            pipeline=execution.pipeline.name,
            run=resolved,
            credentials=self._assume(record, execution, resolved),
            timing=self.timing,
            now=self.clock(),
            key_id=execution.pipeline.store(run.action).key_id,
            continuation=continuation,
            override=execution.overrides.get(run.action.name, {}),
            report=lambda progress: self._report(record, run, progress),
        )
        return provider.start(self._open_job(execution, work) if provider.takes_jobs else work)

    def _report(self, record: PipelineRecord, run: ActionRun, progress: Succeeded) -> None:
        """Remember how far a run is, while it runs."""
        with self.store.lock:
            current = record.current(run)
            if current.is_running:
                record.put(results.report(current, progress))

    def _resolve(self, execution: Execution, run: ActionRun) -> ActionRun:
        """The run with its variables replaced, as they are when it starts."""
        if run.resolved_configuration:
            return run
        with self.store.lock:
            configuration = variables.resolve(run.action.configuration, execution.scopes())
            resolved = replace(execution.runs[run.id], resolved_configuration=configuration)
            execution.put(resolved)
        return resolved

    def _assume(self, record: PipelineRecord, execution: Execution, run: ActionRun) -> Credentials:
        """A session of the action's role, or of the pipeline's."""
        credentials = roles.assume(execution.pipeline.role, record.arn, self.endpoint_url)
        return roles.assume_for_action(credentials, run.action.role) if run.action.role else credentials

    def _open_job(self, execution: Execution, work: Work) -> Work:
        """The work with a job that can be answered from now on: an answer may be quicker than the invocation."""
        job = Job(
            id=str(uuid.uuid4()),
            scope=work.scope,
            pipeline=work.pipeline,
            execution_id=work.run.execution_id,
            run_id=work.run.id,
            data=job_data.describe(work),
        )
        with self.store.lock:
            if not execution.runs[work.run.id].is_running:
                raise _AbandonedError
            self.store.jobs[job.id] = job
        return replace(work, job=job)
