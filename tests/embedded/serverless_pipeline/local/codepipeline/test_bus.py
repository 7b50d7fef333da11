"""What happens to a pipeline reaches the targets of a rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def listen(world: World, pattern: dict[str, Any]) -> str:
    """The address of a queue that gets the events that match a pattern."""
    queue = world.client("sqs").create_queue(QueueName=world.prefix)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{world.prefix}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    events = world.client("events")
    events.put_rule(Name=world.prefix, EventPattern=json.dumps({"source": ["aws.codepipeline"], **pattern}))
    events.put_targets(Rule=world.prefix, Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def heard(world: World, queue: str, count: int) -> list[dict[str, Any]]:
    """So many events, in the order in which they came."""
    events: list[dict[str, Any]] = []

    def look() -> list[dict[str, Any]] | None:
        answer = world.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            events.append(json.loads(message["Body"]))
            world.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return events if len(events) >= count else None

    return until(look, f"{count} events")


def test_an_execution_is_told_in_order_with_awss_detail(world: World, invoke: Declare) -> None:
    queue = listen(world, {"detail": {"pipeline": [f"{world.prefix}-pipeline"], "version": [1]}})
    build = invoke(
        "Build",
        world.function(),
        inputArtifacts=[{"name": "SourceOutput"}],
        outputArtifacts=[{"name": "Dist"}],
    )

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))
    events = heard(world, queue, 10)

    assert [(event["detail-type"].split()[1], event["detail"]["state"]) for event in events] == [
        ("Pipeline", "STARTED"),
        ("Stage", "STARTED"),
        ("Action", "STARTED"),
        ("Action", "SUCCEEDED"),
        ("Stage", "SUCCEEDED"),
        ("Stage", "STARTED"),
        ("Action", "STARTED"),
        ("Action", "SUCCEEDED"),
        ("Stage", "SUCCEEDED"),
        ("Pipeline", "SUCCEEDED"),
    ]
    arn = f"arn:aws:codepipeline:us-east-1:000000000000:{name}"
    assert {(event["source"], event["account"], *event["resources"]) for event in events} == {
        ("aws.codepipeline", "000000000000", arn)
    }
    first, end = events[0]["detail"], events[7]["detail"]
    trigger = {"trigger-type": "CreatePipeline", "trigger-detail": "arn:aws:iam::000000000000:root"}
    assert (first["execution-trigger"], first["execution-id"], first["version"]) == (trigger, execution, 1)
    run = world.actions(name, execution)["Build"]
    assert end["action-execution-id"] == run["actionExecutionId"]
    assert end["input-artifacts"] == run["input"]["inputArtifacts"]
    assert end["output-artifacts"] == run["output"]["outputArtifacts"]
    assert end["execution-result"] == {
        "external-execution-id": run["output"]["executionResult"]["externalExecutionId"],
        "external-execution-summary": "done",
        "external-execution-url": run["output"]["executionResult"]["externalExecutionUrl"],
    }


def test_a_failure_and_its_retry_are_told(world: World, invoke: Declare) -> None:
    detail = {"state": ["FAILED", "RESUMED"], "pipeline": [f"{world.prefix}-pipeline"]}
    queue = listen(world, {"detail-type": ["CodePipeline Pipeline Execution State Change"], "detail": detail})
    build = invoke("Build", world.function(), {"fail": "no"})
    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))
    world.until(name, execution)

    world.codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Commit", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )

    states = [(one["detail"]["state"], one["detail"]["pipeline-execution-attempt"]) for one in heard(world, queue, 3)]
    assert states == [("FAILED", 1), ("RESUMED", 2), ("FAILED", 2)]
