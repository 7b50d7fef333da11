"""The answers of functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire.operations import jobs
from tests.support.engine import ACCOUNT, CALLER, REGION, InMemory, run_of

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
