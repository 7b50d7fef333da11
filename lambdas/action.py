"""The edge of every function: an event comes in, the handler works on a job, CodePipeline gets one answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import clients
from botocore.exceptions import BotoCoreError, ClientError
from ending import MESSAGE_LIMIT, Continued, Failed, JobError, Outcome, Succeeded
from job import Job

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient

Handler = Callable[[Job], Outcome]
Event = Mapping[str, Any]

_SUMMARY_LIMIT = 2048
_ENDED = {"JobNotFoundException", "InvalidJobStateException"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class Context(Protocol):
    """What is used of the context object of Lambda."""

    def get_remaining_time_in_millis(self) -> int: ...


def action(handler: Handler) -> Callable[[Event, Context], None]:
    """Make a Lambda handler of a function from job to outcome.

    Once there is a job the handler never raises: Lambda would deliver the job again, though it has been answered.
    """

    def entry(event: Event, context: Context) -> None:
        job = Job.from_event(event, context.get_remaining_time_in_millis() / 1000)
        print(f"Job {job.id}: {handler.__module__} began", flush=True)
        outcome = attempt(handler, job)
        print(f"Job {job.id}: {_words(outcome)}", flush=True)
        report(clients.codepipeline(), job.id, outcome)

    return entry


def attempt(handler: Handler, job: Job) -> Outcome:
    """The outcome of the handler; whatever it raises becomes a failure."""
    try:
        return handler(job)
    except JobError as error:
        return Failed(str(error), error.type)
    except Exception as error:  # noqa: BLE001 - the one place: a job must be answered whatever happened
        traceback.print_exc()
        return _unexpected(error)


def report(codepipeline: CodePipelineClient, job_id: str, outcome: Outcome) -> None:
    """Answer CodePipeline, once; an answer that it refuses is replaced by a failure that says so."""
    try:
        _put(codepipeline, job_id, outcome)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        print(f"Job {job_id}: CodePipeline refused the answer: {error}", flush=True)
        if code not in _ENDED and not isinstance(outcome, Failed):
            report(codepipeline, job_id, Failed(f"CodePipeline refused the answer of the function: {error}"))
    except BotoCoreError as error:
        print(f"Job {job_id}: CodePipeline cannot be reached: {error}", flush=True)


def _put(codepipeline: CodePipelineClient, job_id: str, outcome: Outcome) -> None:
    match outcome:
        case Succeeded(summary, variables):
            codepipeline.put_job_success_result(
                jobId=job_id, executionDetails={"summary": summary[:_SUMMARY_LIMIT]}, outputVariables=dict(variables)
            )
        case Continued(token):
            codepipeline.put_job_success_result(jobId=job_id, continuationToken=token)
        case Failed(message, kind):
            text = message[:MESSAGE_LIMIT] or "The function gave no reason"
            codepipeline.put_job_failure_result(jobId=job_id, failureDetails={"type": kind, "message": text})


def _unexpected(error: Exception) -> Failed:
    if not isinstance(error, ClientError):
        return Failed(f"{type(error).__name__}: {error}")
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    refused = f"AWS refused {error.operation_name}: {message} ({code})"
    return Failed(refused, "PermissionError" if code in _DENIED else "JobFailed")


def _words(outcome: Outcome) -> str:
    match outcome:
        case Succeeded(summary):
            return f"succeeded: {summary}"
        case Continued():
            return "goes on"
        case Failed(message):
            return f"failed: {message}"
