"""Roles are assumed and enforced: what a role lacks fails the action, with words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]

ACCOUNT = "000000000000"


def test_a_role_that_may_not_invoke_fails_the_action_with_permission_error(world: World, invoke: Declare) -> None:
    role = world.pipeline_role(without="lambda:InvokeFunction")

    name, execution = world.create(
        ("Source", [world.source()]), ("Commit", [invoke("Build", world.function())]), role=role
    )

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "PermissionError"
    assert "lambda:InvokeFunction" in error["message"]


def test_a_function_that_does_not_exist_is_a_configuration_error(world: World, invoke: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [invoke("Build", "nowhere")]))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert error == {"code": "ConfigurationError", "message": "The AWS Lambda function nowhere does not exist."}


def test_a_role_that_does_not_exist_is_refused(world: World, approval: Declare) -> None:
    pipeline = world.declare(
        ("Source", [world.source()]), ("Commit", [approval("Gate")]), role=f"arn:aws:iam::{ACCOUNT}:role/nobody"
    )

    with pytest.raises(ClientError) as refused:
        world.codepipeline.create_pipeline(pipeline=pipeline)

    assert refused.value.response["Error"] == {
        "Code": "InvalidStructureException",
        "Message": f"CodePipeline is not authorized to perform AssumeRole on role {pipeline['roleArn']}",
    }


def test_a_role_that_trusts_another_service_is_refused(world: World, approval: Declare) -> None:
    role = world.role("other", "lambda.amazonaws.com", "s3:*")
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]), role=role)

    with pytest.raises(ClientError, match="CodePipeline is not authorized to perform AssumeRole"):
        world.codepipeline.create_pipeline(pipeline=pipeline)


@pytest.mark.parametrize(("account", "accepted"), [(ACCOUNT, True), ("111111111111", False)])
def test_the_condition_of_a_trust_policy_on_the_source_account_counts(
    world: World, approval: Declare, account: str, *, accepted: bool
) -> None:
    role = world.pipeline_role()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "codepipeline.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document)
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]), role=role)

    if accepted:
        answer = world.codepipeline.create_pipeline(pipeline=pipeline)
        assert answer["pipeline"]["name"] == pipeline["name"]
    else:
        with pytest.raises(ClientError, match="CodePipeline is not authorized to perform AssumeRole"):
            world.codepipeline.create_pipeline(pipeline=pipeline)


def test_an_action_acts_as_its_own_role(world: World, invoke: Declare) -> None:
    pipeline_role = world.pipeline_role(without="lambda:InvokeFunction")
    action_role = own_role(world, pipeline_role, "lambda:InvokeFunction")
    allow(world, pipeline_role, "sts:AssumeRole", action_role)
    build = invoke("Build", world.function(), roleArn=action_role)

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]), role=pipeline_role)

    assert world.until(name, execution) == "Succeeded"


def test_an_action_role_that_the_pipeline_role_may_not_assume_is_refused(world: World, invoke: Declare) -> None:
    pipeline_role = world.pipeline_role()
    action_role = own_role(world, pipeline_role, "lambda:InvokeFunction")
    build = invoke("Build", world.function(), roleArn=action_role)
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [build]), role=pipeline_role)

    with pytest.raises(
        ClientError, match=f"{pipeline_role} is not authorized to perform AssumeRole on role {action_role}"
    ):
        world.codepipeline.create_pipeline(pipeline=pipeline)


def test_a_role_that_is_taken_away_fails_the_action(world: World, invoke: Declare, approval: Declare) -> None:
    role = world.pipeline_role()
    stage = [approval("Gate"), invoke("Build", world.function(), runOrder=2)]
    name, execution = world.create(("Source", [world.source()]), ("Commit", stage), role=role)
    world.token(name, "Commit", "Gate")
    world.iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="allowed")
    world.iam.delete_role(RoleName=role.rpartition("/")[2])

    world.decide(name, "Commit", "Gate")

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert error == {
        "code": "PermissionError",
        "message": f"CodePipeline is not authorized to perform AssumeRole on role {role}",
    }


def own_role(world: World, pipeline_role: str, action: str) -> str:
    """The role of an action, which lets the pipeline's role in."""
    arn = world.role("action", "codepipeline.amazonaws.com", action)
    statement = {"Effect": "Allow", "Principal": {"AWS": pipeline_role}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.update_assume_role_policy(RoleName=arn.rpartition("/")[2], PolicyDocument=document)
    return arn


def allow(world: World, role: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="more", PolicyDocument=document)
