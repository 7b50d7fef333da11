"""Jobs: workers poll for them, functions and workers answer them."""

from __future__ import annotations

from dataclasses import replace
from secrets import randbits
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.action_types import CUSTOM
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success, unknown
from serverless_pipeline.local.codepipeline.model.jobs import acknowledge as take
from serverless_pipeline.local.codepipeline.model.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import ItemsView, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def poll(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The jobs that no worker has taken yet, oldest first, each with a nonce of its own."""
    kind = ActionType(**request["actionTypeId"])
    with engine.store.lock:
        wanted = _wanted(engine.store, caller.scope, kind, request.get("queryParam") or {})
        open_ = [
            job
            for job in engine.store.jobs.values()
            if job.is_open and _is_of(job, caller.scope, kind) and wanted.items() <= _values(job)
        ]
        handed = [replace(job, nonce=str(randbits(64))) for job in open_[: request.get("maxBatchSize")]]
        engine.store.jobs.update({job.id: job for job in handed})
    return {
        "jobs": [{"id": job.id, "data": dict(job.data), "nonce": job.nonce, "accountId": job.account} for job in handed]
    }


def acknowledge(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A worker takes a job that it polled for."""
    with engine.store.lock:
        job = engine.store.jobs[request["jobId"]] = take(_job(engine, caller, request["jobId"]), request["nonce"])
    return {"status": job.status}


def succeed(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job is done, or goes on in the next one if there is a continuation token."""
    engine.answer(caller.scope.account, request["jobId"], success(request))


def fail(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job failed, for a reason."""
    engine.answer(caller.scope.account, request["jobId"], failure(request))


def success(request: Mapping[str, Any]) -> Success:
    """What a request says of a job that is done or goes on."""
    return Success(
        token=request.get("continuationToken", ""),
        variables=request.get("outputVariables") or {},
        revision=request.get("currentRevision") or {},
        details=request.get("executionDetails") or {},
    )


def failure(request: Mapping[str, Any]) -> Failure:
    """What a request says of a job that failed."""
    details = request["failureDetails"]
    return Failure(details["type"], details["message"], details.get("externalExecutionId", ""))


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a job is about; AWS documents this for custom actions, here jobs of functions answer as well."""
    with engine.store.lock:
        job = _job(engine, caller, request["jobId"])
    return {"jobDetails": {"id": job.id, "accountId": job.account, "data": dict(job.data)}}


def _job(engine: Engine, caller: Caller, job_id: str) -> Job:
    job = engine.store.jobs.get(job_id)
    if job is None or job.account != caller.scope.account:
        raise unknown(job_id)
    return job


def _wanted(store: Store, scope: Scope, kind: ActionType, query: Mapping[str, str]) -> Mapping[str, str]:
    """The query for jobs of a type, if it may be asked."""
    if kind.owner != CUSTOM:
        raise Refusal("ValidationException", f"Jobs are polled for with the owner {CUSTOM}, not {kind.owner}")
    known = store.action_types.get((scope, kind))
    if known is None or known.deleted:
        raise Refusal(
            "ActionTypeNotFoundException",
            f"There is no action type (Category: '{kind.category}', Provider: '{kind.provider}', Owner:"
            f" '{kind.owner}', Version: '{kind.version}') in region {scope.region}",
        )
    for key in query:
        if key != known.queryable:
            raise Refusal("ValidationException", f"The configuration '{key}' of {kind.provider} is not queryable")
    return query


def _is_of(job: Job, scope: Scope, kind: ActionType) -> bool:
    return job.scope == scope and job.data.get("actionTypeId") == vars(kind)


def _values(job: Job) -> ItemsView[str, str]:
    configuration: dict[str, str] = job.data["actionConfiguration"]["configuration"]
    return configuration.items()
