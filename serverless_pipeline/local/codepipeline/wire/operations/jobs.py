"""Jobs: the answers of functions, and what a job is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def succeed(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job is done, or goes on in the next one if there is a continuation token."""
    result = Success(
        token=request.get("continuationToken", ""),
        variables=request.get("outputVariables") or {},
        revision=request.get("currentRevision") or {},
        details=request.get("executionDetails") or {},
    )
    engine.answer(caller.scope.account, request["jobId"], result)


def fail(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job failed, for a reason."""
    details = request["failureDetails"]
    result = Failure(details["type"], details["message"], details.get("externalExecutionId", ""))
    engine.answer(caller.scope.account, request["jobId"], result)


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a job is about; AWS documents this for custom actions, here jobs of functions answer as well."""
    with engine.store.lock:
        job = engine.store.jobs.get(request["jobId"])
    if job is None or job.account != caller.scope.account:
        raise unknown(request["jobId"])
    return {"jobDetails": {"id": job.id, "accountId": job.account, "data": dict(job.data)}}
