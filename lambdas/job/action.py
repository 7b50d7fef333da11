"""The edge of every function: an event comes in, the handler works on a job, CodePipeline gets one answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.job import answered, clients
from lambdas.job.answer import report
from lambdas.job.attempts import retried
from lambdas.job.ending import Continued, Failed, JobError, Outcome, Succeeded
from lambdas.job.job import MARGIN, Job
from lambdas.job.refusal import explain

Handler = Callable[[Job], Outcome]
Event = Mapping[str, Any]

_LAST_SECONDS = 1.0


class Context(Protocol):
    """What is used of the context object of Lambda."""

    def get_remaining_time_in_millis(self) -> int: ...


def action(handler: Handler) -> Callable[[Event, Context], None]:
    """Make a Lambda handler of a function from job to outcome.

    Once there is a job it raises only where the job could not be answered: then Lambda, which tries no job again,
    hands it to the function that reports lost ones. A job that was answered here before is let go.
    """

    def entry(event: Event, context: Context) -> None:
        job = Job.from_event(event, context.get_remaining_time_in_millis() / 1000)
        if job.id in answered.answered():
            print(f"Job {job.id}: was answered before; Lambda delivered it twice", flush=True)
            return
        print(f"Job {job.id}: {handler.__module__} began", flush=True)
        outcome = attempt(retried(partial(attempt, handler)), job)
        print(f"Job {job.id}: {_words(outcome)}", flush=True)
        report(clients.codepipeline(), job.id, outcome, job.deadline + MARGIN - _LAST_SECONDS)
        answered.answered().append(job.id)

    return entry


def attempt(handler: Handler, job: Job) -> Outcome:
    """The outcome of the handler; whatever it raises becomes a failure."""
    try:
        return handler(job)
    except JobError as error:
        return Failed(str(error), error.type)
    except (BotoCoreError, ClientError) as error:
        traceback.print_exc()
        return explain(error)
    except Exception as error:  # noqa: BLE001 - the one place: a job must be answered whatever happened
        traceback.print_exc()
        return Failed(f"{type(error).__name__}: {error}")


def _words(outcome: Outcome) -> str:
    match outcome:
        case Succeeded(summary):
            return f"succeeded: {summary}"
        case Continued(_, summary):
            return f"goes on: {summary}" if summary else "goes on"
        case Failed(message):
            return f"failed: {message}"
