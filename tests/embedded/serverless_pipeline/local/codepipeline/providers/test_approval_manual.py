"""An approval: the stage waits for a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

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
        "NotificationArn": world.client("sns").create_topic(Name=world.prefix)["TopicArn"],
    }
    gate = {**approval("Gate"), "configuration": configuration}

    name, execution = world.create(("Source", [world.source()]), ("Commit", [gate]), role=told(world))
    world.token(name, "Commit", "Gate")

    gate_input = world.actions(name, execution)["Gate"]["input"]
    assert gate_input["configuration"] == configuration
    assert gate_input["resolvedConfiguration"] == {**configuration, "CustomData": "Release source.zip?"}


def told(world: World) -> str:
    """The role of a pipeline that may tell topics."""
    return world.role("telling", "codepipeline.amazonaws.com", "s3:*", "sns:Publish")


def test_a_topic_is_told_of_the_approval_in_time_to_answer(world: World, approval: Declare) -> None:
    topic = world.client("sns").create_topic(Name=world.prefix)["TopicArn"]
    queue = world.client("sqs").create_queue(QueueName=world.prefix)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{world.prefix}"
    world.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": let_in(arn)})
    world.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    gate = {**approval("Gate"), "configuration": {"NotificationArn": topic, "CustomData": "look"}}
    name, execution = world.create(("Source", [world.source()]), ("Commit", [gate]), role=told(world))

    (received,) = until(
        lambda: world.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), "the message"
    )
    envelope = json.loads(received["Body"])
    message = json.loads(envelope["Message"])
    token = message["approval"]["token"]
    world.codepipeline.put_approval_result(
        pipelineName=name,
        stageName="Commit",
        actionName="Gate",
        token=token,
        result={"status": "Approved", "summary": "seen"},
    )

    assert world.until(name, execution) == "Succeeded"
    console = f"https://console.aws.amazon.com/codepipeline/home?region=us-east-1#/view/{name}"
    assert envelope["Subject"] == f"APPROVAL NEEDED: AWS CodePipeline {name} for action Gate"
    assert message["approval"].pop("expires").endswith("Z")
    assert message == {
        "region": "us-east-1",
        "consoleLink": console,
        "approval": {
            "pipelineName": name,
            "stageName": "Commit",
            "actionName": "Gate",
            "token": token,
            "externalEntityLink": None,
            "approvalReviewLink": f"{console}/Commit/Gate/approve/{token}",
            "customData": "look",
        },
    }


def let_in(queue_arn: str) -> str:
    """The policy of a queue that SNS may fill."""
    principal = {"Service": "sns.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": queue_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("actions", "topic", "code"),
    [(["sns:Publish"], "nowhere", "ConfigurationError"), ([], "there", "PermissionError")],
)
def test_a_topic_that_cannot_be_told_fails_the_action(
    world: World, approval: Declare, actions: list[str], topic: str, code: str
) -> None:
    arn = world.client("sns").create_topic(Name=f"{world.prefix}-there")["TopicArn"].replace("there", topic)
    gate = {**approval("Gate"), "configuration": {"NotificationArn": arn}}
    role = world.role("telling", "codepipeline.amazonaws.com", "s3:*", *actions)

    name, execution = world.create(("Source", [world.source()]), ("Commit", [gate]), role=role)

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Gate"]["output"]["executionResult"]["errorDetails"]
    assert (error["code"], arn in error["message"]) == (code, True)


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
