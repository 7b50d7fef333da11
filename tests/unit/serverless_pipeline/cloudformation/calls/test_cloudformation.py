from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.cloudformation import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::CDK::Metadata": Fact("x", ("*",), unbounded=("*",)),
    "AWS::CloudFormation::CustomResource": Fact(
        "x",
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A",),
        properties={"ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-Api-1A"},
        beyond={
            "lambda:InvokeFunction": "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html"
        },
    ),
    "AWS::CloudFormation::Stack": Fact(
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-test-Inner-1A/0f1e",
        ("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-test-Inner-1A/0f1e",),
        left_out={
            "cloudformation:SetStackPolicy": "stack policies",
            "cloudformation:UpdateTerminationProtection": "protection of a nested stack; a command protects a root",
            "iam:PassRole": "a service role of a nested stack alone",
        },
    ),
    "AWS::CloudFormation::WaitCondition": Fact("x", ("*",), unbounded=("*",)),
    "AWS::CloudFormation::WaitConditionHandle": Fact("x", ("*",), unbounded=("*",)),
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
