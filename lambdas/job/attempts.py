"""`retries=n` in UserParameters: what fails is tried again in a new job, until n attempts were made.

The number of the attempt travels in the continuation token, around the handler's own, which is all the handler sees.
A failure that another attempt would only repeat, a wrong configuration or a missing permission, is final.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lambdas.job import parameters
from lambdas.job.ending import TOKEN_LIMIT, Continued, Failed, JobError, Misconfigured, Outcome, Succeeded, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.job.job import Job

KEY = "retries"
MOST = 10


@dataclass(frozen=True)
class Attempt:
    """One of the attempts that an action has, counted from 1; `token` is the handler's own."""

    number: int
    limit: int
    token: str | None = None

    @classmethod
    def from_token(cls, token: str | None, limit: int) -> Attempt:
        """The attempt that a job is; without a token the first.

        Raises:
            JobError: the token is none that an attempt gave.
        """
        if token is None:
            return cls(1, limit)
        try:
            match json.loads(token):
                case {"attempt": int(number), "token": str() | None as own} if 1 <= number <= limit:
                    return cls(number, limit, own)
        except ValueError:
            pass
        raise JobError(f"The continuation token of the job is none that an attempt with {KEY} gave; retry the stage")

    def conclude(self, outcome: Outcome) -> Outcome:
        """What the end of the attempt is for the action: its number is told, and a failure may go on in the next."""
        match outcome:
            case Succeeded(summary):
                return replace(outcome, summary=self._told(summary))
            case Continued(token, summary):
                return Continued(_wrapped(self.number, token), self._told(summary))
            case Failed(message, "JobFailed") if self.number < self.limit:
                return Continued(_wrapped(self.number + 1), self._told(message))
            case Failed(message):
                return replace(outcome, message=shortened(self._told(message)))

    def _told(self, words: str) -> str:
        number = f"attempt {self.number} of {self.limit}"
        return f"{number}: {words}" if words else number


def retried(handler: Callable[[Job], Outcome]) -> Callable[[Job], Outcome]:
    """The handler, as one of the attempts that the job's parameters ask for; they no longer hold `retries` then.

    Raises:
        JobError: the parameter or the continuation token makes no sense. What the handler raises is not tried again.
    """

    def tried(job: Job) -> Outcome:
        given, others = parameters.take(job.user_parameters, KEY)
        if given is None:
            return handler(job)
        attempt = Attempt.from_token(job.continuation_token, _limit(given))
        outcome = handler(replace(job, user_parameters=others, continuation_token=attempt.token))
        return attempt.conclude(outcome)

    return tried


def _limit(given: str) -> int:
    if given not in map(str, range(1, MOST + 1)):
        raise Misconfigured([f"{KEY} must be a number of attempts from 1 to {MOST}; it is {given!r}"])
    return int(given)


def _wrapped(number: int, own: str | None = None) -> str:
    token = json.dumps({"attempt": number, "token": own}, ensure_ascii=False, separators=(",", ":"))
    if len(token) > TOKEN_LIMIT:
        raise JobError(
            f"The function's continuation token is too long for an action with {KEY}: with the number of the attempt "
            f"it has {len(token)} characters, and CodePipeline takes {TOKEN_LIMIT}"
        )
    return token
