"""The whole embedded AWS, in a mode that a project chose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.codepipeline import World
from tests.support.embedded import endpoint_of, served
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
