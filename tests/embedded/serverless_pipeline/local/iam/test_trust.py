"""Roles that are handed over and are not there, or trust somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.services import EVERYTHING, Service
from tests.support.stacks import resource

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

NOWHERE = "arn:aws:iam::000000000000:role/nowhere"
CANNOT = "The role defined for the function cannot be assumed by Lambda."


def function(role: Any) -> dict[str, Any]:
    code = {"ZipFile": "def handler(event, context): return 1"}
    return resource("Lambda::Function", Runtime="python3.13", Handler="index.handler", Code=code, Role=role)


def trusting(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("role", [NOWHERE, {"Fn::GetAtt": ["Role", "Arn"]}], ids=["gone", "another's"])
def test_a_function_without_a_role_that_lambda_can_assume_fails_its_stack(clients: Clients, role: Any) -> None:
    service = Service(clients)

    service.deliver({"Resources": {"Role": trusting("ec2.amazonaws.com"), "Function": function(role)}})

    assert service.status() == "ROLLBACK_COMPLETE"
    assert f"Function: {CANNOT} (Service: Lambda, Status Code: 400)" in service.failures()


def test_a_function_that_gets_another_role_keeps_its_own_where_that_fails(clients: Clients) -> None:
    service = Service(clients, EVERYTHING)
    good = {
        "Resources": {"Role": trusting("lambda.amazonaws.com"), "Function": function({"Fn::GetAtt": ["Role", "Arn"]})}
    }
    service.deliver(good)

    service.deliver({"Resources": {**good["Resources"], "Function": function(NOWHERE)}})

    listed = clients.cloudformation.describe_stack_resources(StackName=service.name)["StackResources"]
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
    now = clients.client("lambda").get_function_configuration(FunctionName=names["Function"])["Role"]
    assert (service.status(), now.rpartition("/")[2]) == ("UPDATE_ROLLBACK_COMPLETE", names["Role"])


def test_lambda_itself_says_the_same(clients: Clients) -> None:
    with pytest.raises(ClientError, match=CANNOT):
        clients.client("lambda").create_function(
            FunctionName="nowhere",
            Runtime="python3.13",
            Handler="index.handler",
            Role=NOWHERE,
            Code={"ZipFile": b"PK"},
        )
