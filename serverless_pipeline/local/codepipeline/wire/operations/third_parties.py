"""Jobs of third parties: a worker is told of a job, and a client token lets it see, take and answer it.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetThirdPartyJobDetails.html
On AWS the page of the third party gets the token when somebody configures the action. Here nobody opens that page, so
the token is what the configuration of the action has under `ClientToken`, which its type declares as `noEcho`.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import replace
from secrets import randbits
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.action_types import THIRD_PARTY
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.jobs import acknowledge as take
from serverless_pipeline.local.codepipeline.model.jobs import unknown
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.operations import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.model.store import Store
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

CLIENT_TOKEN = "ClientToken"  # noqa: S105 - the key of the configuration, not its value


def poll(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The jobs of a type that no worker has taken yet, oldest first, in all accounts that use it."""
    kind = ActionType(**request["actionTypeId"])
    with engine.store.lock:
        known = _known(engine.store, caller, kind)
        open_ = [job for job in engine.store.jobs.values() if job.is_open and _is_of(engine.store, job, known)]
    return {
        "jobs": [{"clientId": _client(job), "jobId": job.id} for job in open_[: request.get("maxBatchSize")]],
    }


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a job is about, and the nonce with which a worker takes it."""
    with engine.store.lock:
        job = _job(engine.store, caller, request)
        if job.is_open:
            job = engine.store.jobs[job.id] = replace(job, nonce=str(randbits(64)))
    return {"jobDetails": {"id": job.id, "data": dict(job.data), "nonce": job.nonce}}


def acknowledge(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A worker takes a job."""
    with engine.store.lock:
        job = _job(engine.store, caller, request)
        job = engine.store.jobs[job.id] = take(job, request["nonce"])
    return {"status": job.status}


def succeed(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job is done, or goes on in the next one if there is a continuation token."""
    with engine.store.lock:
        job = _job(engine.store, caller, request)
        engine.answer(job.account, job.id, jobs.success(request))


def fail(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> None:
    """The job failed, for a reason."""
    with engine.store.lock:
        job = _job(engine.store, caller, request)
        engine.answer(job.account, job.id, jobs.failure(request))


def _known(store: Store, caller: Caller, kind: ActionType) -> CustomActionType:
    """The type, if the caller may poll for its jobs."""
    if kind.owner != THIRD_PARTY:
        raise Refusal("ValidationException", f"Such jobs are polled for with the owner {THIRD_PARTY}, not {kind.owner}")
    for (owner, of), known in store.action_types.items():
        if of == kind and owner.region == caller.scope.region and _may_poll(owner.account, known, caller):
            return known
    raise Refusal(
        "ActionTypeNotFoundException",
        f"There is no action type (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}',"
        f" Version: '{kind.version}') for whose jobs account '{caller.scope.account}' may poll",
    )


def _may_poll(owner: str, known: CustomActionType, caller: Caller) -> bool:
    return caller.scope.account in {owner, *known.polling}


def _is_of(store: Store, job: Job, known: CustomActionType) -> bool:
    """Whether a job is of this type, and not of one that another account made known by the same name."""
    if job.data.get("actionTypeId") != vars(known.id):
        return False
    return store.action_types_of(job.scope).get(known.id) is known


def _job(store: Store, caller: Caller, request: Mapping[str, Any]) -> Job:
    """The job, if there is one for the caller and the token is its client's."""
    job = store.jobs.get(request["jobId"])
    kind = job.data.get("actionTypeId", {}) if job else {}
    if job is None or kind.get("owner") != THIRD_PARTY:
        raise unknown(request["jobId"])
    known = store.action_types_of(job.scope).get(ActionType(**kind))
    owner = next((scope.account for (scope, _), one in store.action_types.items() if one is known), "")
    if known is None or not _may_poll(owner, known, caller):
        raise unknown(request["jobId"])
    token = job.data["actionConfiguration"]["configuration"].get(CLIENT_TOKEN, "")
    if not token or not hmac.compare_digest(token.encode(), request["clientToken"].encode()):
        raise Refusal(
            "InvalidClientTokenException",
            f"The client token is not the one of the job with id '{job.id}'; here it is the value of {CLIENT_TOKEN} in"
            " the configuration of its action",
        )
    return job


def _client(job: Job) -> str:
    """Who uses the action: the same for each job of one action of a pipeline."""
    context = job.data["pipelineContext"]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{context['pipelineArn']}/{context['action']['name']}"))
