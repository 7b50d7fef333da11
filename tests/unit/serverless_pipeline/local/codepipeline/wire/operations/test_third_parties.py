"""Jobs of third parties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_types import CustomActionType
from serverless_pipeline.local.codepipeline.model.declaration import ActionType
from serverless_pipeline.local.codepipeline.model.jobs import Failure, Success
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire.operations import third_parties
from tests.support.engine import ARN, CALLER, REGION, InMemory, run_of

KIND = {"category": "Build", "owner": "ThirdParty", "provider": "Mill", "version": "1"}
PARTY = Scope("444455556666", REGION)
WORKER = replace(CALLER, scope=PARTY)
HELPER = replace(CALLER, scope=Scope("777788889999", REGION))
TOKEN = {"clientToken": "sesame"}


@pytest.fixture
def in_memory(in_memory: InMemory) -> InMemory:
    """With a job `j` of another account's type."""
    known = CustomActionType(
        ActionType(**KIND),
        (0, 1),
        (0, 1),
        allowed=frozenset({"*"}),
        polling=frozenset({HELPER.scope.account}),
    )
    in_memory.store.action_types[PARTY, known.id] = known
    run = run_of(in_memory.start(in_memory.record()), "Source")
    data = {
        "actionTypeId": KIND,
        "actionConfiguration": {"configuration": {"ClientToken": "sesame"}},
        "pipelineContext": {"pipelineArn": ARN, "action": {"name": "Source"}},
    }
    in_memory.store.jobs["j"] = replace(in_memory.job(run), data=data)
    in_memory.job(run, "of a function")
    return in_memory


def poll(in_memory: InMemory, caller: Any = WORKER, **more: Any) -> list[dict[str, str]]:
    answer = third_parties.poll(in_memory.engine, caller, {"actionTypeId": KIND, **more})
    return list(answer["jobs"])


def call(operation: Any, in_memory: InMemory, caller: Any = WORKER, **more: Any) -> Any:
    return operation(in_memory.engine, caller, {"jobId": "j", **TOKEN, **more})


@pytest.mark.parametrize("caller", [WORKER, HELPER])
def test_a_worker_is_told_of_a_job_sees_it_and_takes_it(in_memory: InMemory, caller: Any) -> None:
    (job,) = poll(in_memory, caller, maxBatchSize=1)
    details = call(third_parties.get, in_memory, caller)["jobDetails"]
    taken = call(third_parties.acknowledge, in_memory, caller, nonce=details["nonce"])

    assert (job["jobId"], len(job["clientId"])) == ("j", 36)
    assert details == {"id": "j", "data": in_memory.store.jobs["j"].data, "nonce": in_memory.store.jobs["j"].nonce}
    assert (taken, poll(in_memory, caller)) == ({"status": "InProgress"}, [])
    assert call(third_parties.get, in_memory, caller)["jobDetails"] == details


def test_a_job_is_answered(in_memory: InMemory) -> None:
    assert call(third_parties.succeed, in_memory, executionDetails={"summary": "ground"}) is None

    assert in_memory.store.jobs["j"].result == Success(details={"summary": "ground"})


def test_a_job_fails_for_a_reason(in_memory: InMemory) -> None:
    details = {"type": "JobFailed", "message": "no wind"}

    assert call(third_parties.fail, in_memory, failureDetails=details) is None

    assert in_memory.store.jobs["j"].result == Failure("JobFailed", "no wind")


OPERATIONS = [
    (third_parties.get, {}),
    (third_parties.acknowledge, {"nonce": "1"}),
    (third_parties.succeed, {}),
    (third_parties.fail, {"failureDetails": {"type": "JobFailed", "message": "no"}}),
]


@pytest.mark.parametrize(("operation", "more"), OPERATIONS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clientToken": "other"}, "InvalidClientTokenException"),
        ({"jobId": "nobody"}, "JobNotFoundException"),
        ({"jobId": "of a function"}, "JobNotFoundException"),
        ({"caller": CALLER}, "JobNotFoundException"),
    ],
)
def test_who_has_no_right_token_or_type_is_refused(
    in_memory: InMemory, operation: Any, more: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        call(operation, in_memory, **more, **change)

    assert (refused.value.code, in_memory.store.jobs["j"].result) == (code, None)


def test_an_action_without_a_client_token_has_a_job_for_nobody(in_memory: InMemory) -> None:
    job = in_memory.store.jobs["j"]
    in_memory.store.jobs["j"] = replace(job, data={**job.data, "actionConfiguration": {"configuration": {}}})

    with pytest.raises(Refusal, match="it is the value of ClientToken"):
        call(third_parties.get, in_memory, clientToken="")


@pytest.mark.parametrize(
    ("kind", "caller", "code"),
    [
        ({**KIND, "owner": "Custom"}, WORKER, "ValidationException"),
        ({**KIND, "version": "2"}, WORKER, "ActionTypeNotFoundException"),
        (KIND, CALLER, "ActionTypeNotFoundException"),
    ],
)
def test_what_cannot_be_polled_for_is_refused(in_memory: InMemory, kind: Any, caller: Any, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        poll(in_memory, caller, actionTypeId=kind)

    assert refused.value.code == code


def test_jobs_of_a_type_of_the_same_name_are_anothers(in_memory: InMemory) -> None:
    own = CustomActionType(ActionType(**KIND), (0, 1), (0, 1))
    in_memory.store.action_types[CALLER.scope, own.id] = own

    assert poll(in_memory) == []
    assert [job["jobId"] for job in poll(in_memory, CALLER)] == ["j"]
