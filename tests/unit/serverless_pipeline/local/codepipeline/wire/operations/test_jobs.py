"""The answers of functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType, Property
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire.operations import jobs
from tests.support.engine import ACCOUNT, CALLER, REGION, SCOPE, InMemory, run_of

STRANGER = replace(CALLER, scope=Scope("444455556666", REGION))


@pytest.fixture
def run_id(in_memory: InMemory) -> str:
    """The ID of a run that has a job."""
    run = run_of(in_memory.start(in_memory.record()), "Source")
    in_memory.job(run)
    return run.id


@pytest.mark.usefixtures("run_id")
@pytest.mark.parametrize(
    ("request_", "result"),
    [
        ({}, Success()),
        ({"outputVariables": None, "currentRevision": None, "executionDetails": None}, Success()),
        ({"continuationToken": "t"}, Success(token="t")),
        (
            {
                "outputVariables": {"v": "1"},
                "currentRevision": {"revision": "7", "changeIdentifier": "c"},
                "executionDetails": {"summary": "done"},
            },
            Success("", {"v": "1"}, {"revision": "7", "changeIdentifier": "c"}, {"summary": "done"}),
        ),
    ],
)
def test_a_job_is_done_or_goes_on(in_memory: InMemory, request_: dict[str, Any], result: Success) -> None:
    jobs.succeed(in_memory.engine, CALLER, {"jobId": "j", **request_})

    assert in_memory.store.jobs["j"].result == result


@pytest.mark.usefixtures("run_id")
@pytest.mark.parametrize(("details", "external_id"), [({}, ""), ({"externalExecutionId": "42"}, "42")])
def test_a_job_failed_for_a_reason(in_memory: InMemory, details: dict[str, str], external_id: str) -> None:
    failure = {"type": "ConfigurationError", "message": "no way", **details}

    jobs.fail(in_memory.engine, CALLER, {"jobId": "j", "failureDetails": failure})

    assert in_memory.store.jobs["j"].result == Failure("ConfigurationError", "no way", external_id)


def test_the_details_of_a_job_are_answered(in_memory: InMemory, run_id: str) -> None:
    in_memory.store.jobs["j"] = replace(in_memory.store.jobs["j"], data={"inputArtifacts": []})

    answer = jobs.get(in_memory.engine, CALLER, {"jobId": "j"})

    assert answer == {"jobDetails": {"id": "j", "accountId": ACCOUNT, "data": {"inputArtifacts": []}}}
    assert in_memory.store.jobs["j"].run_id == run_id


@pytest.mark.usefixtures("run_id")
@pytest.mark.parametrize(("caller", "job_id"), [(CALLER, "other"), (STRANGER, "j")])
def test_a_job_that_is_missing_or_anothers_is_not_found(in_memory: InMemory, caller: Any, job_id: str) -> None:
    failure = {"type": "JobFailed", "message": "no"}
    for call, request in (
        (jobs.get, {"jobId": job_id}),
        (jobs.succeed, {"jobId": job_id}),
        (jobs.fail, {"jobId": job_id, "failureDetails": failure}),
    ):
        with pytest.raises(Refusal) as refused:
            call(in_memory.engine, caller, request)

        assert (refused.value.code, refused.value.message) == (
            "JobNotFoundException",
            f"Job with id '{job_id}' does not exist",
        )


KIND = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}


@pytest.fixture
def open_jobs(in_memory: InMemory) -> InMemory:
    """Three jobs of a type that has a queryable key."""
    project = Property("Project", required=True, key=True, secret=False, queryable=True)
    known = CustomActionType(ActionType(**KIND), (0, 1), (0, 1), (project,))
    in_memory.store.action_types[SCOPE, known.id] = known
    run = run_of(in_memory.start(in_memory.record()), "Source")
    for job_id, name in (("a", "shop"), ("b", "mill"), ("c", "shop")):
        data = {"actionTypeId": KIND, "actionConfiguration": {"configuration": {"Project": name, "More": "x"}}}
        in_memory.store.jobs[job_id] = replace(in_memory.job(run, job_id), data=data)
    in_memory.job(run, "other")
    return in_memory


def polled(in_memory: InMemory, **more: Any) -> list[str]:
    jobs_ = jobs.poll(in_memory.engine, CALLER, {"actionTypeId": KIND, **more})["jobs"]
    return [job["id"] for job in jobs_]


@pytest.mark.parametrize(
    ("more", "ids"),
    [
        ({}, ["a", "b", "c"]),
        ({"maxBatchSize": 2}, ["a", "b"]),
        ({"queryParam": {"Project": "shop"}}, ["a", "c"]),
        ({"queryParam": {"Project": "shop"}, "maxBatchSize": 1}, ["a"]),
        ({"queryParam": {"Project": "none"}}, []),
    ],
)
def test_jobs_are_polled_for(open_jobs: InMemory, more: dict[str, Any], ids: list[str]) -> None:
    assert polled(open_jobs, **more) == ids


def test_each_time_a_job_is_handed_out_its_nonce_is_another_until_somebody_takes_it(open_jobs: InMemory) -> None:
    first, second = (
        jobs.poll(open_jobs.engine, CALLER, {"actionTypeId": KIND, "maxBatchSize": 1})["jobs"][0] for _ in range(2)
    )

    with pytest.raises(Refusal, match="The nonce"):
        jobs.acknowledge(open_jobs.engine, CALLER, {"jobId": "a", "nonce": first["nonce"]})
    answer = jobs.acknowledge(open_jobs.engine, CALLER, {"jobId": "a", "nonce": second["nonce"]})

    assert answer == {"status": "InProgress"}
    assert polled(open_jobs) == ["b", "c"]
    assert second == {
        "id": "a",
        "data": open_jobs.store.jobs["a"].data,
        "nonce": open_jobs.store.jobs["a"].nonce,
        "accountId": ACCOUNT,
    }


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"actionTypeId": {**KIND, "version": "2"}}, "ActionTypeNotFoundException"),
        ({"actionTypeId": {**KIND, "owner": "AWS"}}, "ValidationException"),
        ({"queryParam": {"More": "x"}}, "ValidationException"),
    ],
)
def test_what_cannot_be_polled_for_is_refused(open_jobs: InMemory, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        polled(open_jobs, **more)

    assert refused.value.code == code


def test_strangers_get_no_jobs(open_jobs: InMemory) -> None:
    with pytest.raises(Refusal, match="There is no action type"):
        jobs.poll(open_jobs.engine, STRANGER, {"actionTypeId": KIND})
    with pytest.raises(Refusal, match="does not exist"):
        jobs.acknowledge(open_jobs.engine, STRANGER, {"jobId": "a", "nonce": "1"})
