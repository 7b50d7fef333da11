"""The deployer's policy: derived from the templates, enough for the whole life of the stack, and nothing too much."""

from __future__ import annotations

import json
import urllib.request
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.cloudformation import change_set, operation, permissions, stack
from serverless_pipeline.commands import diff, down, drift, log, run, status, up
from serverless_pipeline.commands import policy as deployer
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.settings import S3, Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)

UNASKED = {
    "codepipeline:ListPipelines": "only a real region may lack the service",
    "lambda:GetAccountSettings": "only a real account has quotas",
    "cloudformation:ContinueUpdateRollback": "only after a rollback that failed",
    "cloudformation:DescribeEvents": "only after CloudFormation found a mistake before it began",
    "s3:AbortMultipartUpload": "only after the upload of a large bundle that broke off",
}

"""What the embedded AWS does not ask about in a life without mishaps, and why the policy has it."""


@dataclass(frozen=True)
class Deployer:
    """Somebody with a policy of their own, at a stack of their own."""

    settings: Settings
    root: Clients
    clients: Clients
    user: str
    key: str

    def may(self, document: dict[str, Any]) -> None:
        """Have exactly this policy."""
        self.root.iam.put_user_policy(UserName=self.user, PolicyName="all", PolicyDocument=json.dumps(document))

    def policy(self) -> dict[str, Any]:
        return deployer.policy(self.settings, self.root, blueprint.draw(self.settings, self.root).templates)


@pytest.fixture
def somebody(clients: Clients) -> Iterator[Deployer]:
    assert clients.endpoint
    name = f"policy-{uuid.uuid4().hex[:8]}"
    settings = Settings(stack_name=name, source=S3(), environments=("Prod",), termination_protection=True)
    clients.iam.create_user(UserName=name)
    key = clients.iam.create_access_key(UserName=name)["AccessKey"]
    own = aws.Endpoint(clients.endpoint.url, key["AccessKeyId"], key["SecretAccessKey"])
    yield Deployer(settings, clients, aws.connect(settings, own), name, key["AccessKeyId"])
    down.down(settings, clients, sure=True, unprotect=True)


def without(document: dict[str, Any], action: str) -> dict[str, Any]:
    """The policy with one action less."""
    left = [
        statement | {"Action": [one for one in statement["Action"] if one != action]}
        for statement in document["Statement"]
    ]
    return document | {"Statement": [statement for statement in left if statement["Action"]]}


def actions(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def live(one: Deployer) -> None:
    """The whole life of the stack: up, again, changed everywhere, looked at, run, down."""
    settings, clients = one.settings, one.clients
    diff.diff(settings, clients, output="text", fail=False)
    for chosen in (settings, settings, replace(settings, memory=1024, tags={"Team": "shop"}, package_task="other")):
        up.up(chosen, clients, wait=True, sure=True)
    change_set.deploy(clients, with_other_code(one))
    operation.conclude(
        clients, operation.watch(clients, stack.demand(clients, settings.stack_name), Patience(timeout=PATIENCE))
    )
    assert list(drift.detect(clients, stack.demand(clients, settings.stack_name))) == []
    status.describe(settings, clients)
    log.stack_events(settings, clients, Patience(), follow=False)
    clients.s3.put_object(Bucket=bucket.name(settings, clients), Key=S3().key, Body=EMPTY_ZIP)
    run.start(settings, clients)
    down.down(settings, clients, sure=True, unprotect=True)


def with_other_code(one: Deployer) -> stack.Desired:
    """The stack with a bundle under another key."""
    values = dict(stack.demand(one.root, one.settings.stack_name).parameters)
    source = {"Bucket": values["BundleBucket"], "Key": values["BundleKey"]}
    one.root.s3.copy_object(Bucket=values["BundleBucket"], Key="bundles/other.zip", CopySource=source)  # type: ignore[arg-type]
    plan = blueprint.draw(one.settings, one.root)
    return blueprint.desired(one.settings, one.root, plan, values | {"BundleKey": "bundles/other.zip"})


def asked(one: Deployer) -> set[str]:
    """What the embedded AWS asked IAM in the name of somebody."""
    assert one.root.endpoint
    with urllib.request.urlopen(f"{one.root.endpoint.url}/_local/permissions") as answer:
        return set(json.load(answer)[one.key])


def test_the_whole_life_runs_with_exactly_that_policy_and_asks_for_all_of_it(somebody: Deployer) -> None:
    document = somebody.policy()
    somebody.may(document)

    live(somebody)

    assert actions(document) - asked(somebody) == set(UNASKED)
    assert stack.find(somebody.root, somebody.settings.stack_name) is None


@pytest.mark.parametrize(
    "action",
    [
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:DescribeStackEvents",
        "dynamodb:CreateTable",
        "iam:PassRole",
        "lambda:TagResource",
        "s3:PutBucketWebsite",
        "s3:PutObject",
    ],
)
def test_one_action_less_and_it_does_not_come_up(somebody: Deployer, action: str) -> None:
    somebody.may(without(somebody.policy(), action))

    with pytest.raises((Error, *aws.failures()), match=rf"not authorized to perform: {action}|AccessDenied|Forbidden"):
        up.up(somebody.settings, somebody.clients, wait=True, sure=True)


@pytest.mark.parametrize(
    "action", ["cloudformation:DeleteStack", "dynamodb:DeleteTable", "lambda:RemovePermission", "s3:DeleteBucket"]
)
def test_one_action_less_and_it_does_not_go_down(somebody: Deployer, action: str) -> None:
    up.up(somebody.settings, somebody.root, wait=True, sure=True)
    somebody.may(without(somebody.policy(), action))

    with pytest.raises((Error, *aws.failures()), match=rf"not authorized to perform: {action}|AccessDenied|Forbidden"):
        down.down(somebody.settings, somebody.clients, sure=True, unprotect=True)


def test_the_policy_fits_into_a_managed_one(clients: Clients) -> None:
    chosen = Settings(stack_name="a" * 28, environments=("Test", "Stage", "Prod"))

    document = deployer.policy(chosen, clients, blueprint.draw(chosen, clients).templates)

    assert len("".join(json.dumps(document).split())) < deployer.LARGEST


def test_only_what_has_no_name_is_allowed_everywhere(somebody: Deployer) -> None:
    everywhere = [one for one in somebody.policy()["Statement"] if "*" in one["Resource"]]

    assert [one["Sid"] for one in everywhere] == ["LookAround"]


def test_a_type_that_is_not_in_the_templates_needs_nothing(somebody: Deployer) -> None:
    found = deployer.policy(somebody.settings, somebody.root, {"root": "Resources: {A: {Type: AWS::S3::Bucket}}"})

    assert not {action for action in actions(found) if action.startswith(("dynamodb:", "iam:", "apigateway:"))}


def test_a_property_that_is_not_set_needs_nothing(somebody: Deployer) -> None:
    plain = {"root": "Resources: {A: {Type: AWS::S3::Bucket}}"}
    site = {"root": "Resources: {A: {Type: AWS::S3::Bucket, Properties: {WebsiteConfiguration: {}}}}"}

    more = [actions(deployer.policy(somebody.settings, somebody.root, one)) for one in (plain, site)]

    assert more[1] - more[0] == {"s3:PutBucketWebsite"}


def test_a_type_of_the_projects_own_is_named(somebody: Deployer, capsys: pytest.CaptureFixture[str]) -> None:
    assert deployer.unknown({"root": "Resources: {A: {Type: AWS::SNS::Topic}}"}) == {"AWS::SNS::Topic"}

    deployer.show(somebody.settings, somebody.root, "json")

    told = capsys.readouterr()
    assert "Missing" not in told.err
    assert json.loads(told.out) == somebody.policy()


def test_with_a_service_role_it_is_enough_to_hand_it_over(somebody: Deployer) -> None:
    role = "arn:aws:iam::123456789012:role/deployer"

    found = deployer.policy(replace(somebody.settings, service_role=role), somebody.root, {})

    assert found["Statement"][-1] == {
        "Sid": "HandServiceRole",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [role],
        "Condition": {"StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com"]}},
    }


def test_cloudformation_acts_as_the_service_role(clients: Clients, somebody: Deployer) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = clients.iam.create_role(RoleName=somebody.user, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    one = replace(somebody, settings=replace(somebody.settings, service_role=role))
    everything = somebody.policy()
    one.may(one.policy())
    nobody = replace(one.settings, service_role=f"{role}-nobody")

    with pytest.raises(ClientError, match="cannot be assumed"):
        up.up(nobody, clients, wait=True, sure=True)
    clients.iam.put_role_policy(
        RoleName=one.user, PolicyName="all", PolicyDocument=json.dumps(without(everything, "dynamodb:CreateTable"))
    )
    with pytest.raises(Error, match=rf"assumed-role/{one.user}/\S+ is not authorized to perform: dynamodb:CreateTable"):
        up.up(one.settings, one.clients, wait=True, sure=True)
    clients.iam.put_role_policy(RoleName=one.user, PolicyName="all", PolicyDocument=json.dumps(everything))
    up.up(one.settings, one.clients, wait=True, sure=True)
    down.down(one.settings, one.clients, sure=True, unprotect=True)

    assert "dynamodb:CreateTable" not in asked(one)
    assert stack.find(clients, one.settings.stack_name) is None


@pytest.mark.parametrize("kind", sorted(permissions.TYPES))
def test_every_action_of_a_type_is_one_that_awss_schema_lists(kind: str) -> None:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    listed = {one for handler in schema["handlers"].values() for one in handler["permissions"]}
    needs = permissions.TYPES[kind]

    wanted = {*needs.actions, *(action for more in needs.properties.values() for action in more)}

    assert wanted - listed == set()


def test_every_action_of_the_commands_exists() -> None:
    session = boto3.Session()
    known = {
        (client, operation)
        for client in ("cloudformation", "codepipeline", "lambda", "logs")
        for operation in session.client(client, region_name="us-east-1").meta.service_model.operation_names
    }

    wanted = {tuple(action.split(":")) for one in permissions.COMMANDS for action in one.actions}

    assert {pair for pair in wanted if pair[0] != "s3"} - known == set()
