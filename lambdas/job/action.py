"""The edge of every function: an event comes in, the handler works on its job, CodePipeline gets one answer."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.job import clients
from lambdas.job.answer import report
from lambdas.job.attempts import Attempt
from lambdas.job.context import Context, deadline
from lambdas.job.ending import Continued, Failed, JobError, Outcome, Succeeded
from lambdas.job.job import Job
from lambdas.job.refusal import explain

Handler = Callable[[Job], Outcome]
Event = Mapping[str, Any]

_LAST_SECONDS = 1.0
_REMEMBERED = 1000


def action(handler: Handler) -> Callable[[Event, Context], None]:
    """Make a Lambda handler of a function from job to outcome.

    Once there is a job it raises only where the job could not be answered: then Lambda, which tries no job again,
    hands it to the function that reports lost ones.

    Lambda delivers an event at least once. A job that was answered here before is let go; in another environment nobody
    knows of it, and there CodePipeline refuses an answer that differs from the first.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
    """
    history: deque[str] = deque(maxlen=_REMEMBERED)

    def entry(event: Event, context: Context) -> None:
        job = Job.from_event(event, deadline(context))
        if job.id in history:
            print(f"Job {job.id}: was answered before; Lambda delivered it twice", flush=True)
            return
        print(f"Job {job.id}: {handler.__module__} began", flush=True)
        outcome = attempt(handler, job)
        print(f"Job {job.id}: {_words(outcome)}", flush=True)
        report(clients.codepipeline(), job.id, outcome, deadline(context, _LAST_SECONDS))
        history.append(job.id)

    return entry


def attempt(handler: Handler, job: Job) -> Outcome:
    """What the handler does of a job, as the outcome for the action; whatever it raises is a failure.

    A failure may go on in another attempt, but not one to read the attempts themselves.
    """
    this = Attempt(job)
    try:
        this = Attempt.from_job(job)
        outcome = handler(this.job)
    except JobError as error:
        outcome = Failed(str(error), error.type)
    except (BotoCoreError, ClientError) as error:
        traceback.print_exc()
        outcome = explain(error)
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
