from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.logs import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::Logs::LogGroup": Fact(
        "/aws/lambda/shop-test-Api-1A",
        ("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/shop-test-Api-1A",),
        unbounded=("*",),
        left_out={
            "firehose:TagDeliveryStream": "the class DELIVERY, which AWS gives to groups of its services",
            "logs:CreateLogDelivery": "the class DELIVERY, which AWS gives to groups of its services",
            "s3:REST.PUT.OBJECT": "the class DELIVERY, which AWS gives to groups of its services",
        },
    ),
    "AWS::Logs::LogStream": Fact(
        "shop-test-Stream-1A",
        ("arn:aws:logs:eu-west-1:123456789012:log-group:/shop-test/app",),
        properties={"LogGroupName": "/shop-test/app"},
    ),
    "AWS::Logs::MetricFilter": Fact(
        "shop-test-Filter-1A",
        ("arn:aws:logs:eu-west-1:123456789012:log-group:shop-test/app",),
        properties={"LogGroupName": "shop-test/app"},
    ),
    "AWS::Logs::ResourcePolicy": Fact("shop-test-policy", ("*",), unbounded=("*",)),
    "AWS::Logs::SubscriptionFilter": Fact(
        "shop-test-Filter-1A",
        ("arn:aws:logs:eu-west-1:123456789012:log-group:shop-test-Group-1A",),
        properties={"LogGroupName": "shop-test-Group-1A"},
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
