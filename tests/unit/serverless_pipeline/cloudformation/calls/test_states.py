from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.states import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::StepFunctions::Activity": Fact(
        "arn:aws:states:eu-west-1:123456789012:activity:shop-test-wait",
        ("arn:aws:states:eu-west-1:123456789012:activity:shop-test-wait",),
        unbounded=("arn:aws:kms:eu-west-1:123456789012:key/*",),
    ),
    "AWS::StepFunctions::StateMachine": Fact(
        "arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A",
        ("arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A",),
        unbounded=("arn:aws:kms:eu-west-1:123456789012:key/*",),
        left_out={"s3:GetObjectVersion": "a version of a definition; its key changes with its content"},
    ),
    "AWS::StepFunctions::StateMachineAlias": Fact(
        "arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A:live",
        ("arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A",),
        unbounded=(
            "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*",
            "arn:aws:states:eu-west-1:123456789012:stateMachine:*",
        ),
    ),
    "AWS::StepFunctions::StateMachineVersion": Fact(
        "arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A:3",
        ("arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A",),
        properties={"StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:Thing-1A"},
        unbounded=("arn:aws:states:eu-west-1:123456789012:stateMachine:*",),
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
