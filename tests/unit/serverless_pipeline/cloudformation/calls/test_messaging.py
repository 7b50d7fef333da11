from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.messaging import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::SNS::Subscription": Fact(
        "arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A:0f1e",
        ("arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A",),
        properties={
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A",
            "SubscriptionRoleArn": "arn:aws:iam::123456789012:role/shop-test-Role-1A",
        },
        unbounded=("*",),
    ),
    "AWS::SNS::Topic": Fact(
        "arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A",
        ("arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A",),
        properties={
            "DeliveryStatusLogging": [{"FailureFeedbackRoleArn": "arn:aws:iam::123456789012:role/shop-test-Role-1A"}]
        },
        unbounded=("*",),
    ),
    "AWS::SNS::TopicPolicy": Fact(
        "x",
        ("arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A",),
        properties={"Topics": ["arn:aws:sns:eu-west-1:123456789012:shop-test-News-1A"]},
    ),
    "AWS::SQS::Queue": Fact(
        "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-test-Jobs-1A",
        ("arn:aws:sqs:eu-west-1:123456789012:shop-test-Jobs-1A",),
    ),
    "AWS::SQS::QueuePolicy": Fact(
        "x",
        ("arn:aws:sqs:eu-west-1:123456789012:shop-test-Jobs-1A",),
        properties={"Queues": ["https://sqs.eu-west-1.amazonaws.com/123456789012/shop-test-Jobs-1A"]},
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
