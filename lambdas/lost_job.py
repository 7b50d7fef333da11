"""The function that answers for another one: Lambda gives it the record of an invocation that broke.

A function that ran out of memory or time cannot answer its job, and the action would wait for it; this one answers.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.job import clients
from lambdas.job.answer import report
from lambdas.job.context import deadline
from lambdas.job.ending import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.job.context import Context

_LAST_SECONDS = 5.0
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
    def from_record(cls, record: Mapping[str, Any]) -> LostJob:
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


def handler(record: Mapping[str, Any], context: Context) -> None:
    """Fail the lost job; where that cannot be done this raises, and Lambda tries again."""
    lost = LostJob.from_record(record)
    print(f"Job {lost.id}: lost: {lost.message}", flush=True)
    report(clients.codepipeline(), lost.id, Failed(lost.message), deadline(context, _LAST_SECONDS))
