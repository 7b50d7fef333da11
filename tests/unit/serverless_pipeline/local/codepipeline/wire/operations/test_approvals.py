"""Somebody says yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ErrorDetails
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers.work import Failed, Pending
from serverless_pipeline.local.codepipeline.wire.operations import approvals
from tests.support.engine import CALLER, InMemory, action, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.execution import Execution

TOKEN = "5d41402a-bc4b-4a76-b971-9d911017c592"
REQUEST = {
    "pipelineName": "p",
    "stageName": "Commit",
    "actionName": "Gate",
    "token": TOKEN,
    "result": {"status": "Approved", "summary": "looks good"},
}


@pytest.fixture
def execution(in_memory: InMemory) -> Execution:
    """An execution whose gate waits for a decision, with another action beside it."""
    in_memory.outcomes = {"Gate": Pending(60, Failed("JobFailed", "late"), token=TOKEN)}
    stage = [action("Gate", "Approval", "Manual"), action("Build")]
    execution = in_memory.start(in_memory.record(declaration(("Commit", stage))))
    in_memory.schedule.time = 1042
    return execution


def put(in_memory: InMemory, **change: Any) -> dict[str, Any]:
    return approvals.put(in_memory.engine, CALLER, REQUEST | change)


def refusal(in_memory: InMemory, **change: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        put(in_memory, **change)
    return refused.value.code, refused.value.message


def test_an_approved_action_succeeds_with_the_words_and_the_name_of_who_approved(
    in_memory: InMemory, execution: Execution
) -> None:
    answer = put(in_memory)

    run = run_of(execution, "Gate")
    assert answer == {"approvedAt": 1042}
    assert (run.status, run.summary, run.updated_by, run.updated, run.error) == (
        "Succeeded",
        "looks good",
        CALLER.arn,
        1042,
        None,
    )


def test_a_rejected_action_fails_with_the_words_and_the_name_of_who_rejected(
    in_memory: InMemory, execution: Execution
) -> None:
    answer = put(in_memory, result={"status": "Rejected", "summary": "not yet"})

    run = run_of(execution, "Gate")
    assert answer == {"approvedAt": 1042}
    assert (run.status, run.summary, run.updated_by) == ("Failed", "not yet", CALLER.arn)
    assert run.error == ErrorDetails("JobFailed", f"Rejected by {CALLER.arn}: not yet")


@pytest.mark.usefixtures("execution")
def test_another_token_is_refused(in_memory: InMemory) -> None:
    assert refusal(in_memory, token="another") == (
        "InvalidApprovalTokenException",
        "The approval token is not valid for this action",
    )


def test_an_approval_that_did_not_begin_yet_has_no_token(in_memory: InMemory) -> None:
    in_memory.record(declaration(("Commit", [action("Gate", "Approval", "Manual")])))

    assert refusal(in_memory)[0] == "InvalidApprovalTokenException"


@pytest.mark.usefixtures("execution")
def test_a_decision_is_made_once(in_memory: InMemory) -> None:
    put(in_memory)

    assert refusal(in_memory) == (
        "ApprovalAlreadyCompletedException",
        "The approval action has already been completed",
    )


@pytest.mark.usefixtures("execution")
def test_only_an_approval_can_be_decided(in_memory: InMemory) -> None:
    assert refusal(in_memory, actionName="Build") == (
        "ActionNotFoundException",
        "Stage 'Commit' does not have an approval action with name 'Build'",
    )


@pytest.mark.usefixtures("execution")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actionName": "Nothing"}, "ActionNotFoundException"),
        ({"stageName": "Nowhere"}, "StageNotFoundException"),
        ({"pipelineName": "nobody"}, "PipelineNotFoundException"),
    ],
)
def test_a_decision_names_what_waits_for_it(in_memory: InMemory, change: dict[str, str], code: str) -> None:
    assert refusal(in_memory, **change)[0] == code
