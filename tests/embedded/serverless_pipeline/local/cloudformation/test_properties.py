"""A role of a stack that has a boundary may do what its policies and the boundary both allow, and nothing else."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from serverless_pipeline import aws
from tests.support.services import Service
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


class Bounded:
    """A stack with one role, which may list buckets and functions."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.name = f"bounded-{uuid.uuid4().hex[:8]}"

    def deploy(self, boundary: str = "") -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": self.clients.account}, "Action": "sts:AssumeRole"}
        properties = {
            "RoleName": self.name,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": allow("s3:ListAllMyBuckets", "lambda:ListFunctions")}],
            **({"PermissionsBoundary": boundary} if boundary else {}),
        }
        template = json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})
        cloudformation = self.clients.cloudformation
        deploy = cloudformation.update_stack if self.status() else cloudformation.create_stack
        deploy(StackName=self.name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        until(lambda: self.status() in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, "the operation")

    def status(self) -> str:
        try:
            return self.clients.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except ClientError:
            return ""

    def may(self) -> dict[str, bool]:
        """What a session of the role may do."""
        assert self.clients.endpoint
        role = f"arn:aws:iam::{self.clients.account}:role/{self.name}"
        keys = self.clients.sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        session = boto3.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=self.clients.region
        )
        url = self.clients.endpoint.url
        buckets, functions = session.client("s3", endpoint_url=url), session.client("lambda", endpoint_url=url)
        return {"s3": is_allowed(buckets.list_buckets), "lambda": is_allowed(functions.list_functions)}


def is_allowed(call: Any) -> bool:
    try:
        call()
    except ClientError as error:
        if not aws.is_refused(error):
            raise
        return False
    return True


@pytest.fixture
def bounded(clients: Clients) -> Iterator[Bounded]:
    one = Bounded(clients)
    yield one
    clients.cloudformation.delete_stack(StackName=one.name)


@pytest.fixture
def boundary(clients: Clients) -> str:
    """A policy that allows to list buckets, and something that the role may not."""
    document = json.dumps(allow("s3:ListAllMyBuckets", "dynamodb:*"))
    return clients.iam.create_policy(PolicyName=f"bounds-{uuid.uuid4().hex[:8]}", PolicyDocument=document)["Policy"][
        "Arn"
    ]


def test_a_role_that_is_made_with_a_boundary_is_bounded(bounded: Bounded, boundary: str) -> None:
    bounded.deploy(boundary)

    assert bounded.may() == {"s3": True, "lambda": False}


def test_a_boundary_that_comes_later_bounds_and_one_that_goes_does_not(bounded: Bounded, boundary: str) -> None:
    may = []
    for wanted in ("", boundary, ""):
        bounded.deploy(wanted)
        may.append(bounded.may())

    assert may == [{"s3": True, "lambda": True}, {"s3": True, "lambda": False}, {"s3": True, "lambda": True}]


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:iam::aws:policy/AWSPriceListServiceFullAccess", "does not know the managed policy"),
        ("arn:aws:iam::000000000000:policy/nobody", "does not exist or is not attachable"),
    ],
)
def test_a_role_is_not_made_with_a_managed_policy_that_is_not_there(clients: Clients, arn: str, message: str) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    properties = {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [arn]}
    service = Service(clients)

    service.deliver({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})

    assert message in service.failures()[0]
    assert arn in service.failures()[0]
