"""AWS Identity and Access Management, whose ARNs have no region.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from collections.abc import Mapping
from dataclasses import replace

from serverless_pipeline.cloudformation.calls.model import Calls, Resource, of

_iam = of("iam")
_ROOT = "arn:{partition}:iam::{account}:"


def _named(kind: str) -> Resource:
    """What is named within a path, which is a part of its ARN."""
    return Resource(f"{_ROOT}{kind}{{Path}}{{id}}", (f"{_ROOT}{kind}{{Path}}{{stack}}-*",), missing={"Path": "/"})


ROLE = _named("role")
POLICY = replace(_named("policy"), arn=f"{_ROOT}policy{{Path}}{{name}}")
"""The physical ID is the policy's ARN."""
SERVICE_LINKED = Resource(f"{_ROOT}role/aws-service-role/*", (f"{_ROOT}role/aws-service-role/*",))
"""Roles that a service makes for itself."""


def _holders(kind: str) -> Resource:
    """Those whom a policy is for."""
    return Resource(f"{_ROOT}{kind}/{{id}}", (f"{_ROOT}{kind}/{{stack}}-*",), each=f"{kind.capitalize()}s.*")


ROLES, USERS, GROUPS = _holders("role"), _holders("user"), _holders("group")

TYPES: Mapping[str, Calls] = {
    "AWS::IAM::ManagedPolicy": Calls(
        POLICY,
        create=_iam("CreatePolicy AttachRolePolicy"),
        read=_iam("GetPolicy GetPolicyVersion ListEntitiesForPolicy"),
        update=_iam("CreatePolicyVersion DeletePolicyVersion GetPolicy ListPolicyVersions AttachRolePolicy"),
        delete=_iam(
            "DeletePolicy DeletePolicyVersion DetachRolePolicy GetPolicy ListEntitiesForPolicy ListPolicyVersions"
        ),
        properties={"Users": _iam("AttachUserPolicy"), "Groups": _iam("AttachGroupPolicy")},
        removals={
            "Roles": _iam("DetachRolePolicy"),
            "Users": _iam("DetachUserPolicy"),
            "Groups": _iam("DetachGroupPolicy"),
        },
        elsewhere={
            **dict.fromkeys(_iam("AttachRolePolicy DetachRolePolicy"), ROLES),
            **dict.fromkeys(_iam("AttachUserPolicy DetachUserPolicy"), USERS),
            **dict.fromkeys(_iam("AttachGroupPolicy DetachGroupPolicy"), GROUPS),
        },
    ),
    "AWS::IAM::Policy": Calls(
        ROLES,
        create=_iam("PutRolePolicy GetRolePolicy"),
        update=_iam("PutRolePolicy DeleteRolePolicy"),
        delete=_iam("DeleteRolePolicy"),
        properties={"Users": _iam("PutUserPolicy GetUserPolicy"), "Groups": _iam("PutGroupPolicy GetGroupPolicy")},
        removals={"Users": _iam("DeleteUserPolicy"), "Groups": _iam("DeleteGroupPolicy")},
        elsewhere={
            **dict.fromkeys(_iam("PutUserPolicy GetUserPolicy DeleteUserPolicy"), USERS),
            **dict.fromkeys(_iam("PutGroupPolicy GetGroupPolicy DeleteGroupPolicy"), GROUPS),
        },
    ),
    "AWS::IAM::Role": Calls(
        ROLE,
        create=_iam("CreateRole GetRole GetRolePolicy"),
        read=_iam("GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies"),
        delete=_iam("DeleteRole DeleteRolePolicy GetRole ListAttachedRolePolicies ListRolePolicies"),
        properties={"ManagedPolicyArns": _iam("AttachRolePolicy"), "Policies": _iam("PutRolePolicy")},
        changes={
            "AssumeRolePolicyDocument": _iam("UpdateAssumeRolePolicy"),
            "Description": _iam("UpdateRole UpdateRoleDescription"),
            "MaxSessionDuration": _iam("UpdateRole"),
            "PermissionsBoundary": _iam("PutRolePermissionsBoundary"),
        },
        removals={
            "ManagedPolicyArns": _iam("DetachRolePolicy"),
            "PermissionsBoundary": _iam("DeleteRolePermissionsBoundary"),
            "Policies": _iam("DeleteRolePolicy"),
        },
        tag=_iam("TagRole"),
        untag=_iam("ListRoleTags UntagRole"),
    ),
    "AWS::IAM::RolePolicy": Calls(
        Resource(f"{_ROOT}role/{{RoleName}}", ROLES.patterns),
        create=_iam("PutRolePolicy GetRolePolicy"),
        read=_iam("GetRolePolicy"),
        update=_iam("PutRolePolicy GetRolePolicy"),
        delete=_iam("DeleteRolePolicy GetRolePolicy"),
    ),
}
