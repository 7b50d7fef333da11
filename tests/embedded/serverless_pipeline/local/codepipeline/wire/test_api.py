"""The service on the wire: the AWS CLI is its client, IAM decides who may call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_the_aws_cli_drives_a_pipeline_from_creation_to_deletion(
    world: World, approval: Declare, tmp_path: Path
) -> None:
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    name = pipeline["name"]
    (tmp_path / "pipeline.json").write_text(json.dumps(pipeline))
    aws(world, "create-pipeline", "--pipeline", f"file://{tmp_path}/pipeline.json", "--tags", "key=a,value=b")
    token = world.token(name, "Commit", "Gate")

    state = aws(world, "get-pipeline-state", "--name", name)
    decision = ["--pipeline-name", name, "--stage-name", "Commit", "--action-name", "Gate", "--token", token]
    aws(world, "put-approval-result", *decision, "--result", "summary=fine,status=Approved")
    world.until(name, world.newest(name))
    actions = aws(world, "list-action-executions", "--pipeline-name", name)["actionExecutionDetails"]
    listed = aws(world, "list-pipelines")["pipelines"]
    aws(world, "delete-pipeline", "--name", name)

    assert [stage["stageName"] for stage in state["stageStates"]] == ["Source", "Commit"]
    assert [(action["actionName"], action["status"]) for action in actions] == [
        ("Gate", "Succeeded"),
        ("Source", "Succeeded"),
    ]
    assert name in [item["name"] for item in listed]


def test_a_list_comes_in_pages(world: World, approval: Declare) -> None:
    name, first = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    second = world.start(name)

    pages = world.codepipeline.get_paginator("list_pipeline_executions").paginate(
        pipelineName=name, PaginationConfig={"PageSize": 1}
    )
    ids = [[item["pipelineExecutionId"] for item in page["pipelineExecutionSummaries"]] for page in pages]

    assert ids == [[second], [first]]
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        world.codepipeline.list_pipeline_executions(pipelineName=name, nextToken="x")


def test_tags_are_set_and_taken_away(world: World, approval: Declare) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    arn = world.codepipeline.get_pipeline(name=name)["metadata"]["pipelineArn"]

    world.codepipeline.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    world.codepipeline.untag_resource(resourceArn=arn, tagKeys=["a", "never"])

    assert world.codepipeline.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    with pytest.raises(ClientError, match="InvalidTagsException"):
        world.codepipeline.tag_resource(resourceArn=arn, tags=[{"key": "aws:x", "value": "1"}])


def test_a_name_is_used_once(world: World, approval: Declare) -> None:
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.codepipeline.create_pipeline(pipeline=pipeline)

    with pytest.raises(ClientError, match="PipelineNameInUseException"):
        world.codepipeline.create_pipeline(pipeline=pipeline)


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("start_pipeline_execution", {"name": "nobody"}, "The account with id '000000000000' does not include"),
        (
            "get_pipeline_state",
            {"name": "nobody"},
            "Account '000000000000' does not have a pipeline with name 'nobody'",
        ),
    ],
)
def test_a_pipeline_that_is_missing_is_named(
    world: World, operation: str, request_: dict[str, str], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        getattr(world.codepipeline, operation)(**request_)


def test_an_execution_that_is_missing_is_named(world: World, approval: Declare) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    unknown = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(ClientError, match="PipelineExecutionNotFoundException"):
        world.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=unknown)


def test_a_user_sees_only_the_pipelines_that_a_policy_names(world: World, approval: Declare) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    arn = world.codepipeline.get_pipeline(name=name)["metadata"]["pipelineArn"]
    codepipeline = user(world, "codepipeline:GetPipelineState", arn)

    assert codepipeline.get_pipeline_state(name=name)["pipelineName"] == name
    with pytest.raises(ClientError, match="not authorized to perform: codepipeline:GetPipelineState"):
        codepipeline.get_pipeline_state(name="another")
    with pytest.raises(ClientError, match="not authorized to perform: codepipeline:DeletePipeline"):
        codepipeline.delete_pipeline(name=name)


def test_answers_to_jobs_cannot_be_scoped_to_a_pipeline(world: World) -> None:
    scoped = user(world, "codepipeline:PutJobSuccessResult", "arn:aws:codepipeline:us-east-1:000000000000:*")

    with pytest.raises(ClientError, match="not authorized to perform: codepipeline:PutJobSuccessResult"):
        scoped.put_job_success_result(jobId="00000000-0000-0000-0000-000000000000")


def test_an_unsigned_request_is_refused(world: World) -> None:
    from botocore import UNSIGNED
    from botocore.config import Config

    anonymous = boto3.client(
        "codepipeline", endpoint_url=world.url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )

    with pytest.raises(ClientError, match="Missing Authentication Token"):
        anonymous.list_pipelines()


def user(world: World, action: str, resource: str) -> Any:
    """A client of a user who may do one thing."""
    name = f"{world.prefix}-user"
    world.iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=document)
    key = world.iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "codepipeline",
        endpoint_url=world.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def aws(world: World, *words: str) -> dict[str, Any]:
    """What the AWS CLI answers."""
    command = shutil.which("aws", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert command is not None, "the AWS CLI is not installed; requirements.txt names it"
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": world.url,
        "AWS_ACCESS_KEY_ID": world.access_key,
        "AWS_SECRET_ACCESS_KEY": world.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    ran = subprocess.run(
        [command, "codepipeline", *words, "--output", "json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout or "{}"))
