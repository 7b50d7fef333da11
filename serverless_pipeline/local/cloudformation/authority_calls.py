"""What CloudFormation calls for a resource of each type, as the handlers of AWS's resource schemas say.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html (`handlers`, `permissions`);
of the permissions that a handler lists, those that its properties make it use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PASSING = {"Role": "lambda.amazonaws.com", "RoleArn": "codepipeline.amazonaws.com"}
"""Properties that hand a role to a service, and which."""

_FUNCTION = "arn:aws:lambda:{region}:{account}:function:{function}"


@dataclass(frozen=True)
class Calls:
    """The actions of each operation on a resource, and those that a property needs, or only its change."""

    resource: str
    create: tuple[str, ...]
    update: tuple[str, ...]
    delete: tuple[str, ...]
    properties: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)


CALLS: Mapping[str, Calls] = {
    "AWS::ApiGateway::Deployment": Calls(
        "arn:aws:apigateway:{region}::/restapis/{RestApiId}/deployments/{id}",
        create=("apigateway:POST", "apigateway:GET"),
        update=("apigateway:PATCH",),
        delete=("apigateway:DELETE",),
    ),
    "AWS::ApiGateway::RestApi": Calls(
        "arn:aws:apigateway:{region}::/restapis/{id}",
        create=("apigateway:POST", "apigateway:GET"),
        update=("apigateway:PATCH",),
        delete=("apigateway:DELETE",),
        properties={"Body": "apigateway:PUT"},
    ),
    "AWS::ApiGateway::Stage": Calls(
        "arn:aws:apigateway:{region}::/restapis/{RestApiId}/stages/{id}",
        create=("apigateway:POST", "apigateway:GET"),
        update=("apigateway:PATCH",),
        delete=("apigateway:DELETE",),
    ),
    "AWS::CloudFormation::Stack": Calls(
        "{id}",
        create=("cloudformation:CreateStack", "cloudformation:DescribeStacks"),
        update=("cloudformation:UpdateStack", "cloudformation:DescribeStacks"),
        delete=("cloudformation:DeleteStack", "cloudformation:DescribeStacks"),
    ),
    "AWS::CodePipeline::Pipeline": Calls(
        "arn:aws:codepipeline:{region}:{account}:{id}",
        create=("codepipeline:CreatePipeline", "codepipeline:GetPipeline"),
        update=("codepipeline:UpdatePipeline", "codepipeline:GetPipeline"),
        delete=("codepipeline:DeletePipeline", "codepipeline:GetPipeline"),
        properties={"Tags": "codepipeline:TagResource"},
    ),
    "AWS::DynamoDB::Table": Calls(
        "arn:aws:dynamodb:{region}:{account}:table/{id}",
        create=("dynamodb:CreateTable", "dynamodb:DescribeTable"),
        update=("dynamodb:UpdateTable", "dynamodb:DescribeTable"),
        delete=("dynamodb:DeleteTable", "dynamodb:DescribeTable"),
        properties={"Tags": "dynamodb:TagResource", "TimeToLiveSpecification": "dynamodb:UpdateTimeToLive"},
    ),
    "AWS::IAM::Role": Calls(
        "arn:aws:iam::{account}:role/{id}",
        create=("iam:CreateRole", "iam:GetRole"),
        update=("iam:GetRole",),
        delete=("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:ListRolePolicies"),
        properties={"Policies": "iam:PutRolePolicy", "Tags": "iam:TagRole"},
        changes={
            "AssumeRolePolicyDocument": "iam:UpdateAssumeRolePolicy",
            "Description": "iam:UpdateRoleDescription",
            "PermissionsBoundary": "iam:PutRolePermissionsBoundary",
        },
    ),
    "AWS::Lambda::Alias": Calls(
        _FUNCTION,
        create=("lambda:CreateAlias",),
        update=("lambda:UpdateAlias", "lambda:GetAlias"),
        delete=("lambda:DeleteAlias", "lambda:GetAlias"),
    ),
    "AWS::Lambda::EventInvokeConfig": Calls(
        _FUNCTION,
        create=("lambda:PutFunctionEventInvokeConfig",),
        update=("lambda:UpdateFunctionEventInvokeConfig",),
        delete=("lambda:DeleteFunctionEventInvokeConfig",),
    ),
    "AWS::Lambda::Function": Calls(
        _FUNCTION,
        create=("lambda:CreateFunction", "lambda:GetFunction"),
        update=("lambda:UpdateFunctionConfiguration", "lambda:GetFunction"),
        delete=("lambda:DeleteFunction", "lambda:GetFunction"),
        properties={"Tags": "lambda:TagResource"},
        changes={"Code": "lambda:UpdateFunctionCode"},
    ),
    "AWS::Lambda::Permission": Calls(
        _FUNCTION, create=("lambda:AddPermission",), update=(), delete=("lambda:RemovePermission",)
    ),
    "AWS::Lambda::Version": Calls(
        _FUNCTION,
        create=("lambda:PublishVersion", "lambda:GetFunctionConfiguration", "lambda:ListVersionsByFunction"),
        update=("lambda:GetFunctionConfiguration",),
        delete=("lambda:DeleteFunction", "lambda:GetFunctionConfiguration"),
    ),
    "AWS::Logs::LogGroup": Calls(
        "arn:aws:logs:{region}:{account}:log-group:{id}",
        create=("logs:CreateLogGroup", "logs:DescribeLogGroups"),
        update=("logs:DescribeLogGroups",),
        delete=("logs:DeleteLogGroup", "logs:DescribeLogGroups"),
        properties={"RetentionInDays": "logs:PutRetentionPolicy", "Tags": "logs:TagResource"},
    ),
    "AWS::S3::Bucket": Calls(
        "arn:aws:s3:::{id}",
        create=("s3:CreateBucket",),
        update=("s3:ListBucket",),
        delete=("s3:DeleteBucket", "s3:ListBucket"),
        properties={
            "BucketEncryption": "s3:PutEncryptionConfiguration",
            "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
            "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
            "Tags": "s3:PutBucketTagging",
            "VersioningConfiguration": "s3:PutBucketVersioning",
            "WebsiteConfiguration": "s3:PutBucketWebsite",
        },
    ),
    "AWS::S3::BucketPolicy": Calls(
        "arn:aws:s3:::{Bucket}",
        create=("s3:PutBucketPolicy", "s3:GetBucketPolicy"),
        update=("s3:PutBucketPolicy", "s3:GetBucketPolicy"),
        delete=("s3:DeleteBucketPolicy", "s3:GetBucketPolicy"),
    ),
}
