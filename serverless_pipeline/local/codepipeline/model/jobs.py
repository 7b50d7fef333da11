"""A job: what CodePipeline asks a function or a worker to do, and the one answer it takes.

The answers to an answer (which are repeated, which contradict) follow what AWS was seen to say; a job that nobody
waits for any more is forgotten, and then unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.scope import Scope

MOST_VARIABLE_BYTES = 122_880


@dataclass(frozen=True)
class Success:
    """PutJobSuccessResult; with a token the work goes on in another job."""

    token: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """PutJobFailureResult."""

    type: str
    message: str
    external_id: str = ""


Result = Success | Failure


@dataclass(frozen=True)
class Job:
    """One job of one run of an action; `result` is None until it is answered.

    `nonce` and `acknowledged` are of jobs that workers poll for; each time that one is handed out its nonce is another.
    """

    id: str
    scope: Scope
    pipeline: str
    execution_id: str
    run_id: str
    data: Mapping[str, Any] = field(repr=False)
    result: Result | None = None
    nonce: str = ""
    acknowledged: bool = False

    @property
    def account(self) -> str:
        return self.scope.account

    @property
    def is_open(self) -> bool:
        """Whether no worker has taken it yet."""
        return self.result is None and not self.acknowledged

    @property
    def status(self) -> str:
        """How far it is, in AWS's words."""
        match self.result:
            case Success():
                return "Succeeded"
            case Failure():
                return "Failed"
        return "InProgress" if self.acknowledged else "Dispatched" if self.nonce else "Queued"


def acknowledge(job: Job, nonce: str) -> Job:
    """The job as the worker's that got it with this nonce; saying so again changes nothing.

    Raises:
        Refusal: the nonce is not that of the last time that the job was handed out.
    """
    if not job.nonce or nonce != job.nonce:
        raise Refusal("InvalidNonceException", f"The nonce '{nonce}' is not the one of the job with id '{job.id}'")
    return replace(job, acknowledged=True)


def answer(job: Job, result: Result) -> Job:
    """The job with its answer; the very same job if that answer was given before.

    Raises:
        Refusal: the answer is not valid, or contradicts an earlier one.
    """
    _check(result)
    if job.result is None:
        return replace(job, result=result)
    if type(job.result) is not type(result):
        raise Refusal("InvalidJobStateException", f"Job with id {job.id} has already terminated")
    if job.result != result:
        raise Refusal(
            "InvalidJobStateException",
            f"The status of job with id {job.id} is already set to the desired value. It cannot be updated with the"
            " same status, but different result or output variables.",
        )
    return job


def unknown(job_id: str) -> Refusal:
    """The refusal of an answer to a job that is not there, or not any more."""
    return Refusal("JobNotFoundException", f"Job with id '{job_id}' does not exist")


def _check(result: Result) -> None:
    if isinstance(result, Failure):
        return
    if result.token and result.variables:
        raise Refusal("ValidationException", "A job can not contain both a continuation token and output variables.")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in result.variables.items())
    if size > MOST_VARIABLE_BYTES:
        raise Refusal(
            "OutputVariablesSizeExceededException",
            f"The output variables have {size} bytes; an action can have {MOST_VARIABLE_BYTES} at most",
        )
