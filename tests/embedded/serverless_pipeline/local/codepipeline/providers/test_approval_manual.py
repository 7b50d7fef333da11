"""An approval: the stage waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_an_approved_action_says_who_approved_it_and_why(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))

    world.decide(name, "Commit", "Gate")

    assert world.until(name, execution) == "Succeeded"
    latest = world.stages(name)["Commit"]["actionStates"][0]["latestExecution"]
    assert (latest["status"], latest["summary"], "token" in latest) == ("Succeeded", "seen", False)
    assert latest["lastUpdatedBy"] == "arn:aws:iam::000000000000:root"


def test_a_rejected_action_fails_with_the_words_of_the_reviewer(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))

    world.decide(name, "Commit", "Gate", "Rejected")

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Gate"]["output"]["executionResult"]["errorDetails"]
    assert error["message"] == "Rejected by arn:aws:iam::000000000000:root: seen"


def test_an_approval_takes_what_aws_documents_and_resolves_its_variables(world: World, approval: Declare) -> None:
    configuration = {
        "CustomData": "Release #{SourceVariables.ObjectKey}?",
        "ExternalEntityLink": "http://127.0.0.1/test",
        "NotificationArn": "arn:aws:sns:us-east-1:000000000000:approvals",
    }
    gate = {**approval("Gate"), "configuration": configuration}

    name, execution = world.create(("Source", [world.source()]), ("Commit", [gate]))
    world.token(name, "Commit", "Gate")

    gate_input = world.actions(name, execution)["Gate"]["input"]
    assert gate_input["configuration"] == configuration
    assert gate_input["resolvedConfiguration"] == {**configuration, "CustomData": "Release source.zip?"}


def test_an_approval_that_asks_for_something_else_is_refused(world: World, approval: Declare) -> None:
    gate = {**approval("Gate"), "configuration": {"Url": "http://127.0.0.1/test"}}
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [gate]))

    with pytest.raises(ClientError, match="action 'Gate' contains unknown configuration 'Url'"):
        world.codepipeline.create_pipeline(pipeline=pipeline)


def test_a_retry_asks_again_with_another_token(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    first = world.token(name, "Commit", "Gate")
    world.decide(name, "Commit", "Gate", "Rejected")
    world.until(name, execution)

    world.codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Commit", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )

    assert world.token(name, "Commit", "Gate") != first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "00000000-0000-0000-0000-000000000000"}, "InvalidApprovalTokenException"),
        ({"stageName": "Nowhere"}, "StageNotFoundException"),
        ({"actionName": "Nothing"}, "ActionNotFoundException"),
        ({"pipelineName": "nobody"}, "PipelineNotFoundException"),
    ],
)
def test_a_decision_has_to_name_what_waits_for_it(
    world: World, approval: Declare, change: dict[str, str], code: str
) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    right = {
        "pipelineName": name,
        "stageName": "Commit",
        "actionName": "Gate",
        "token": world.token(name, "Commit", "Gate"),
    }

    with pytest.raises(ClientError, match=code):
        world.codepipeline.put_approval_result(**right | change, result={"status": "Approved", "summary": ""})


def test_a_decision_is_made_once(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    token = world.token(name, "Commit", "Gate")
    world.decide(name, "Commit", "Gate")
    world.until(name, execution)

    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        world.codepipeline.put_approval_result(
            pipelineName=name,
            stageName="Commit",
            actionName="Gate",
            token=token,
            result={"status": "Approved", "summary": ""},
        )
