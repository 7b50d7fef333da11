"""The whole embedded AWS, in a mode that a project chose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.codepipeline import World
from tests.support.embedded import endpoint_of, served
from tests.support.lambdas import zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

GATE = {
    "name": "Gate",
    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One whose approvals have two seconds."""
    for clients in served(tmp_path_factory.mktemp("hasty"), local_codepipeline_timing={"approval": "2"}):
        endpoint = endpoint_of(clients)
        yield World(endpoint.url, endpoint.secret_access_key, endpoint.access_key_id)


def test_an_approval_has_as_long_as_the_project_chose(hasty: World) -> None:
    name, execution = hasty.create(("Source", [hasty.source()]), ("Commit", [GATE]))

    assert hasty.until(name, execution) == "Failed"
    error = hasty.actions(name, execution)["Gate"]["output"]["executionResult"]["errorDetails"]
    assert error["message"].startswith("Nobody approved or rejected the action in time")


def test_an_object_starts_a_pipeline_that_takes_the_version_which_started_it(hasty: World) -> None:
    world = World(hasty.url, hasty.secret, hasty.access_key)
    name, first = world.create(("Source", [world.source()]), ("Commit", [GATE]))
    world.until(name, first)
    bucket = f"{world.prefix}-source"
    world.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = world.client("events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    rule = events.put_rule(Name=world.prefix, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=world.prefix, Targets=[target(world, name)])

    older = world.s3.put_object(Bucket=bucket, Key="source.zip", Body=b"older")["VersionId"]
    newer = world.s3.put_object(Bucket=bucket, Key="source.zip", Body=b"newer")["VersionId"]

    started = until(lambda: finished(world, name, 3), "both executions")
    assert {version for version, _ in started} >= {older, newer}
    assert {trigger for version, trigger in started if version in (older, newer)} == {("CloudWatchEvent", rule)}


def target(world: World, name: str) -> dict[str, Any]:
    """The pipeline as a target that hands the version on."""
    revision = {"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "<version>"}
    return {
        "Id": "pipeline",
        "Arn": f"arn:aws:codepipeline:us-east-1:000000000000:{name}",
        "RoleArn": world.role("rule", "events.amazonaws.com", "codepipeline:StartPipelineExecution"),
        "InputTransformer": {
            "InputPathsMap": {"version": "$.detail.object.version-id"},
            "InputTemplate": json.dumps({"sourceRevisions": revision}),
        },
    }


def finished(world: World, name: str, count: int) -> list[tuple[str, tuple[str, str]]] | None:
    """The version and the trigger of each execution, once so many know their source."""
    listed = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    known = [
        (
            one["sourceRevisions"][0]["revisionId"],
            (one["trigger"]["triggerType"], one["trigger"].get("triggerDetail", "")),
        )
        for one in listed
        if one["sourceRevisions"]
    ]
    return known if len(known) >= count else None


def let_in(service: str, action: str, resource: str) -> str:
    """The policy of a queue or topic that lets a service in."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("kind", ["function", "topic"])
def test_a_failure_reaches_a_topic_and_a_function_that_let_the_rule_in(hasty: World, kind: str) -> None:
    world = World(hasty.url, hasty.secret, hasty.access_key)
    events = world.client("events")
    detail = {"state": ["FAILED"], "pipeline": [f"{world.prefix}-pipeline"]}
    pattern = {"detail-type": ["CodePipeline Pipeline Execution State Change"], "detail": detail}
    rule = events.put_rule(Name=world.prefix, EventPattern=json.dumps(pattern))["RuleArn"]
    receiver, queue = (function if kind == "function" else topic)(world, rule)
    events.put_targets(Rule=world.prefix, Targets=[{"Id": "receiver", "Arn": receiver}])

    name, execution = world.create(("Source", [world.source()]), ("Commit", [GATE]))

    event = until(lambda: received(world, queue), "the event")
    assert (event["source"], event["detail"]["execution-id"]) == ("aws.codepipeline", execution)
    assert event["resources"] == [f"arn:aws:codepipeline:us-east-1:000000000000:{name}"]


def topic(world: World, _rule: str) -> tuple[str, str]:
    """A topic, and the queue that it fills."""
    queue = world.client("sqs").create_queue(QueueName=world.prefix)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{world.prefix}"
    policy = let_in("sns.amazonaws.com", "sqs:SendMessage", arn)
    world.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns = world.client("sns")
    topic_arn = sns.create_topic(Name=world.prefix)["TopicArn"]
    policy = let_in("events.amazonaws.com", "sns:Publish", topic_arn)
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=raw)
    return str(topic_arn), str(queue)


def function(world: World, rule: str) -> tuple[str, str]:
    """A function that the rule may invoke, and the queue that it fills."""
    queue = world.client("sqs").create_queue(QueueName=world.prefix)["QueueUrl"]
    code = f"""
import json
import boto3


def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={queue!r}, MessageBody=json.dumps(event))
"""
    made = world.client("lambda").create_function(
        FunctionName=world.prefix,
        Role=world.role("fn", "lambda.amazonaws.com", "sqs:SendMessage"),
        Runtime="python3.11",
        Handler="index.handler",
        Code={"ZipFile": zipped({"index.py": code})},
        Timeout=60,
    )
    world.client("lambda").add_permission(
        FunctionName=world.prefix,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    return str(made["FunctionArn"]), str(queue)


def received(world: World, queue: str) -> dict[str, Any] | None:
    """The event that a queue holds, if it holds one."""
    answer = world.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    return json.loads(answer["Messages"][0]["Body"]) if answer.get("Messages") else None
