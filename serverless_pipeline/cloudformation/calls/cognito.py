"""Amazon Cognito; the ID of a pool is drawn by the service, so that no name bounds it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.iam import SERVICE_LINKED
from serverless_pipeline.cloudformation.calls.kms import KEY
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, of, regional

_pool, _identity, _sync = of("cognito-idp"), of("cognito-identity"), of("cognito-sync")
_kms = of("kms")(
    "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo"
)

POOL = regional("cognito-idp", "userpool/*", one="userpool/{id}")
OF_POOL = regional("cognito-idp", "userpool/*", one="userpool/{UserPoolId}")
IDENTITY_POOL = regional("cognito-identity", "identitypool/*", one="identitypool/{id}")
OF_IDENTITY_POOL = regional("cognito-identity", "identitypool/*", one="identitypool/{IdentityPoolId}")
SYNCED = regional("cognito-sync", "identitypool/*", one="identitypool/{id}")

TYPES: Mapping[str, Calls] = {
    "AWS::Cognito::IdentityPool": Calls(
        IDENTITY_POOL,
        create=_identity("CreateIdentityPool"),
        read=_identity("DescribeIdentityPool ListTagsForResource"),
        update=_identity("UpdateIdentityPool DescribeIdentityPool"),
        delete=_identity("DeleteIdentityPool"),
        properties={
            "CognitoEvents": _sync("SetCognitoEvents"),
            "CognitoStreams": _sync("SetIdentityPoolConfiguration"),
            "PushSync": _sync("SetIdentityPoolConfiguration"),
        },
        removals={
            "CognitoEvents": _sync("SetCognitoEvents"),
            "CognitoStreams": _sync("SetIdentityPoolConfiguration"),
            "PushSync": _sync("SetIdentityPoolConfiguration"),
        },
        tag=_identity("TagResource"),
        untag=_identity("UntagResource"),
        tags_in="IdentityPoolTags",
        passes=dict.fromkeys(("CognitoStreams.RoleArn", "PushSync.RoleArn"), "cognito-sync.amazonaws.com"),
        elsewhere={
            "cognito-identity:CreateIdentityPool": ANYTHING,
            "cognito-sync:SetCognitoEvents": SYNCED,
            "cognito-sync:SetIdentityPoolConfiguration": SYNCED,
        },
    ),
    "AWS::Cognito::IdentityPoolRoleAttachment": Calls(
        OF_IDENTITY_POOL,
        create=_identity("SetIdentityPoolRoles GetIdentityPoolRoles"),
        read=_identity("GetIdentityPoolRoles"),
        update=_identity("SetIdentityPoolRoles GetIdentityPoolRoles"),
        delete=_identity("SetIdentityPoolRoles GetIdentityPoolRoles"),
        passes={
            "Roles.*": "cognito-identity.amazonaws.com",
            "RoleMappings.*.RulesConfiguration.Rules.*.RoleARN": "cognito-identity.amazonaws.com",
        },
        elsewhere={"cognito-identity:SetIdentityPoolRoles": ANYTHING},
    ),
    "AWS::Cognito::UserPool": Calls(
        POOL,
        create=_pool("CreateUserPool DescribeUserPool SetUserPoolMfaConfig"),
        read=_pool("DescribeUserPool GetUserPoolMfaConfig"),
        update=_pool("UpdateUserPool AddCustomAttributes DescribeUserPool GetUserPoolMfaConfig SetUserPoolMfaConfig"),
        delete=_pool("DeleteUserPool"),
        properties={"EmailConfiguration": ("iam:CreateServiceLinkedRole",), "KeyConfiguration": _kms},
        tag=_pool("TagResource"),
        untag=_pool("ListTagsForResource UntagResource"),
        tags_in="UserPoolTags",
        passes={"SmsConfiguration.SnsCallerArn": "cognito-idp.amazonaws.com"},
        elsewhere={
            "cognito-idp:CreateUserPool": ANYTHING,
            "iam:CreateServiceLinkedRole": SERVICE_LINKED,
            **dict.fromkeys(_kms, KEY),
        },
    ),
    "AWS::Cognito::UserPoolClient": Calls(
        OF_POOL,
        create=_pool("CreateUserPoolClient"),
        read=_pool("DescribeUserPoolClient ListUserPoolClientSecrets"),
        update=_pool("UpdateUserPoolClient"),
        delete=_pool("DeleteUserPoolClient"),
        properties={"AnalyticsConfiguration": ("iam:CreateServiceLinkedRole",)},
        passes={"AnalyticsConfiguration.RoleArn": "cognito-idp.amazonaws.com"},
        elsewhere={"iam:CreateServiceLinkedRole": SERVICE_LINKED},
    ),
    "AWS::Cognito::UserPoolDomain": Calls(
        OF_POOL,
        create=_pool("CreateUserPoolDomain DescribeUserPoolDomain"),
        read=_pool("DescribeUserPoolDomain"),
        update=_pool("UpdateUserPoolDomain DescribeUserPoolDomain"),
        delete=_pool("DeleteUserPoolDomain DescribeUserPoolDomain"),
        properties={"CustomDomainConfig": ("cloudfront:UpdateDistribution",)},
        elsewhere={
            "cognito-idp:DescribeUserPoolDomain": ANYTHING,
            # a distribution of Cognito's own, in no account of the project's
            "cloudfront:UpdateDistribution": ANYTHING,
        },
    ),
    "AWS::Cognito::UserPoolGroup": Calls(
        OF_POOL,
        create=_pool("CreateGroup GetGroup"),
        read=_pool("GetGroup"),
        update=_pool("UpdateGroup"),
        delete=_pool("DeleteGroup GetGroup"),
        passes={"RoleArn": "cognito-idp.amazonaws.com"},
    ),
    "AWS::Cognito::UserPoolIdentityProvider": Calls(
        OF_POOL,
        create=_pool("CreateIdentityProvider DescribeIdentityProvider"),
        read=_pool("DescribeIdentityProvider"),
        update=_pool("UpdateIdentityProvider DescribeIdentityProvider"),
        delete=_pool("DeleteIdentityProvider DescribeIdentityProvider"),
    ),
    "AWS::Cognito::UserPoolResourceServer": Calls(
        OF_POOL,
        create=_pool("CreateResourceServer DescribeResourceServer"),
        read=_pool("DescribeResourceServer"),
        update=_pool("UpdateResourceServer"),
        delete=_pool("DeleteResourceServer"),
    ),
}
