"""The table of CloudFormation's calls, compared with AWS's resource schemas as cfn-lint ships them."""

from __future__ import annotations

import subprocess
import sys
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import calls
from serverless_pipeline.cloudformation.calls import TYPES
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.cloudformation.calls import Resource

HANDLERS = ("create", "read", "update", "delete")

OMITTED: Mapping[str, Mapping[str, str]] = {
    "AWS::ApiGateway::Deployment": {
        "apigateway:PUT": "tags of a stage that is described in its deployment; ours are resources of their own",
    },
    "AWS::ApiGateway::RestApi": {
        "apigateway:UpdateRestApiPolicy": "the property Policy",
        "iam:PassRole": "credentials of integrations",
        "s3:GetObject": "the property BodyS3Location",
    },
    "AWS::CloudFormation::Stack": {
        "cloudformation:SetStackPolicy": "stack policies",
        "cloudformation:UpdateTerminationProtection": "protection of a nested stack; a root is protected by a command",
        "iam:PassRole": "a service role of a nested stack alone",
    },
    "AWS::CodePipeline::Pipeline": {
        "codepipeline:*StageTransition": "the property DisableInboundStageTransitions",
        "codepipeline:StartPipelineExecution": "the property RestartExecutionOnUpdate",
        "codestar-connections:PassConnection": "allowed with the connection itself, under its new name",
    },
    "AWS::DynamoDB::Table": {
        **dict.fromkeys(("dynamodb:AssociateTableReplica", "dynamodb:CreateTableReplica"), "replicas"),
        **dict.fromkeys(
            ("dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan", "iam:CreateServiceLinkedRole"), "replicas as well"
        ),
        **dict.fromkeys(("dynamodb:*Import*", "logs:*", "s3:*"), "the property ImportSourceSpecification"),
        **dict.fromkeys(("dynamodb:*ableKinesisStreamingDestination", "kinesis:*"), "streams to Kinesis"),
        "dynamodb:UpdateKinesisStreamingDestination": "streams to Kinesis",
        "dynamodb:UpdateContinuousBackups": "the property PointInTimeRecoverySpecification",
        "dynamodb:UpdateContributorInsights": "the property ContributorInsightsSpecification",
        "dynamodb:PutResourcePolicy": "the property ResourcePolicy",
        "dynamodb:DeleteResourcePolicy": "the property ResourcePolicy",
        "kms:*": "a key of one's own",
    },
    "AWS::IAM::Role": {
        **dict.fromkeys(("iam:AttachRolePolicy", "iam:DetachRolePolicy"), "the property ManagedPolicyArns"),
    },
    "AWS::Lambda::Alias": {
        "lambda:PutProvisionedConcurrencyConfig": "the property ProvisionedConcurrencyConfig",
        "lambda:DeleteProvisionedConcurrencyConfig": "the property ProvisionedConcurrencyConfig",
        "codedeploy:*": "deployments by an update policy",
    },
    "AWS::Lambda::Function": {
        **dict.fromkeys(
            ("ec2:*", "elasticfilesystem:*", "s3files:*"), "the properties VpcConfig and FileSystemConfigs"
        ),
        "kms:*": "a key of one's own",
        "lambda:AssociateRuntimeAlias": "a runtime version of one's own choice",
        "lambda:PutRuntimeManagementConfig": "a runtime version of one's own choice",
        "lambda:GetCodeSigningConfig": "the property CodeSigningConfigArn",
        "lambda:DeleteFunctionCodeSigningConfig": "the property CodeSigningConfigArn",
        "lambda:PutFunctionCodeSigningConfig": "the property CodeSigningConfigArn",
        "lambda:*FunctionConcurrency": "the property ReservedConcurrentExecutions",
        "lambda:GetLayerVersion": "the property Layers",
        "lambda:PassCapacityProvider": "the property CapacityProviderConfig",
        "lambda:PublishVersion": "the property PublishToLatestPublished",
        "lambda:PutFunctionRecursionConfig": "the property RecursiveLoop",
        "lambda:PutFunctionScalingConfig": "the property FunctionScalingConfig",
        "s3:GetObjectVersion": "a version of a bundle; its key changes with its content",
    },
    "AWS::Lambda::Version": {
        "lambda:PutFunctionScalingConfig": "the property FunctionScalingConfig",
        "lambda:PutProvisionedConcurrencyConfig": "the property ProvisionedConcurrencyConfig",
        "lambda:PutRuntimeManagementConfig": "the property RuntimePolicy",
    },
    "AWS::Logs::LogGroup": {
        **dict.fromkeys(("firehose:*", "logs:CreateLogDelivery", "s3:REST.PUT.OBJECT"), "deliveries of logs"),
        "logs:PutBearerTokenAuthentication": "the property BearerTokenAuthenticationEnabled",
        **dict.fromkeys(("logs:PutDataProtectionPolicy", "logs:DeleteDataProtectionPolicy"), "DataProtectionPolicy"),
        **dict.fromkeys(("logs:PutIndexPolicy", "logs:DeleteIndexPolicy"), "the property FieldIndexPolicies"),
        **dict.fromkeys(("logs:PutResourcePolicy", "logs:DeleteResourcePolicy"), "the property ResourcePolicyDocument"),
        "logs:PutLogGroupDeletionProtection": "the property DeletionProtectionEnabled",
        "logs:AssociateKmsKey": "a key of one's own",
        "logs:DisassociateKmsKey": "a key of one's own",
    },
    "AWS::S3::Bucket": {
        **dict.fromkeys(("iam:PassRole", "s3:Put*Replication*", "s3:DeleteBucketReplication"), "replication"),
        **dict.fromkeys(
            ("s3tables:*", "s3:CreateBucketMetadata*", "s3:UpdateBucketMetadata*"), "the property MetadataConfiguration"
        ),
        **dict.fromkeys(("s3:DeleteObject", "s3:GetBucketAcl", "s3:PutBucketAcl", "s3:PutObjectAcl"), "AccessControl"),
        "s3:PutAccelerateConfiguration": "the property AccelerateConfiguration",
        "s3:DeleteBucketMetadataTableConfiguration": "the property MetadataTableConfiguration",
        "s3:PutAnalyticsConfiguration": "the property AnalyticsConfigurations",
        "s3:DeleteBucketAnalyticsConfiguration": "the property AnalyticsConfigurations",
        "s3:PutBucketAbac": "the property AbacStatus",
        **dict.fromkeys(("s3:PutBucketCORS", "s3:DeleteBucketCors"), "the property CorsConfiguration"),
        "s3:PutBucketLogging": "the property LoggingConfiguration",
        "s3:PutBucketNotification": "the property NotificationConfiguration",
        "s3:Put*ObjectLockConfiguration": "the property ObjectLockConfiguration",
        "s3:PutBucketOwnershipControls": "the property OwnershipControls",
        "s3:PutIntelligentTieringConfiguration": "the property IntelligentTieringConfigurations",
        "s3:PutInventoryConfiguration": "the property InventoryConfigurations",
        "s3:PutMetricsConfiguration": "the property MetricsConfigurations",
        "s3:DeleteBucketMetricsConfiguration": "the property MetricsConfigurations",
        "s3:DeleteBucketEncryption": "a call for which IAM asks s3:PutEncryptionConfiguration",
        "s3:DeleteBucketLifecycle": "a call for which IAM asks s3:PutLifecycleConfiguration",
        "s3:DeleteBucketTagging": "a call for which IAM asks s3:PutBucketTagging",
    },
}
"""Actions, or patterns of them, that AWS's handlers list and the table has not, with what would make them call it."""

OMITTED_IN_ONE: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("AWS::ApiGateway::Deployment", "create"): {"apigateway:PATCH": "a stage that is described in its deployment"},
    ("AWS::ApiGateway::Deployment", "update"): {"apigateway:DELETE": "a stage that is described in its deployment"},
    ("AWS::DynamoDB::Table", "create"): {"dynamodb:UpdateTable": "replicas"},
    ("AWS::DynamoDB::Table", "update"): {"dynamodb:CreateTable": "replicas"},
    ("AWS::S3::Bucket", "update"): {
        "s3:GetBucketMetadataTableConfiguration": "the property MetadataTableConfiguration"
    },
    ("AWS::S3::Bucket", "create"): {
        "s3:GetBucketMetadataTableConfiguration": "the property MetadataTableConfiguration"
    },
}
"""The same for one handler, where another calls it."""


@cache
def schema(kind: str) -> Mapping[str, Any]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema  # type: ignore[no-any-return]


def listed(kind: str, handler: str) -> set[str]:
    """The actions that AWS lists for a handler."""
    return set(schema(kind)["handlers"].get(handler, {}).get("permissions", []))


def tagging(kind: str) -> set[str]:
    return set(schema(kind)["tagging"].get("permissions", []))


def by_property(kind: str) -> set[str]:
    """The actions that only a property needs."""
    entry = TYPES[kind]
    maps = (entry.properties, entry.changes, entry.removals)
    needed = {action for one in maps for actions in one.values() for action in actions}
    needed |= {"iam:PassRole"} if entry.passes else set()
    return needed | ({"s3:GetObject"} if entry.objects else set())


def tags(kind: str) -> set[str]:
    return {*TYPES[kind].tag, *TYPES[kind].untag}


def omitted(kind: str, actions: set[str], handler: str = "") -> set[str]:
    patterns = {**OMITTED.get(kind, {}), **OMITTED_IN_ONE.get((kind, handler), {})}
    return {action for action in actions if any(fnmatchcase(action, pattern) for pattern in patterns)}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("handler", HANDLERS)
def test_each_action_of_the_table_is_one_that_awss_handler_lists(kind: str, handler: str) -> None:
    assert set(getattr(TYPES[kind], handler)) - listed(kind, handler) == set()


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_property_or_a_tag_needs_is_listed_as_well(kind: str) -> None:
    handlers = listed(kind, "create") | listed(kind, "update") | listed(kind, "delete")

    assert by_property(kind) - handlers == set()
    assert tags(kind) - handlers - tagging(kind) == set()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("handler", HANDLERS)
def test_each_action_of_awss_handler_is_in_the_table_or_left_out_by_name(kind: str, handler: str) -> None:
    wanted = listed(kind, handler) - set(getattr(TYPES[kind], handler)) - by_property(kind) - tags(kind)

    assert wanted - omitted(kind, wanted, handler) == set()


@pytest.mark.parametrize("kind", TYPES)
def test_each_action_for_tags_is_in_the_table_or_left_out_by_name(kind: str) -> None:
    wanted = tagging(kind) - tags(kind) - set(TYPES[kind].read)

    assert wanted - omitted(kind, wanted) == set()
    assert bool(tags(kind)) == bool(tagging(kind))


@pytest.mark.parametrize(("kind", "pattern"), [(kind, one) for kind, patterns in OMITTED.items() for one in patterns])
def test_nothing_is_left_out_that_aws_does_not_list(kind: str, pattern: str) -> None:
    everything = {action for handler in HANDLERS for action in listed(kind, handler)} | tagging(kind)

    assert any(fnmatchcase(action, pattern) for action in everything)


@pytest.mark.parametrize("kind", OMITTED)
def test_nothing_is_left_out_that_the_table_has(kind: str) -> None:
    everything = {action for handler in HANDLERS for action in getattr(TYPES[kind], handler)} | tags(kind)

    assert omitted(kind, everything) == set()


@pytest.mark.parametrize("kind", TYPES)
def test_the_properties_of_the_table_are_properties_of_the_type(kind: str) -> None:
    entry, properties = TYPES[kind], schema(kind)["properties"]
    named = {*entry.properties, *entry.changes, *entry.removals, *entry.passes, *entry.objects}

    assert named - properties.keys() == set()
    assert not entry.tag or schema(kind)["tagging"]["tagProperty"] == f"/properties/{calls.TAGS}"


@pytest.mark.parametrize("kind", TYPES)
def test_what_can_be_set_can_be_taken_away(kind: str) -> None:
    entry = TYPES[kind]
    required = set(schema(kind).get("required", []))
    once = {path.removeprefix("/properties/") for path in schema(kind).get("createOnlyProperties", [])}

    assert set(entry.properties) - required - once - set(entry.removals) - {"Body"} == set()
    assert bool(entry.tag) == bool(entry.untag)


REGIONAL = "{region}:{account}"
FUNCTION = (
    f"arn:{{partition}}:lambda:{REGIONAL}:function:{{function}}",
    f"arn:{{partition}}:lambda:{REGIONAL}:function:{{stack}}-*",
)
BELOW_APIS = "arn:{partition}:apigateway:{region}::/restapis/*"
BUCKETS = "arn:{partition}:s3:::{stack}-*"
RESOURCES = {
    "AWS::ApiGateway::Deployment": (
        "arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/deployments/{id}",
        BELOW_APIS,
    ),
    "AWS::ApiGateway::RestApi": ("arn:{partition}:apigateway:{region}::/restapis/{id}", BELOW_APIS),
    "AWS::ApiGateway::Stage": ("arn:{partition}:apigateway:{region}::/restapis/{RestApiId}/stages/{id}", BELOW_APIS),
    "AWS::CloudFormation::Stack": (
        "{id}",
        f"arn:{{partition}}:cloudformation:{REGIONAL}:stack/{{stack}}/*",
        f"arn:{{partition}}:cloudformation:{REGIONAL}:stack/{{stack}}-*/*",
    ),
    "AWS::CodePipeline::Pipeline": (
        f"arn:{{partition}}:codepipeline:{REGIONAL}:{{id}}",
        f"arn:{{partition}}:codepipeline:{REGIONAL}:{{stack}}",
    ),
    "AWS::DynamoDB::Table": (
        f"arn:{{partition}}:dynamodb:{REGIONAL}:table/{{id}}",
        f"arn:{{partition}}:dynamodb:{REGIONAL}:table/{{stack}}-*",
    ),
    "AWS::IAM::Role": ("arn:{partition}:iam::{account}:role/{id}", "arn:{partition}:iam::{account}:role/{stack}-*"),
    "AWS::Lambda::Alias": FUNCTION,
    "AWS::Lambda::EventInvokeConfig": FUNCTION,
    "AWS::Lambda::Function": FUNCTION,
    "AWS::Lambda::Permission": FUNCTION,
    "AWS::Lambda::Version": FUNCTION,
    "AWS::Logs::LogGroup": (
        f"arn:{{partition}}:logs:{REGIONAL}:log-group:{{id}}",
        f"arn:{{partition}}:logs:{REGIONAL}:log-group:/aws/lambda/{{stack}}-*",
    ),
    "AWS::S3::Bucket": ("arn:{partition}:s3:::{id}", BUCKETS),
    "AWS::S3::BucketPolicy": ("arn:{partition}:s3:::{Bucket}", BUCKETS),
}
"""As the Service Authorization Reference writes the ARNs: of one resource, then of all that a pipeline has."""
APIS = "arn:{partition}:apigateway:{region}::/restapis"
ELSEWHERE = {
    ("AWS::ApiGateway::Deployment", "apigateway:POST"): (f"{APIS}/{{RestApiId}}/deployments", BELOW_APIS),
    ("AWS::ApiGateway::RestApi", "apigateway:POST"): (APIS, APIS),
    ("AWS::ApiGateway::Stage", "apigateway:POST"): (f"{APIS}/{{RestApiId}}/stages", BELOW_APIS),
    ("AWS::CodePipeline::Pipeline", "iam:GetRole"): ("{RoleArn}", "arn:{partition}:iam::{account}:role/{stack}-*"),
    ("AWS::Logs::LogGroup", "logs:DescribeLogGroups"): ("*", "*"),
    ("AWS::Logs::LogGroup", "logs:DescribeResourcePolicies"): ("*", "*"),
}


def claims(resource: Resource) -> tuple[str, ...]:
    return resource.arn, *resource.patterns


def test_an_action_is_allowed_on_the_resource_itself_or_where_the_table_says() -> None:
    assert {kind: claims(entry.resource) for kind, entry in TYPES.items()} == RESOURCES
    assert {
        (kind, action): claims(entry.resource_of(action))
        for kind, entry in TYPES.items()
        for handler in HANDLERS
        for action in getattr(entry, handler)
        if entry.resource_of(action) is not entry.resource
    } == ELSEWHERE


def test_tags_of_an_api_lie_at_an_address_of_their_own() -> None:
    apart = {kind: claims(entry.tagged) for kind, entry in TYPES.items() if entry.tagged is not entry.resource}

    assert apart == dict.fromkeys(
        ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"),
        ("arn:{partition}:apigateway:{region}::/tags/{arn}", "arn:{partition}:apigateway:{region}::/tags/*"),
    )


def test_a_role_is_handed_to_the_service_that_acts_with_it() -> None:
    assert {kind: entry.passes for kind, entry in TYPES.items() if entry.passes} == {
        "AWS::CodePipeline::Pipeline": {"RoleArn": "codepipeline.amazonaws.com"},
        "AWS::Lambda::Function": {"Role": "lambda.amazonaws.com"},
    }


def test_who_reads_the_table_imports_nothing_else() -> None:
    script = "import sys; import serverless_pipeline.cloudformation.calls; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"boto3", "botocore", "cfnlint", "invoke"} & set(loaded.stdout.split())
