"""The edge of every function: an event comes in, the handler works on its job, CodePipeline gets one answer."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.execution import storage, traces
from lambdas.job import claim, clients, shortage
from lambdas.job.answer import report
from lambdas.job.attempts import Attempt
from lambdas.job.context import Context, deadline
from lambdas.job.ending import Continued, Failed, JobError, Outcome, Succeeded
from lambdas.job.job import Job
from lambdas.job.refusal import RETRY, explain

Handler = Callable[[Job], Outcome]
Event = Mapping[str, Any]

_AFTER = "this execution environment ends, and Lambda starts another one for the next job"
_LAST_SECONDS = 1.0


def action(handler: Handler) -> Callable[[Event, Context], None]:
    """Make a Lambda handler of a function from job to outcome.

    Once there is a job it raises only where the job could not be answered: then Lambda, which tries no job again,
    hands it to the function that reports lost ones.

    After the answer nothing of the job is left here, or the process ends; see `lambdas.execution.traces`.

    Lambda delivers an event at least once. A job that somebody else has claimed is let go; see `lambdas.job.claim`.
    """

    def entry(event: Event, context: Context) -> None:
        job = Job.from_event(event, deadline(context))
        print(f"Job {job.id}: {handler.__module__} began", flush=True)
        traces.HERE.begin(os.environ)
        try:
            with storage.postponed():
                outcome = attempt(handler, job)
                print(f"Job {job.id}: {_words(outcome)}", flush=True)
                report(clients.codepipeline(), job.id, outcome, deadline(context, _LAST_SECONDS))
        except claim.Taken as reason:
            print(f"Job {job.id}: {reason}", flush=True)
        finally:
            _leave_clean(job.id)

    return entry


def _leave_clean(job_id: str) -> None:
    """Leave nothing of a job to the next one, or end the process."""
    traces.HERE.tidy(os.environ)
    if traces.HERE.faults:
        print(f"Job {job_id}: {_AFTER}: {'; '.join(traces.HERE.faults)}", flush=True)
        traces.end(os.environ)


def _refuse(faults: Sequence[str]) -> Failed:
    """What was left here by an earlier job might change this one."""
    return Failed(f"This execution environment is not clean, and ends; {RETRY}: {'; '.join(faults)}")


def attempt(handler: Handler, job: Job) -> Outcome:
    """What the handler does of a job, as the outcome for the action; whatever it raises is a failure.

    A failure may go on in another attempt, but not one to read the attempts themselves.

    Raises:
        Taken: somebody else works on the job.
    """
    this = Attempt(job)
    try:
        claim.take(job)
        this = Attempt.from_job(job)
        outcome = _refuse(traces.HERE.faults) if traces.HERE.faults else handler(this.job)
    except claim.Taken:
        raise
    except JobError as error:
        outcome = Failed(str(error), error.type)
    except (BotoCoreError, ClientError) as error:
        traceback.print_exc()
        outcome = explain(error)
    except (OSError, MemoryError) as error:
        traceback.print_exc()
        outcome = shortage.explain(error)
    except Exception as error:  # noqa: BLE001 - the one place: a job must be answered whatever happened
        traceback.print_exc()
        outcome = Failed(f"{type(error).__name__}: {error}")
    return this.conclude(outcome)


def _words(outcome: Outcome) -> str:
    match outcome:
        case Succeeded(summary):
            return f"succeeded: {summary}"
        case Continued(_, summary):
            return f"goes on: {summary}" if summary else "goes on"
        case Failed(message):
            return f"failed: {message}"
