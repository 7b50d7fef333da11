"""What a deployer's policy has to allow: for the commands themselves, and for each type of resource in the templates.

CloudFormation acts with the rights of who calls it. The actions are those of the handlers in AWS's resource schemas
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html) that the properties of the
templates make it use; a test compares each with the schema. Names stand as `{stack}`, `{region}`, `{account}` and
`{partition}`: whatever the templates make begins with the name of the stack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_STACKS = (
    "arn:{partition}:cloudformation:{region}:{account}:stack/{stack}/*",
    "arn:{partition}:cloudformation:{region}:{account}:stack/{stack}-*/*",
)
_BUCKETS = ("arn:{partition}:s3:::{stack}-*",)
_FUNCTIONS = ("arn:{partition}:lambda:{region}:{account}:function:{stack}-*",)
_ROLES = ("arn:{partition}:iam::{account}:role/{stack}-*",)
_PIPELINE = ("arn:{partition}:codepipeline:{region}:{account}:{stack}",)
_APIS = ("arn:{partition}:apigateway:{region}::/restapis", "arn:{partition}:apigateway:{region}::/restapis/*")
_LOG_GROUPS = ("arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{stack}-*",)


@dataclass(frozen=True)
class Permission:
    """Actions on resources; `passed_to` are the services that a role may be handed to."""

    sid: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]
    passed_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What CloudFormation needs for a type: always, and only where a property is set."""

    resources: tuple[str, ...]
    actions: tuple[str, ...]
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


COMMANDS = (
    Permission(
        "PlanAndFollow",
        _STACKS,
        (
            "cloudformation:ContinueUpdateRollback",
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeEvents",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResourceDrifts",
            "cloudformation:DescribeStacks",
            "cloudformation:DetectStackDrift",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:GetTemplate",
            "cloudformation:ListChangeSets",
            "cloudformation:ListStackResources",
            "cloudformation:UpdateTerminationProtection",
        ),
    ),
    Permission(
        "PublishAndEmpty",
        _BUCKETS,
        (
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
        ),
    ),
    Permission(
        "PublishAndEmptyObjects",
        tuple(f"{bucket}/*" for bucket in _BUCKETS),
        (
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetObject",
            "s3:PutObject",
        ),
    ),
    Permission(
        "RunAndWatch",
        _PIPELINE,
        (
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineExecution",
            "codepipeline:GetPipelineState",
            "codepipeline:ListActionExecutions",
            "codepipeline:ListPipelineExecutions",
            "codepipeline:StartPipelineExecution",
            "codepipeline:StopPipelineExecution",
        ),
    ),
    Permission("LookForFunctions", _FUNCTIONS, ("lambda:GetFunctionConfiguration",)),
    Permission("SweepLogGroups", _LOG_GROUPS, ("logs:DeleteLogGroup",)),
    # None of these is about a resource that a policy could name; log groups are looked for before they are there.
    Permission(
        "LookAround",
        ("*",),
        (
            "cloudformation:DescribeStackDriftDetectionStatus",
            "codepipeline:ListPipelines",
            "lambda:GetAccountSettings",
            "logs:DescribeLogGroups",
        ),
    ),
)

TYPES: Mapping[str, Needs] = {
    "AWS::ApiGateway::Deployment": Needs(_APIS, ("apigateway:DELETE", "apigateway:GET", "apigateway:POST")),
    "AWS::ApiGateway::RestApi": Needs(
        _APIS,
        ("apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST"),
        {"Body": ("apigateway:PUT",)},
    ),
    "AWS::ApiGateway::Stage": Needs(
        _APIS, ("apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST")
    ),
    "AWS::CloudFormation::Stack": Needs(
        _STACKS,
        (
            "cloudformation:CreateStack",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStacks",
            "cloudformation:UpdateStack",
        ),
    ),
    "AWS::CodePipeline::Pipeline": Needs(
        _PIPELINE,
        (
            "codepipeline:CreatePipeline",
            "codepipeline:DeletePipeline",
            "codepipeline:GetPipeline",
            "codepipeline:TagResource",
            "codepipeline:UpdatePipeline",
        ),
    ),
    "AWS::DynamoDB::Table": Needs(
        ("arn:{partition}:dynamodb:{region}:{account}:table/{stack}-*",),
        (
            "dynamodb:CreateTable",
            "dynamodb:DeleteTable",
            "dynamodb:DescribeTable",
            "dynamodb:TagResource",
            "dynamodb:UpdateTable",
        ),
        {"TimeToLiveSpecification": ("dynamodb:UpdateTimeToLive",)},
    ),
    "AWS::IAM::Role": Needs(
        _ROLES,
        ("iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "iam:ListRolePolicies", "iam:TagRole"),
        {"Policies": ("iam:DeleteRolePolicy", "iam:PutRolePolicy")},
    ),
    "AWS::Lambda::Alias": Needs(_FUNCTIONS, ("lambda:CreateAlias", "lambda:DeleteAlias", "lambda:GetAlias")),
    "AWS::Lambda::EventInvokeConfig": Needs(
        _FUNCTIONS, ("lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig")
    ),
    "AWS::Lambda::Function": Needs(
        _FUNCTIONS,
        (
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:GetFunction",
            "lambda:TagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ),
    ),
    "AWS::Lambda::Permission": Needs(_FUNCTIONS, ("lambda:AddPermission", "lambda:RemovePermission")),
    "AWS::Lambda::Version": Needs(
        _FUNCTIONS,
        (
            "lambda:DeleteFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:ListVersionsByFunction",
            "lambda:PublishVersion",
        ),
    ),
    "AWS::Logs::LogGroup": Needs(
        _LOG_GROUPS,
        ("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:TagResource"),
        {"RetentionInDays": ("logs:PutRetentionPolicy",)},
    ),
    "AWS::S3::Bucket": Needs(
        _BUCKETS,
        ("s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket", "s3:PutBucketTagging"),
        {
            "BucketEncryption": ("s3:PutEncryptionConfiguration",),
            "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
            "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
            "VersioningConfiguration": ("s3:PutBucketVersioning",),
            "WebsiteConfiguration": ("s3:PutBucketWebsite",),
        },
    ),
    "AWS::S3::BucketPolicy": Needs(_BUCKETS, ("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy")),
}

PASSED = {
    "AWS::CodePipeline::Pipeline": Permission("HandRoles", _ROLES, ("iam:PassRole",), ("codepipeline.amazonaws.com",)),
    "AWS::Lambda::Function": Permission("HandRoles", _ROLES, ("iam:PassRole",), ("lambda.amazonaws.com",)),
}
