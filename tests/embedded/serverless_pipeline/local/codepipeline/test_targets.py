"""A rule or a schedule starts the pipeline that is its target."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]

START = "codepipeline:StartPipelineExecution"


@pytest.fixture
def name(world: World, approval: Declare) -> str:
    """A pipeline whose first execution waits for a person."""
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")
    return name


def arn_of(name: str) -> str:
    return f"arn:aws:codepipeline:us-east-1:000000000000:{name}"


def target(world: World, name: str, *actions: str, **more: Any) -> dict[str, Any]:
    """The pipeline as a target, with a role that may do so much."""
    return {"Id": "1", "Arn": arn_of(name), "RoleArn": world.role("rule", "events.amazonaws.com", *actions), **more}


def rule(world: World, pattern: dict[str, Any], *targets: dict[str, Any]) -> str:
    events = world.client("events")
    arn = events.put_rule(Name=world.prefix, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=world.prefix, Targets=list(targets))
    return str(arn)


def executions(world: World, name: str, count: int) -> list[dict[str, Any]]:
    """The executions, newest first, once there are so many."""

    def look() -> list[dict[str, Any]] | None:
        listed = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return listed if len(listed) >= count else None

    return until(look, f"{count} executions of {name}")


def test_an_event_of_somebodys_own_starts_a_pipeline(world: World, name: str) -> None:
    arn = rule(world, {"source": [world.prefix]}, target(world, name, START))

    world.client("events").put_events(Entries=[{"Source": world.prefix, "DetailType": "go", "Detail": "{}"}])

    newest, _ = executions(world, name, 2)
    assert newest["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": arn}


def test_a_role_that_lacks_the_right_starts_nothing(world: World, name: str) -> None:
    lacking = target(world, name, "codepipeline:GetPipeline")
    allowed = {"Id": "2", "Arn": arn_of(name), "RoleArn": world.role("allowed", "events.amazonaws.com", START)}
    stranger = {"Id": "3", "Arn": arn_of(name), "RoleArn": world.role("stranger", "ec2.amazonaws.com", START)}
    rule(world, {"source": [world.prefix]}, lacking, stranger, allowed)

    world.client("events").put_events(Entries=[{"Source": world.prefix, "DetailType": "go", "Detail": "{}"}])

    assert len(executions(world, name, 2)) == 2


def test_a_pipeline_is_no_target_without_a_role(world: World, name: str) -> None:
    with pytest.raises(ClientError, match="RoleArn is required for target arn:aws:codepipeline"):
        rule(world, {"source": [world.prefix]}, {"Id": "1", "Arn": arn_of(name)})


def test_a_new_object_starts_the_pipeline_that_takes_it(world: World, name: str) -> None:
    bucket = f"{world.prefix}-source"
    world.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    detail = {"bucket": {"name": [bucket]}, "object": {"key": ["source.zip"]}}
    rule(
        world,
        {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail},
        target(world, name, START),
    )

    version = world.s3.put_object(Bucket=bucket, Key="source.zip", Body=b"newer")["VersionId"]

    newest, _ = executions(world, name, 2)
    until(lambda: versions(world, name, newest["pipelineExecutionId"]) == [version] or None, "the new version")


def versions(world: World, name: str, execution: str) -> list[str]:
    """The versions of the source that an execution found."""
    answer = world.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
    return [revision["revisionId"] for revision in answer["pipelineExecution"]["artifactRevisions"]]


def test_a_schedule_starts_a_pipeline_as_its_role(world: World, name: str) -> None:
    role = world.role("schedule", "scheduler.amazonaws.com", START)
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")

    world.client("scheduler").create_schedule(
        Name=world.prefix,
        ScheduleExpression=f"at({past})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn_of(name), "RoleArn": role},
    )

    newest, _ = executions(world, name, 2)
    assert newest["trigger"] == {
        "triggerType": "StartPipelineExecution",
        "triggerDetail": f"{role.replace(':iam:', ':sts:').replace('role/', 'assumed-role/')}/{world.prefix}",
    }
