"""The function that answers for another one: Lambda gives it the record of an invocation that broke.

A function that ran out of memory or time cannot answer its job, and the action would wait for it; this one answers.
It stands in the template as it is, since it must not break with the bundle that it watches: it needs nothing but
Lambda's own runtime, and has at most 4096 characters.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

LIMIT = 5000
_PROMPT = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=2, read_timeout=4)
"""It answers or gives up within its minute; then Lambda tries it again, twice."""
_JOB_IS_OVER = {"JobNotFoundException", "InvalidJobStateException"}
_TIMEOUT = "ran until Lambda ended it at its timeout; let the action do less, or raise the function's timeout"
_MEMORY = "was killed, most likely because it ran out of memory; raise the setting memory"
_CRASH = "ended before it had answered; its log has the last lines"
_AGE = "was not started in time; look at the concurrency that the account leaves to it, and retry the stage"


@dataclass(frozen=True)
class LostJob:
    """A job whose function broke: its ID, the name of the function, Lambda's condition, and the error it saw."""

    id: str
    function: str
    condition: str
    error: str

    @classmethod
    def from_record(cls, record: Any) -> LostJob:  # noqa: ANN401 - any JSON
        """Read an on-failure record.

        Raises:
            ValueError: it is not about a job. The message shows nothing of the record, which carries the job's keys.
        """
        try:
            context, response = record["requestContext"], record.get("responsePayload") or {}
            words = [response[key] for key in ("errorType", "errorMessage") if response.get(key)]
            return cls(
                id=record["requestPayload"]["CodePipeline.job"]["id"],
                function=context["functionArn"].split(":")[6],
                condition=context["condition"],
                error=": ".join(words),
            )
        except (KeyError, TypeError, AttributeError, IndexError):
            raise ValueError("This is not Lambda's record of a CodePipeline job that failed") from None

    @property
    def message(self) -> str:
        """What the user of the pipeline reads."""
        reason = f" (Lambda says: {self.error})" if self.error else ""
        return f"The function {self.function} {self._ending()}{reason}"

    def _ending(self) -> str:
        if self.condition == "EventAgeExceeded":
            return _AGE
        if "timed out" in self.error.lower():
            return _TIMEOUT
        if "OutOfMemory" in self.error or "signal: killed" in self.error:
            return _MEMORY
        return _CRASH


def handler(record: Any, _context: object) -> None:  # noqa: ANN401 - any JSON
    """Fail the lost job; where that cannot be done this raises, and Lambda tries again."""
    lost = LostJob.from_record(record)
    print(f"Job {lost.id}: lost: {lost.message}", flush=True)
    codepipeline = boto3.client("codepipeline", config=_PROMPT)
    try:
        codepipeline.put_job_failure_result(
            jobId=lost.id, failureDetails={"type": "JobFailed", "message": lost.message[:LIMIT]}
        )
    except codepipeline.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in _JOB_IS_OVER:
            raise
        print(f"Job {lost.id}: is over: {error}", flush=True)
