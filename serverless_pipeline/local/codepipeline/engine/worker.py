"""Performing one action: resolve its configuration, act as its role, open a job if the provider takes one, start it."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.model.jobs import Job
from serverless_pipeline.local.codepipeline.providers import invoke_lambda
from serverless_pipeline.local.codepipeline.providers.work import Failed, Work
from serverless_pipeline.local.iam import roles

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import ActionRun, Execution
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord, Store
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Timing
    from serverless_pipeline.local.iam.roles import Credentials

_logger = logging.getLogger("codepipeline")


class _AbandonedError(Exception):
    """Nobody waits for the action any more, so no job is opened."""


@dataclass(frozen=True)
class Worker:
    """Where actions are performed; `perform` blocks, so it belongs on a thread of its own."""

    store: Store
    endpoint_url: str
    timing: Timing

    def perform(self, record: PipelineRecord, execution: Execution, run: ActionRun, continuation: str) -> Outcome:
        """Start the action, or go on with it; whatever goes wrong becomes words on the action."""
        try:
            return self._start(record, execution, run, continuation)
        except _AbandonedError:
            return Failed("JobFailed", "The action was abandoned before it started")
        except variables.UnresolvedError as error:
            return Failed("ConfigurationError", str(error))
        except roles.NotAssumableError as error:
            return Failed("PermissionError", str(error))
        except Exception as error:
            _logger.exception("The action %s of %s crashed", run.action.name, record.arn)
            return Failed("JobFailed", f"The embedded AWS could not run the action, see its log: {error!r}")

    def _start(self, record: PipelineRecord, execution: Execution, run: ActionRun, continuation: str) -> Outcome:
        provider = providers.find(run.action.type)
        if provider is None:
            raise LookupError(run.action.type)
        resolved = self._resolve(execution, run)
        work = Work(
            scope=record.scope,
            pipeline=execution.pipeline.name,
            run=resolved,
            credentials=self._credentials(record, execution, resolved),
            timing=self.timing,
            key_id=execution.pipeline.store(run.action).key_id,
            continuation=continuation,
            override=execution.overrides.get(run.action.name, {}),
        )
        return provider.start(self._with_job(execution, work) if provider.takes_jobs else work)

    def _resolve(self, execution: Execution, run: ActionRun) -> ActionRun:
        """The run with its variables replaced, as they are when it starts."""
        if run.resolved:
            return run
        with self.store.lock:
            resolved = variables.resolve(run.action.configuration, execution.scopes())
            found = replace(execution.runs[run.id], resolved=resolved)
            execution.put(found)
        return found

    def _credentials(self, record: PipelineRecord, execution: Execution, run: ActionRun) -> Credentials:
        pipeline = execution.pipeline
        credentials = roles.assume(record.scope, pipeline.name, pipeline.role, self.endpoint_url)
        return roles.assume_for_action(credentials, run.action.role) if run.action.role else credentials

    def _with_job(self, execution: Execution, work: Work) -> Work:
        """The work with a job that can be answered from now on: an answer may be quicker than the invocation."""
        job = Job(
            id=str(uuid.uuid4()),
            scope=work.scope,
            pipeline=work.pipeline,
            execution_id=work.run.execution_id,
            run_id=work.run.id,
            data=invoke_lambda.job_data(work),
        )
        with self.store.lock:
            if not execution.runs[work.run.id].is_running:
                raise _AbandonedError
            self.store.jobs[job.id] = job
        return replace(work, job=job)
