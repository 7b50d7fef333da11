"""The deployer's policy as a document: derived from the templates, and nothing too much."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml
from botocore.session import get_session

from serverless_pipeline.cloudformation import statements
from serverless_pipeline.cloudformation.calls import TYPES
from serverless_pipeline.commands import policy
from serverless_pipeline.commands.policy import Policy
from serverless_pipeline.project import templates
from serverless_pipeline.project.templates import Templates
from serverless_pipeline.settings import S3, GitHub, Settings, Shift
from tests.support import ROOT, environments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from serverless_pipeline.aws import Clients

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
SETTINGS = Settings(stack_name="shop", source=S3(), environments=("Prod",))
FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function:shop-"
LOG_GROUPS = tuple(
    f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}" for name in ("/aws/*/shop-*", "shop-*", "shop/*", "/shop/*")
)
STACKS = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop"
SIDS_OF_WORDS = [
    *("PlanAndFollow", "PublishAndEmpty", "PublishAndEmptyObjects", "RunAndWatch", "LookForFunctions"),
    *("LookAtStages", "RollBack", "ReadAndSweepLogs", "LookAround"),
]
OF_WORDS: Mapping[str, tuple[list[str], str]] = {
    "PlanAndFollow": (
        [f"{STACKS}/*", f"{STACKS}-*/*"],
        (
            "cloudformation: ContinueUpdateRollback CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet "
            "DescribeEvents DescribeStackEvents DescribeStackResourceDrifts DescribeStacks DetectStackDrift "
            "DetectStackResourceDrift ExecuteChangeSet GetTemplate ListChangeSets ListStackResources "
            "UpdateTerminationProtection"
        ),
    ),
    "PublishAndEmpty": (
        ["arn:aws:s3:::shop-*"],
        (
            "s3: CreateBucket DeleteBucket ListBucket ListBucketVersions PutBucketPublicAccessBlock PutBucketTagging "
            "PutBucketVersioning PutEncryptionConfiguration"
        ),
    ),
    "PublishAndEmptyObjects": (
        ["arn:aws:s3:::shop-*/*"],
        "s3: AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject PutObject",
    ),
    "RunAndWatch": (
        ["arn:aws:codepipeline:eu-west-1:123456789012:shop"],
        ("codepipeline: Get* ListActionExecutions ListPipelineExecutions StartPipelineExecution StopPipelineExecution"),
    ),
    "LookForFunctions": ([f"{FUNCTIONS}*"], "lambda: GetAlias GetFunctionConfiguration"),
    "LookAtStages": (["arn:aws:apigateway:eu-west-1::/restapis/*"], "apigateway: GET"),
    "RollBack": ([f"{FUNCTIONS}rollback"], "lambda: InvokeFunction"),
    "ReadAndSweepLogs": ([*LOG_GROUPS], "logs: DeleteLogGroup FilterLogEvents"),
    "LookAround": (
        ["*"],
        (
            "cloudformation: BatchDescribeTypeConfigurations DescribeStackDriftDetectionStatus "
            "codepipeline: ListPipelines lambda: GetAccountSettings logs: DescribeLogGroups "
            "s3: GetAccountPublicAccessBlock ListAllMyBuckets"
        ),
    ),
}


def clients(region: str = "eu-west-1", partition: str = "aws") -> Clients:
    partitions = SimpleNamespace(get_partition_for_region={region: partition}.__getitem__)
    return cast("Clients", SimpleNamespace(region=region, account="123456789012", session=partitions, endpoint=None))


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The policy for templates, given by name as YAML, and for resources of the environments."""

    def derive(settings: Settings = SETTINGS, delivered: Mapping[str, Any] | None = None, **texts: str) -> Policy:
        monkeypatch.setattr(templates, "draw", lambda *_: drawn(delivered or {}, **texts))
        return policy.derive(settings, clients())

    return derive


def drawn(delivered: Mapping[str, Any], **texts: str) -> Templates:
    return Templates("https://home", texts, environments.template(delivered))


def statement(sid: str, actions: str | Sequence[str], *resources: str, **more: Any) -> dict[str, Any]:
    """A statement; actions are written as `service: Action Action`."""
    listed: list[str] = []
    service = ""
    for word in actions.split() if isinstance(actions, str) else actions:
        if word.endswith(":"):
            service = word
        else:
            listed.append(f"{service}{word}")
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(listed), "Resource": list(resources), **more}


def of(derived_policy: Policy, sid: str) -> dict[str, Any]:
    (one,) = [one for one in derived_policy.document["Statement"] if one["Sid"] == sid]
    return cast("dict[str, Any]", one)


def actions(derived_policy: Policy) -> set[str]:
    return {action for one in derived_policy.document["Statement"] for action in one["Action"]}


def test_the_words_themselves_need_this_whatever_the_templates_hold(derived: Any) -> None:
    derived_policy = derived(root="Resources: {}", empty="Outputs: {}")

    words = [statement(sid, listed, *resources) for sid, (resources, listed) in OF_WORDS.items()]
    assert derived_policy == Policy({"Version": "2012-10-17", "Statement": words}, ())


def test_every_action_of_the_words_exists() -> None:
    session = get_session()
    operations = {
        f"{service}:{operation}"
        for service in ("cloudformation", "codepipeline", "lambda", "logs")
        for operation in session.get_service_model(service).operation_names
    }

    wanted = {action for word in policy.WORDS for action in word.actions}

    assert {action for action in wanted if not action.startswith(("s3:", "apigateway:"))} - operations == {
        "lambda:InvokeFunction"  # the action of the operation Invoke
    }


def test_what_a_resource_needs_in_its_life_is_added_where_its_kind_lies(derived: Any) -> None:
    derived_policy = derived(root="Resources: {Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 14}}}")

    assert of(derived_policy, "ReadAndSweepLogs") == statement(
        "ReadAndSweepLogs",
        "logs: CreateLogGroup DeleteLogGroup DeleteRetentionPolicy FilterLogEvents GetDataProtectionPolicy "
        "ListTagsForResource PutRetentionPolicy TagResource UntagResource",
        *LOG_GROUPS,
    )
    assert of(derived_policy, "LookAround")["Action"][-5:-2] == [
        "logs:DescribeIndexPolicies",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
    ]


def test_a_kind_that_no_word_is_about_has_a_statement_of_its_own(derived: Any) -> None:
    derived_policy = derived(root="Resources: {Table: {Type: AWS::DynamoDB::Table}}", other="Resources: {}")

    assert [one["Sid"] for one in derived_policy.document["Statement"]] == [*SIDS_OF_WORDS, "AWSDynamoDBTable"]
    assert of(derived_policy, "AWSDynamoDBTable") == statement(
        "AWSDynamoDBTable",
        "dynamodb: CreateTable DeleteTable Describe* GetResourcePolicy ListTagsOfResource TagResource UntagResource "
        "UpdateTable",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-*",
    )


def test_an_api_is_made_below_all_apis_and_tagged_at_an_address_of_its_own(derived: Any) -> None:
    derived_policy = derived(root="Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {}}}}")

    gateway = "arn:aws:apigateway:eu-west-1::"
    assert of(derived_policy, "LookAtStages") == statement(
        "LookAtStages", "apigateway: DELETE GET PATCH PUT", f"{gateway}/restapis/*"
    )
    assert derived_policy.document["Statement"][-2:] == [
        statement("AWSApiGatewayRestApi", "apigateway: POST", f"{gateway}/restapis"),
        statement("AWSApiGatewayRestApiTags", "apigateway: DELETE GET PUT", f"{gateway}/tags/*"),
    ]


def test_a_boundary_can_come_and_go_whatever_the_settings_say(derived: Any) -> None:
    derived_policy = derived(root="Resources: {Role: {Type: AWS::IAM::Role}}")

    assert {"iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"} <= actions(derived_policy)


def test_a_property_that_is_not_set_needs_nothing(derived: Any) -> None:
    plain = derived(root="Resources: {A: {Type: AWS::S3::Bucket}}")
    site = derived(root="Resources: {A: {Type: AWS::S3::Bucket, Properties: {WebsiteConfiguration: {}}}}")

    assert actions(site) - actions(plain) == {"s3:DeleteBucketWebsite", "s3:PutBucketWebsite"}
    assert actions(plain) - actions(site) == set()


def test_roles_are_handed_to_the_services_that_act_with_them_and_to_no_other(derived: Any) -> None:
    function = "A: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}"
    pipeline = "B: {Type: AWS::CodePipeline::Pipeline, Properties: {RoleArn: !GetAtt Role.Arn}}"
    services = ["codepipeline.amazonaws.com", "lambda.amazonaws.com"]

    derived_policy = derived(one=f"Resources: {{{function}}}", two=f"Resources: {{{pipeline}}}")

    assert of(derived_policy, "HandRoles") == statement(
        "HandRoles",
        "iam: PassRole",
        "arn:aws:iam::123456789012:role/shop-*",
        Condition={"StringEquals": {"iam:PassedToService": services}},
    )


def test_only_what_has_no_name_is_allowed_everywhere(derived: Any) -> None:
    derived_policy = derived(
        root=yaml.safe_dump({"Resources": {kind.replace("::", ""): {"Type": kind} for kind in TYPES}})
    )

    everywhere = [one for one in derived_policy.document["Statement"] if "*" in one["Resource"]]
    assert [one["Sid"] for one in everywhere if "Condition" not in one] == ["LookAround"]
    assert [one["Condition"] for one in everywhere if "Condition" in one] == [
        {"ArnLike": {"lambda:FunctionArn": [f"{FUNCTIONS}*"]}}
    ]


def test_sids_and_resources_are_there_once(derived: Any) -> None:
    derived_policy = derived(
        root=yaml.safe_dump({"Resources": {kind.replace("::", ""): {"Type": kind} for kind in TYPES}})
    )

    statements = derived_policy.document["Statement"]
    assert len({one["Sid"] for one in statements}) == len(statements)
    assert len({(tuple(one["Resource"]), "Condition" in one) for one in statements}) == len(statements)
    assert all(one["Sid"].isalnum() for one in statements)


def test_types_of_the_projects_own_are_named(derived: Any) -> None:
    derived_policy = derived(
        root="Resources: {A: {Type: AWS::EC2::VPC}, B: {Type: AWS::S3::Bucket}, C: {Type: AWS::ECS::Cluster}}"
    )

    assert derived_policy.unknown == ("AWS::EC2::VPC", "AWS::ECS::Cluster")
    assert not {action for action in actions(derived_policy) if action.startswith(("ec2:", "ecs:"))}


def test_a_connection_is_handed_over_and_used(derived: Any) -> None:
    settings = replace(SETTINGS, target="aws", source=GitHub("owner/name", CONNECTION))

    derived_policy = derived(settings, root="Resources: {}")

    assert derived_policy.document["Statement"][-1] == statement(
        "UseConnection", "codeconnections: GetConnection PassConnection UseConnection", CONNECTION
    )


def test_with_a_service_role_it_is_enough_to_hand_it_over_and_to_look_for_drift(derived: Any) -> None:
    role = "arn:aws:iam::123456789012:role/deployer"
    template = "Resources: {Table: {Type: AWS::DynamoDB::Table}, Own: {Type: AWS::ECS::Cluster}}"

    derived_policy = derived(replace(SETTINGS, service_role=role), root=template)

    handed_over = {"StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com"]}}
    assert [one["Sid"] for one in derived_policy.document["Statement"][:-2]] == SIDS_OF_WORDS
    assert derived_policy.unknown == ("AWS::ECS::Cluster",)
    assert derived_policy.document["Statement"][-2:] == [
        statement(
            "AWSDynamoDBTable",
            "dynamodb: Describe* GetResourcePolicy ListTagsOfResource",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-*",
        ),
        statement("HandServiceRole", "iam: PassRole", role, Condition=handed_over),
    ]


@pytest.mark.parametrize("service_role", ["", "arn:aws:iam::123456789012:role/deployer"])
def test_in_an_environment_it_is_enough_to_look_for_drift(derived: Any, service_role: str) -> None:
    settings = replace(SETTINGS, service_role=service_role)
    delivered = {"Table": {"Type": "AWS::DynamoDB::Table"}, "Own": {"Type": "AWS::ECS::Cluster"}}

    derived_policy = derived(settings, delivered, root="Resources: {}")

    assert of(derived_policy, "AWSDynamoDBTable") == statement(
        "AWSDynamoDBTable",
        "dynamodb: Describe* GetResourcePolicy ListTagsOfResource",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-*",
    )
    assert derived_policy.unknown == ()


def test_arns_are_of_the_partition_of_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "draw", lambda *_: drawn({}))

    derived_policy = policy.derive(SETTINGS, clients("cn-north-1", "aws-cn"))

    assert of(derived_policy, "RollBack")["Resource"] == [
        "arn:aws-cn:lambda:cn-north-1:123456789012:function:shop-rollback"
    ]


def test_the_policy_fits_into_a_managed_one_with_every_setting_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "app" / "environment.yml", "template.yaml")
    connection = CONNECTION.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1")
    settings = Settings(
        target="aws",
        stack_name="a" * 28,
        source=GitHub("owner/name", connection),
        environments=("Test", "Stage", "Prod"),
        approval=True,
        shift=Shift.read("canary:10:5"),
        alarms=("one", "two"),
        tags={"Team": "shop", "Cost Center": "42"},
        permissions_boundary="arn:aws-us-gov:iam::123456789012:policy/bounds",
        termination_protection=True,
    )

    derived_policy = policy.derive(settings, clients("us-gov-west-1", "aws-us-gov"))

    assert len(json.dumps(derived_policy.document, separators=(",", ":"))) < statements.LARGEST
    assert derived_policy.unknown == ()


@pytest.mark.parametrize(("form", "reads"), [("text", json.loads), ("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_document_is_printed_alone_and_what_is_missing_on_the_other_stream(
    capsys: pytest.CaptureFixture[str], form: str, reads: Any
) -> None:
    policy.show(Policy({"Version": "2012-10-17"}, ("AWS::SNS::Topic", "AWS::SQS::Queue")), form)

    printed = capsys.readouterr()
    assert reads(printed.out) == {"Version": "2012-10-17"}
    assert printed.err.splitlines() == [
        f"Missing    AWS::{kind}: add what CloudFormation needs for it" for kind in ("SNS::Topic", "SQS::Queue")
    ]


def test_where_nothing_is_missing_nothing_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    policy.show(Policy({"Version": "2012-10-17"}), "json")

    assert capsys.readouterr().err == ""
