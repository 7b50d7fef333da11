from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.cognito import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::Cognito::IdentityPool": Fact(
        "eu-west-1:0f1e",
        ("arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/eu-west-1:0f1e",),
        unbounded=(
            "*",
            "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/*",
            "arn:aws:cognito-sync:eu-west-1:123456789012:identitypool/*",
        ),
    ),
    "AWS::Cognito::IdentityPoolRoleAttachment": Fact(
        "x",
        ("arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/eu-west-1:0f1e",),
        properties={"IdentityPoolId": "eu-west-1:0f1e"},
        unbounded=(
            "*",
            "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/*",
        ),
    ),
    "AWS::Cognito::UserPool": Fact(
        "eu-west-1_q7w8",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        unbounded=(
            "*",
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",
            "arn:aws:iam::123456789012:role/aws-service-role/*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
        ),
    ),
    "AWS::Cognito::UserPoolClient": Fact(
        "c9",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        properties={"UserPoolId": "eu-west-1_q7w8"},
        unbounded=(
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",
            "arn:aws:iam::123456789012:role/aws-service-role/*",
        ),
        left_out={"iam:*RolePolicy": "the role that Amazon Pinpoint makes itself"},
    ),
    "AWS::Cognito::UserPoolDomain": Fact(
        "shop-test",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        properties={"UserPoolId": "eu-west-1_q7w8"},
        unbounded=(
            "*",
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",
        ),
        left_out={"kms:*": "a pool with a key of its own, which is allowed with the pool"},
    ),
    "AWS::Cognito::UserPoolGroup": Fact(
        "g9",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        properties={"UserPoolId": "eu-west-1_q7w8"},
        unbounded=("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",),
        left_out={"iam:PutRolePolicy": "a role that is handed over stays as it is"},
    ),
    "AWS::Cognito::UserPoolIdentityProvider": Fact(
        "p9",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        properties={"UserPoolId": "eu-west-1_q7w8"},
        unbounded=("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",),
    ),
    "AWS::Cognito::UserPoolResourceServer": Fact(
        "s9",
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_q7w8",),
        properties={"UserPoolId": "eu-west-1_q7w8"},
        unbounded=("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*",),
    ),
}


@pytest.mark.parametrize("kind", TYPES)
def test_the_calls_are_those_of_awss_handlers(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.differences(kind, fact.left_out, fact.beyond) == []
    assert handlers.oddities(kind) == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_is_what_the_reference_says_and_the_patterns_of_its_stack_cover_it(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.arns(kind, fact.physical_id, fact.properties) == fact.arns
    assert handlers.uncovered(kind, fact.physical_id, fact.properties) == []


@pytest.mark.parametrize("kind", TYPES)
def test_the_patterns_reach_no_further_than_the_stack_but_where_aws_cannot_bound_them(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.unbounded(kind, fact.properties) == {*fact.unbounded}
