"""Deployments to S3, state machines and other pipelines, through the ordinary client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]

MACHINE = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
BROKEN = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Oops", "Cause": "it rained"}}}


def act(category: str, provider: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": "Act", "actionTypeId": kind, "configuration": configuration, **more}


def release(world: World, action: dict[str, Any], *allowed: str) -> dict[str, Any]:
    """Run a pipeline with this one action after its source; answers the action's execution."""
    source = world.source()
    bucket = source["configuration"]["S3Bucket"]
    files = {"index.html": "<p>hello", "in.json": '{"a": 1}'}
    world.s3.put_object(Bucket=bucket, Key="source.zip", Body=zipped(files))
    role = world.role("all", "codepipeline.amazonaws.com", "s3:*", *allowed)
    name, execution = world.create(("Source", [source]), ("Act", [action]), role=role)
    world.until(name, execution)
    return world.actions(name, execution)["Act"]


def test_a_site_is_deployed_file_by_file(world: World) -> None:
    site = world.bucket("site", versioned=False)
    configuration = {"BucketName": site, "Extract": "true", "ObjectKey": "www", "CacheControl": "no-cache"}

    action = release(world, act("Deploy", "S3", configuration, inputArtifacts=[{"name": "SourceOutput"}]))

    assert action["status"] == "Succeeded"
    page = world.s3.get_object(Bucket=site, Key="www/index.html")
    kinds = (page["ContentType"], page["CacheControl"])
    assert (page["Body"].read(), *kinds) == (b"<p>hello", "text/html", "no-cache")


@pytest.mark.parametrize(("definition", "status"), [(MACHINE, "Succeeded"), (BROKEN, "Failed")])
def test_a_state_machine_runs_with_its_input_from_a_file(world: World, definition: dict[str, Any], status: str) -> None:
    states = world.client("stepfunctions")
    machine = states.create_state_machine(
        name=world.prefix, definition=json.dumps(definition), roleArn=world.role("machine", "states.amazonaws.com")
    )["stateMachineArn"]
    configuration = {"StateMachineArn": machine, "InputType": "FilePath", "Input": "in.json"}

    action = release(
        world, act("Invoke", "StepFunctions", configuration, inputArtifacts=[{"name": "SourceOutput"}]), "states:*"
    )

    assert action["status"] == status
    result = action["output"]["executionResult"]
    execution = states.describe_execution(executionArn=result["externalExecutionId"])
    assert json.loads(execution["input"]) == {"a": 1}
    if status == "Failed":
        assert result["errorDetails"]["message"].endswith("ended FAILED (Oops: it rained)")
    else:
        expected = {"StateMachineArn": machine, "ExecutionArn": execution["executionArn"]}
        assert action["output"]["outputVariables"] == expected


def test_a_role_that_may_not_start_a_state_machine_fails_the_action(world: World) -> None:
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{world.prefix}"

    action = release(world, act("Invoke", "StepFunctions", {"StateMachineArn": arn}))

    assert action["output"]["executionResult"]["errorDetails"]["code"] == "PermissionError"


def test_another_pipeline_runs_and_is_waited_for(world: World, approval: Declare) -> None:
    other = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    other["name"] = f"{world.prefix}-other"
    world.codepipeline.create_pipeline(pipeline=other)
    world.decide(other["name"], "Commit", "Gate")
    world.until(other["name"], world.newest(other["name"]))
    role = world.role("nested", "codepipeline.amazonaws.com", "s3:*", "codepipeline:*")
    source = {**other["stages"][0]["actions"][0]}
    invocation = act("Invoke", "CodePipeline", {"PipelineName": other["name"]})
    nested = {**other, "name": f"{world.prefix}-nested", "roleArn": role}
    nested["stages"] = [{"name": "Source", "actions": [source]}, {"name": "Act", "actions": [invocation]}]
    world.codepipeline.create_pipeline(pipeline=nested)
    execution = world.newest(nested["name"])

    world.decide(other["name"], "Commit", "Gate", "Rejected")

    assert world.until(nested["name"], execution) == "Failed"
    result = world.actions(nested["name"], execution)["Act"]["output"]["executionResult"]
    assert result["externalExecutionId"] == world.newest(other["name"])
    assert f"of the pipeline {other['name']} ended Failed" in result["errorDetails"]["message"]
