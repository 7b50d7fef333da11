"""`retries=n` in UserParameters: what fails is tried again in a new job, until n attempts were made.

The number of the attempt travels in the continuation token, around the handler's own, which is all the handler sees.
A failure that another attempt would only repeat, a wrong configuration or a missing permission, is final.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lambdas.job import parameters
from lambdas.job.ending import TOKEN_LIMIT, Continued, Failed, JobError, Misconfigured, Outcome, Succeeded, shorten

if TYPE_CHECKING:
    from lambdas.job.job import Job

KEY = "retries"
MOST = 10


@dataclass(frozen=True)
class Attempt:
    """One of the attempts that an action has, counted from 1; without a limit the only one, which nobody counts.

    `job` is what the handler sees: neither its parameters nor its token speak of attempts.
    """

    job: Job
    number: int = 1
    limit: int | None = None

    @classmethod
    def from_job(cls, job: Job) -> Attempt:
        """The attempt that a job is; without a token the first.

        Raises:
            Misconfigured: the limit is none.
            JobError: the token is none that an attempt gave.
        """
        retries, others = parameters.take(job.user_parameters, KEY)
        if retries is None:
            return cls(job)
        limit = _limit(retries)
        number, token = _unwrap(job.continuation_token, limit) if job.continuation_token is not None else (1, None)
        return cls(replace(job, user_parameters=others, continuation_token=token), number, limit)

    def conclude(self, outcome: Outcome) -> Outcome:
        """What the end of the attempt is for the action: its number is told, and a failure may go on in the next."""
        if self.limit is None:
            return outcome
        match outcome:
            case Succeeded(summary):
                return replace(outcome, summary=self._count(summary))
            case Continued(token, summary):
                return _continue(self.number, token, self._count(summary))
            case Failed(message, "JobFailed") if self.number < self.limit:
                return _continue(self.number + 1, None, self._count(message))
            case Failed(message):
                return replace(outcome, message=shorten(self._count(message)))

    def _count(self, words: str) -> str:
        number = f"attempt {self.number} of {self.limit}"
        return f"{number}: {words}" if words else number


def _limit(retries: str) -> int:
    if retries not in map(str, range(1, MOST + 1)):
        raise Misconfigured([f"{KEY} must be a number of attempts from 1 to {MOST}; it is {retries!r}"])
    return int(retries)


def _unwrap(token: str, limit: int) -> tuple[int, str | None]:
    """The number of the attempt, and the handler's own token."""
    try:
        match json.loads(token):
            case {"attempt": int(number), "token": str() | None as own} if 1 <= number <= limit:
                return number, own
    except ValueError:
        pass
    raise JobError(f"The continuation token of the job is none that an attempt with {KEY} gave; retry the stage")


def _continue(number: int, own: str | None, summary: str) -> Continued | Failed:
    token = json.dumps({"attempt": number, "token": own}, ensure_ascii=False, separators=(",", ":"))
    if len(token) > TOKEN_LIMIT:
        return Failed(
            f"The function's continuation token is too long for an action with {KEY}: with the number of the attempt "
            f"it has {len(token)} characters, and CodePipeline takes {TOKEN_LIMIT}"
        )
    return Continued(token, summary)
