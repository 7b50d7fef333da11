"""A function gets a job and answers it, or does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_a_continuation_token_comes_back_in_a_new_job(world: World, invoke: Declare) -> None:
    build = invoke("Build", world.function(), {"parts": 2}, outputArtifacts=[{"name": "Built"}])

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))

    assert world.until(name, execution) == "Succeeded"
    job = event(world, name, execution)
    assert job["data"]["continuationToken"] == "second"
    assert world.stages(name)["Commit"]["actionStates"][0]["latestExecution"]["percentComplete"] == 50


def test_a_function_gets_the_job_that_aws_documents(world: World, invoke: Declare) -> None:
    build = invoke(
        "Build", world.function(), inputArtifacts=[{"name": "SourceOutput"}], outputArtifacts=[{"name": "Built"}]
    )

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))

    assert world.until(name, execution) == "Succeeded"
    job = event(world, name, execution)
    assert sorted(job) == ["accountId", "data", "id"]
    data = job["data"]
    assert sorted(data) == ["actionConfiguration", "artifactCredentials", "inputArtifacts", "outputArtifacts"]
    assert data["actionConfiguration"] == {"configuration": {"FunctionName": build["configuration"]["FunctionName"]}}
    source = world.actions(name, execution)["Source"]["output"]
    assert data["inputArtifacts"][0]["revision"] == source["outputVariables"]["VersionId"]
    where = data["inputArtifacts"][0]["location"]["s3Location"]
    assert where["objectKey"] == source["outputArtifacts"][0]["s3location"]["key"]
    assert data["outputArtifacts"][0]["revision"] is None


def test_an_answer_is_taken_once(world: World, invoke: Declare) -> None:
    build = invoke("Build", world.function(), outputArtifacts=[{"name": "Built"}])
    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))
    assert world.until(name, execution) == "Succeeded"
    job_id = event(world, name, execution)["id"]
    details = {"summary": "done"}

    repeated = world.codepipeline.put_job_success_result(jobId=job_id, executionDetails=details)

    assert repeated["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="InvalidJobStateException"):
        world.codepipeline.put_job_success_result(jobId=job_id, outputVariables={"other": "1"})
    with pytest.raises(ClientError, match="has already terminated"):
        world.codepipeline.put_job_failure_result(jobId=job_id, failureDetails={"type": "JobFailed", "message": "no"})


def test_an_unknown_job_is_not_found(world: World) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(ClientError, match=f"Job with id '{unknown}' does not exist"):
        world.codepipeline.put_job_success_result(jobId=unknown)


def test_a_function_without_the_permission_to_answer_leaves_its_action_to_time_out(
    world: World, invoke: Declare
) -> None:
    function = world.function(answers=False)

    name, execution = world.create(("Source", [world.source()]), ("Commit", [invoke("Mute", function)]))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Mute"]["output"]["executionResult"]["errorDetails"]
    assert error["message"].startswith(f"The AWS Lambda function {function} failed to return a result.")


def test_the_details_of_a_job_tell_where_it_stands(world: World, invoke: Declare) -> None:
    build = invoke("Build", world.function(), outputArtifacts=[{"name": "Built"}])
    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))
    assert world.until(name, execution) == "Succeeded"

    details = world.codepipeline.get_job_details(jobId=event(world, name, execution)["id"])["jobDetails"]

    context = details["data"]["pipelineContext"]
    assert (context["pipelineName"], context["stage"], context["pipelineExecutionId"]) == (
        name,
        {"name": "Commit"},
        execution,
    )


def event(world: World, name: str, execution: str) -> dict[str, Any]:
    """The job that the function put into its output artifact."""
    where = world.actions(name, execution)["Build"]["output"]["outputArtifacts"][0]["s3location"]
    body = world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    return dict(json.loads(body)["event"]["CodePipeline.job"])
