"""An approval: the stage waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_an_approved_action_keeps_who_approved_it_and_why(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))

    world.decide(name, "Commit", "Gate")

    assert world.until(name, execution) == "Succeeded"
    found = world.stages(name)["Commit"]["actionStates"][0]["latestExecution"]
    assert (found["status"], found["summary"], "token" in found) == ("Succeeded", "seen", False)
    assert found["lastUpdatedBy"] == "arn:aws:iam::000000000000:root"


def test_a_rejected_action_fails_with_the_words_of_the_reviewer(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))

    world.decide(name, "Commit", "Gate", "Rejected")

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Gate"]["output"]["executionResult"]["errorDetails"]
    assert error["message"] == "Rejected by arn:aws:iam::000000000000:root: seen"


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
