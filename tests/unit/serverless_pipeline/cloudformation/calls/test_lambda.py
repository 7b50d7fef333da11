from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.lambda_ import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::Lambda::Alias": Fact(
        "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A:live",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"FunctionName": "shop-test-Api-1A"},
        unbounded=(
            "*",
            "arn:aws:codedeploy:eu-west-1:123456789012:deploymentconfig:*",
        ),
    ),
    "AWS::Lambda::EventInvokeConfig": Fact(
        "x",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"FunctionName": "shop-test-Api-1A"},
    ),
    "AWS::Lambda::EventSourceMapping": Fact(
        "0f1e",
        ("arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:0f1e",),
        properties={"FunctionName": "shop-test-Api-1A"},
        unbounded=(
            "arn:aws:kms:eu-west-1:123456789012:key/*",
            "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:*",
        ),
    ),
    "AWS::Lambda::Function": Fact(
        "shop-test-Api-1A",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"Layers": ["arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:14"]},
        unbounded=(
            "*",
            "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/*",
            "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
            "arn:aws:lambda:*:*:layer:*",
            "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:*",
            "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:*",
        ),
        left_out={
            "lambda:AssociateRuntimeAlias": "no action of IAM",
            "s3:GetObjectVersion": "a version of a bundle; its key changes with its content",
        },
    ),
    "AWS::Lambda::LayerVersion": Fact(
        "arn:aws:lambda:eu-west-1:123456789012:layer:Thing:3",
        ("arn:aws:lambda:eu-west-1:123456789012:layer:Thing:3",),
        left_out={"s3:GetObjectVersion": "a version of a bundle; its key changes with its content"},
    ),
    "AWS::Lambda::LayerVersionPermission": Fact(
        "x",
        ("arn:aws:lambda:eu-west-1:123456789012:layer:Other:3",),
        properties={"LayerVersionArn": "arn:aws:lambda:eu-west-1:123456789012:layer:Other:3"},
        unbounded=("arn:aws:lambda:eu-west-1:123456789012:layer:*",),
    ),
    "AWS::Lambda::Permission": Fact(
        "x",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A"},
    ),
    "AWS::Lambda::Url": Fact(
        "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"TargetFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A"},
    ),
    "AWS::Lambda::Version": Fact(
        "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A:3",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"FunctionName": "shop-test-Api-1A"},
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
