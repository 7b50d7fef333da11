"""The answer to a job: CodePipeline gets one, and gets it again only as long as it does not hear it.

An answer that was heard and is repeated word for word does no harm; one that comes too late is logged and let go.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.job import refusal
from lambdas.job.ending import MESSAGE_LIMIT, Continued, Failed, Outcome, Succeeded, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_codepipeline.type_defs import ExecutionDetailsTypeDef

_SUMMARY_LIMIT = 2048
_JOB_IS_OVER = {"JobNotFoundException", "InvalidJobStateException"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0


class Unanswered(Exception):
    """CodePipeline took no answer; Lambda hands the job to the function that reports lost ones."""


def report(
    codepipeline: CodePipelineClient,
    job_id: str,
    outcome: Outcome,
    until: float,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Answer CodePipeline, once; an answer that it refuses is replaced by a failure that says so.

    A throttled or failing CodePipeline is asked again until `until`, on the clock of `time.monotonic`.

    Raises:
        Unanswered: it refused the failure as well, or could not be reached.
    """
    try:
        _put_until(codepipeline, job_id, outcome, until, sleep)
    except (BotoCoreError, ClientError) as error:
        message = f"CodePipeline did not take the answer of the function: {error}"
        print(f"Job {job_id}: {message}", flush=True)
        if refusal.code(error) in _JOB_IS_OVER:
            return
        if isinstance(outcome, Failed) or refusal.is_passing(error):
            raise Unanswered(message) from None
        report(codepipeline, job_id, Failed(message), until, sleep)


def _put_until(
    codepipeline: CodePipelineClient, job_id: str, outcome: Outcome, until: float, sleep: Callable[[float], None]
) -> None:
    """Put the result, again and again while CodePipeline cannot take it, but not past `until`."""
    pause = _FIRST_PAUSE
    while True:
        try:
            _put(codepipeline, job_id, outcome)
        except (BotoCoreError, ClientError) as error:
            if not refusal.is_passing(error) or time.monotonic() + pause > until:
                raise
            print(f"Job {job_id}: the answer is given again in {pause} s: {error}", flush=True)
        else:
            return
        sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _put(codepipeline: CodePipelineClient, job_id: str, outcome: Outcome) -> None:
    match outcome:
        case Succeeded(summary, variables):
            codepipeline.put_job_success_result(
                jobId=job_id, executionDetails=_details(summary), outputVariables=dict(variables)
            )
        case Continued(token, ""):
            codepipeline.put_job_success_result(jobId=job_id, continuationToken=token)
        case Continued(token, summary):
            codepipeline.put_job_success_result(
                jobId=job_id, continuationToken=token, executionDetails=_details(summary)
            )
        case Failed(message, kind):
            text = message[:MESSAGE_LIMIT] or "The function gave no reason"
            codepipeline.put_job_failure_result(jobId=job_id, failureDetails={"type": kind, "message": text})


def _details(summary: str) -> ExecutionDetailsTypeDef:
    return {"summary": shorten(summary, _SUMMARY_LIMIT)}
