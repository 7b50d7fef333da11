from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.cloudwatch import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::CloudWatch::Alarm": Fact(
        "shop-test-Errors-1A", ("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-test-Errors-1A",)
    ),
    "AWS::CloudWatch::CompositeAlarm": Fact(
        "shop-test-Any-1A", ("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-test-Any-1A",)
    ),
    "AWS::CloudWatch::Dashboard": Fact("Thing-1A", ("arn:aws:cloudwatch::123456789012:dashboard/Thing-1A",)),
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
