"""What CloudFormation calls for a resource of each type: the actions of its handlers, and what they are allowed on.

The handlers of AWS's resource schemas list them (`handlers` and `tagging` of
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html). A test compares this table
with them, both ways, and names what is left out: what no property of our templates makes them call.

CloudFormation calls in the name of who called it. So the policy of a deployer is made of this table, and the
embedded AWS asks IAM by it. This is longer than a file should be because it is one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TAGS = "Tags"
"""The property that holds a resource's tags, whatever its type; those of its stack are added to them."""


@dataclass(frozen=True)
class Resource:
    """What actions are allowed on: `arn` is one resource, `patterns` are all that a pipeline has of its kind.

    Both name `{partition}`, `{region}` and `{account}`. An ARN also names the physical ID `{id}`, the properties, the
    `{function}` that something belongs to, and `{arn}`, itself as a part of a path. A pattern names the root `{stack}`:
    whatever the templates make begins with its name.
    """

    arn: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Calls:
    """The actions of each handler of a type.

    `properties` are those that a property needs when it is set or changes, `changes` only when it changes, `removals`
    when it is taken away, or something in it. `passes` are the services that a property hands a role to, `objects` the
    properties that name an object in S3, which is read. Actions are allowed on `resource` but for those `elsewhere`.
    """

    resource: Resource
    create: tuple[str, ...]
    read: tuple[str, ...]
    update: tuple[str, ...]
    delete: tuple[str, ...]
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    removals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    tags: Resource | None = None
    passes: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    elsewhere: Mapping[str, Resource] = field(default_factory=dict)

    def resource_of(self, action: str) -> Resource:
        """What an action of the handlers is allowed on."""
        return self.elsewhere.get(action, self.resource)

    @property
    def tagged(self) -> Resource:
        """What `tag` and `untag` are allowed on."""
        return self.tags or self.resource


_REST_APIS = "arn:{partition}:apigateway:{region}::/restapis"
_REGIONAL = "{region}:{account}"

ANYTHING = Resource("*", ("*",))
"""For actions that IAM can limit to no resource."""
BUCKET = Resource("arn:{partition}:s3:::{id}", ("arn:{partition}:s3:::{stack}-*",))
FUNCTION = Resource(
    f"arn:{{partition}}:lambda:{_REGIONAL}:function:{{function}}",
    (f"arn:{{partition}}:lambda:{_REGIONAL}:function:{{stack}}-*",),
)
LOG_GROUP = Resource(
    f"arn:{{partition}}:logs:{_REGIONAL}:log-group:{{id}}",
    (f"arn:{{partition}}:logs:{_REGIONAL}:log-group:/aws/lambda/{{stack}}-*",),
)
PIPELINE = Resource(
    f"arn:{{partition}}:codepipeline:{_REGIONAL}:{{id}}", (f"arn:{{partition}}:codepipeline:{_REGIONAL}:{{stack}}",)
)
REST_API = Resource(f"{_REST_APIS}/{{id}}", (f"{_REST_APIS}/*",))
ROLE = Resource("arn:{partition}:iam::{account}:role/{id}", ("arn:{partition}:iam::{account}:role/{stack}-*",))
STACK = Resource(
    "{id}",
    (
        f"arn:{{partition}}:cloudformation:{_REGIONAL}:stack/{{stack}}/*",
        f"arn:{{partition}}:cloudformation:{_REGIONAL}:stack/{{stack}}-*/*",
    ),
)
TABLE = Resource(
    f"arn:{{partition}}:dynamodb:{_REGIONAL}:table/{{id}}",
    (f"arn:{{partition}}:dynamodb:{_REGIONAL}:table/{{stack}}-*",),
)
_API_TAGS = Resource(
    "arn:{partition}:apigateway:{region}::/tags/{arn}", ("arn:{partition}:apigateway:{region}::/tags/*",)
)

_READ_BUCKET = (
    "s3:GetAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration",
    "s3:GetBucketAbac",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketMetadataTableConfiguration",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetIntelligentTieringConfiguration",
    "s3:GetInventoryConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetMetricsConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
)
_READ_TABLE = (
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeContributorInsights",
    "dynamodb:DescribeKinesisStreamingDestination",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource",
)

TYPES: Mapping[str, Calls] = {
    "AWS::ApiGateway::Deployment": Calls(
        Resource(f"{_REST_APIS}/{{RestApiId}}/deployments/{{id}}", REST_API.patterns),
        create=("apigateway:POST", "apigateway:GET"),
        read=("apigateway:GET",),
        update=("apigateway:PATCH", "apigateway:GET"),
        delete=("apigateway:DELETE", "apigateway:GET"),
        elsewhere={"apigateway:POST": Resource(f"{_REST_APIS}/{{RestApiId}}/deployments", REST_API.patterns)},
    ),
    "AWS::ApiGateway::RestApi": Calls(
        REST_API,
        create=("apigateway:POST", "apigateway:GET", "apigateway:PATCH"),
        read=("apigateway:GET",),
        update=("apigateway:PATCH", "apigateway:GET"),
        delete=("apigateway:DELETE",),
        properties={"Body": ("apigateway:PUT",)},
        tag=("apigateway:PUT",),
        untag=("apigateway:GET", "apigateway:DELETE"),
        tags=_API_TAGS,
        elsewhere={"apigateway:POST": Resource(_REST_APIS, (_REST_APIS,))},
    ),
    "AWS::ApiGateway::Stage": Calls(
        Resource(f"{_REST_APIS}/{{RestApiId}}/stages/{{id}}", REST_API.patterns),
        create=("apigateway:POST", "apigateway:GET", "apigateway:PATCH"),
        read=("apigateway:GET",),
        update=("apigateway:PATCH", "apigateway:GET"),
        delete=("apigateway:DELETE",),
        tag=("apigateway:PUT",),
        untag=("apigateway:GET", "apigateway:DELETE"),
        tags=_API_TAGS,
        elsewhere={"apigateway:POST": Resource(f"{_REST_APIS}/{{RestApiId}}/stages", REST_API.patterns)},
    ),
    "AWS::CloudFormation::Stack": Calls(
        STACK,
        create=("cloudformation:CreateStack", "cloudformation:DescribeStacks"),
        read=("cloudformation:DescribeStacks", "cloudformation:GetStackPolicy", "cloudformation:GetTemplate"),
        update=("cloudformation:UpdateStack", "cloudformation:DescribeStacks"),
        delete=("cloudformation:DeleteStack", "cloudformation:DescribeStacks"),
    ),
    "AWS::CodePipeline::Pipeline": Calls(
        PIPELINE,
        create=(
            "codepipeline:CreatePipeline",
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineState",
            "iam:GetRole",
        ),
        read=("codepipeline:GetPipeline", "codepipeline:GetPipelineState", "codepipeline:ListTagsForResource"),
        update=(
            "codepipeline:UpdatePipeline",
            "codepipeline:GetPipeline",
            "codepipeline:GetPipelineState",
            "iam:GetRole",
        ),
        delete=("codepipeline:DeletePipeline", "codepipeline:GetPipeline"),
        tag=("codepipeline:TagResource",),
        untag=("codepipeline:UntagResource",),
        passes={"RoleArn": "codepipeline.amazonaws.com"},
        elsewhere={"iam:GetRole": Resource("{RoleArn}", ROLE.patterns)},
    ),
    "AWS::DynamoDB::Table": Calls(
        TABLE,
        create=("dynamodb:CreateTable", *_READ_TABLE),
        read=_READ_TABLE,
        update=("dynamodb:UpdateTable", *_READ_TABLE),
        delete=("dynamodb:DeleteTable", "dynamodb:DescribeTable"),
        properties={"TimeToLiveSpecification": ("dynamodb:UpdateTimeToLive",)},
        removals={"TimeToLiveSpecification": ("dynamodb:UpdateTimeToLive",)},
        tag=("dynamodb:TagResource",),
        untag=("dynamodb:UntagResource",),
    ),
    "AWS::IAM::Role": Calls(
        ROLE,
        create=("iam:CreateRole", "iam:GetRole", "iam:GetRolePolicy"),
        read=("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        update=(),
        delete=(
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ),
        properties={"Policies": ("iam:PutRolePolicy",)},
        changes={
            "AssumeRolePolicyDocument": ("iam:UpdateAssumeRolePolicy",),
            "Description": ("iam:UpdateRole", "iam:UpdateRoleDescription"),
            "PermissionsBoundary": ("iam:PutRolePermissionsBoundary",),
        },
        removals={
            "PermissionsBoundary": ("iam:DeleteRolePermissionsBoundary",),
            "Policies": ("iam:DeleteRolePolicy",),
        },
        tag=("iam:TagRole",),
        untag=("iam:ListRoleTags", "iam:UntagRole"),
    ),
    "AWS::Lambda::Alias": Calls(
        FUNCTION,
        create=("lambda:CreateAlias", "lambda:GetProvisionedConcurrencyConfig"),
        read=("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"),
        update=("lambda:UpdateAlias", "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"),
        delete=("lambda:DeleteAlias", "lambda:GetAlias"),
    ),
    "AWS::Lambda::EventInvokeConfig": Calls(
        FUNCTION,
        create=("lambda:PutFunctionEventInvokeConfig",),
        read=("lambda:GetFunctionEventInvokeConfig",),
        update=("lambda:UpdateFunctionEventInvokeConfig",),
        delete=("lambda:DeleteFunctionEventInvokeConfig",),
    ),
    "AWS::Lambda::Function": Calls(
        FUNCTION,
        create=(
            "lambda:CreateFunction",
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetRuntimeManagementConfig",
        ),
        read=(
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetFunctionScalingConfig",
            "lambda:GetRuntimeManagementConfig",
        ),
        update=(
            "lambda:UpdateFunctionConfiguration",
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetRuntimeManagementConfig",
        ),
        delete=("lambda:DeleteFunction", "lambda:GetFunction"),
        changes={"Code": ("lambda:UpdateFunctionCode",)},
        tag=("lambda:TagResource",),
        untag=("lambda:ListTags", "lambda:UntagResource"),
        passes={"Role": "lambda.amazonaws.com"},
        objects=("Code",),
    ),
    "AWS::Lambda::Permission": Calls(
        FUNCTION,
        create=("lambda:AddPermission",),
        read=("lambda:GetPolicy",),
        update=(),
        delete=("lambda:RemovePermission",),
    ),
    "AWS::Lambda::Version": Calls(
        FUNCTION,
        create=(
            "lambda:PublishVersion",
            "lambda:GetFunctionConfiguration",
            "lambda:GetProvisionedConcurrencyConfig",
            "lambda:GetRuntimeManagementConfig",
            "lambda:ListVersionsByFunction",
        ),
        read=(
            "lambda:GetFunctionConfiguration",
            "lambda:GetFunctionScalingConfig",
            "lambda:GetProvisionedConcurrencyConfig",
            "lambda:GetRuntimeManagementConfig",
        ),
        update=("lambda:GetFunctionConfiguration",),
        delete=("lambda:DeleteFunction", "lambda:GetFunctionConfiguration"),
    ),
    "AWS::Logs::LogGroup": Calls(
        LOG_GROUP,
        create=(
            "logs:CreateLogGroup",
            "logs:DescribeIndexPolicies",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetDataProtectionPolicy",
        ),
        read=(
            "logs:DescribeIndexPolicies",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetDataProtectionPolicy",
            "logs:ListTagsForResource",
        ),
        update=(
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetDataProtectionPolicy",
            "logs:ListTagsForResource",
        ),
        delete=("logs:DeleteLogGroup", "logs:DescribeLogGroups"),
        properties={"RetentionInDays": ("logs:PutRetentionPolicy",)},
        removals={"RetentionInDays": ("logs:DeleteRetentionPolicy",)},
        tag=("logs:TagResource",),
        untag=("logs:UntagResource",),
        elsewhere={"logs:DescribeLogGroups": ANYTHING, "logs:DescribeResourcePolicies": ANYTHING},
    ),
    "AWS::S3::Bucket": Calls(
        BUCKET,
        create=("s3:CreateBucket", "s3:ListBucket"),
        read=_READ_BUCKET,
        update=("s3:ListBucket",),
        delete=("s3:DeleteBucket", "s3:ListBucket"),
        properties={
            "BucketEncryption": ("s3:PutEncryptionConfiguration",),
            "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
            "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
            "VersioningConfiguration": ("s3:PutBucketVersioning",),
            "WebsiteConfiguration": ("s3:PutBucketWebsite",),
        },
        removals={
            "BucketEncryption": ("s3:PutEncryptionConfiguration",),
            "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
            "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
            "VersioningConfiguration": ("s3:PutBucketVersioning",),
            "WebsiteConfiguration": ("s3:DeleteBucketWebsite",),
        },
        tag=("s3:PutBucketTagging", "s3:TagResource"),
        untag=("s3:PutBucketTagging", "s3:UntagResource"),
    ),
    "AWS::S3::BucketPolicy": Calls(
        Resource("arn:{partition}:s3:::{Bucket}", BUCKET.patterns),
        create=("s3:PutBucketPolicy", "s3:GetBucketPolicy"),
        read=("s3:GetBucketPolicy",),
        update=("s3:PutBucketPolicy", "s3:GetBucketPolicy"),
        delete=("s3:DeleteBucketPolicy", "s3:GetBucketPolicy"),
    ),
}
