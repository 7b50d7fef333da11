"""Who may make bounded roles only makes bounded roles only, by IAM itself and by a stack."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.functions import runtime
from tests.support.lambdas import TRUST
from tests.support.services import Service, allow, document
from tests.support.stacks import resource

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

ROLE_ACTIONS = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy"]
LIST = "import boto3\ndef handler(event, context):\n    return len(boto3.client('s3').list_buckets()['Buckets'])\n"


@pytest.fixture(scope="module")
def boundary(clients: Clients) -> str:
    """A policy that allows to write logs, and no more."""
    name = f"boundary-{uuid.uuid4().hex[:8]}"
    return clients.iam.create_policy(PolicyName=name, PolicyDocument=document(allow("logs:*")))["Policy"]["Arn"]


def bounded_only(boundary: str) -> dict[str, Any]:
    return allow(ROLE_ACTIONS, Condition={"StringEquals": {"iam:PermissionsBoundary": boundary}})


class Maker:
    """Somebody who acts with a role that may make bounded roles only."""

    def __init__(self, clients: Clients, boundary: str) -> None:
        name = f"maker-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": clients.account}, "Action": "sts:AssumeRole"}
        arn = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        clients.iam.put_role_policy(RoleName=name, PolicyName="its", PolicyDocument=document(bounded_only(boundary)))
        keys = clients.sts.assume_role(RoleArn=arn, RoleSessionName="maker")["Credentials"]
        assert clients.endpoint
        self.iam: Any = clients.session.create_client(
            "iam",
            endpoint_url=clients.endpoint.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def may(self, operation: str, **parameters: str) -> bool:
        try:
            getattr(self.iam, operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        return True


@pytest.fixture(scope="module")
def maker(clients: Clients, boundary: str) -> Maker:
    return Maker(clients, boundary)


def test_a_role_is_made_with_that_boundary_and_with_no_other(maker: Maker, boundary: str) -> None:
    name, trust = f"made-{uuid.uuid4().hex[:8]}", {"AssumeRolePolicyDocument": TRUST}

    assert not maker.may("create_role", RoleName=name, **trust)
    assert not maker.may("create_role", RoleName=name, PermissionsBoundary=f"{boundary}x", **trust)
    assert maker.may("create_role", RoleName=name, PermissionsBoundary=boundary, **trust)


def test_a_role_gets_policies_only_if_it_is_bounded(clients: Clients, maker: Maker, boundary: str) -> None:
    free, bound = (f"{word}-{uuid.uuid4().hex[:8]}" for word in ("free", "bound"))
    clients.iam.create_role(RoleName=free, AssumeRolePolicyDocument=TRUST)
    clients.iam.create_role(RoleName=bound, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)
    policy = {"PolicyName": "own", "PolicyDocument": document(allow("s3:*"))}

    assert [maker.may("put_role_policy", RoleName=name, **policy) for name in (free, bound)] == [False, True]
    assert [
        maker.may("attach_role_policy", RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        for name in (free, bound)
    ] == [False, True]


def stack_role(boundary: str = "") -> dict[str, Any]:
    """A template with a role that may list buckets."""
    policy = {"PolicyName": "own", "PolicyDocument": json.loads(document(allow("s3:ListAllMyBuckets")))}
    bound = {"PermissionsBoundary": boundary} if boundary else {}
    role = resource("IAM::Role", AssumeRolePolicyDocument=json.loads(TRUST), Policies=[policy], **bound)
    return {"Resources": {"Role": role}}


def service(clients: Clients, boundary: str) -> Service:
    """A stack whose service role may make bounded roles only."""
    rest = allow(
        ["iam:GetRole*", "iam:DeleteRole", "iam:ListRole*", "iam:ListAttached*", "iam:PassRole", "iam:TagRole"]
    )
    return Service(clients, [bounded_only(boundary), rest])


def test_a_stack_makes_a_role_with_the_boundary_that_its_service_role_asks_for(clients: Clients, boundary: str) -> None:
    stack = service(clients, boundary)

    stack.deliver(stack_role(boundary))

    assert stack.failures() == []
    assert stack.status() == "CREATE_COMPLETE"


def test_a_stack_makes_no_role_without_it_and_names_the_action(clients: Clients, boundary: str) -> None:
    stack = service(clients, boundary)

    stack.deliver(stack_role())

    session = f"arn:aws:sts::{clients.account}:assumed-role/{stack.name}-cloudformation/AWSCloudFormation"
    first, *_ = stack.failures()
    assert stack.status() == "ROLLBACK_COMPLETE"
    assert first.startswith(f"Role: User: {session} is not authorized to perform: iam:CreateRole on resource: arn:aws:")


def test_a_function_may_do_what_its_policies_and_its_boundary_allow(clients: Clients, boundary: str) -> None:
    answers: dict[str, Any] = {}
    for name, bound in (("bounded", boundary), ("free", "")):
        template = stack_role(bound)
        template["Resources"]["Function"] = resource(
            "Lambda::Function",
            Runtime=runtime.identity()[0],
            Handler="index.handler",
            Timeout=30,
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Code={"ZipFile": LIST},
        )
        template["Outputs"] = {"Function": {"Value": {"Ref": "Function"}}}
        outputs = Service(clients).deliver(template)
        answer = json.load(clients.functions.invoke(FunctionName=outputs["Function"])["Payload"])
        answers[name] = answer if isinstance(answer, int) else answer["errorMessage"]

    assert (
        "not authorized to perform: s3:ListAllMyBuckets" in answers["bounded"] or "AccessDenied" in answers["bounded"]
    )
    assert isinstance(answers["free"], int)
