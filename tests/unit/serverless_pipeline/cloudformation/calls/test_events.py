from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.events import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::Events::EventBus": Fact(
        "shop-test-bus",
        ("arn:aws:events:eu-west-1:123456789012:event-bus/shop-test-bus",),
        properties={"Name": "shop-test-bus"},
        unbounded=(
            "*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
        ),
        left_out={"kms:ReEncrypt": "no action of IAM: it asks kms:ReEncryptFrom and kms:ReEncryptTo"},
    ),
    "AWS::Events::Rule": Fact(
        "shop-test-bus|shop-test-Rule-1A",
        ("arn:aws:events:eu-west-1:123456789012:rule/shop-test-bus/shop-test-Rule-1A",),
        properties={"EventBusName": "shop-test-bus"},
    ),
    "AWS::Pipes::Pipe": Fact(
        "Thing-1A",
        ("arn:aws:pipes:eu-west-1:123456789012:pipe/Thing-1A",),
        unbounded=(
            "*",
            "arn:aws:iam::123456789012:role/aws-service-role/*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
        ),
    ),
    "AWS::Scheduler::Schedule": Fact(
        "shop-test-Nightly-1A", ("arn:aws:scheduler:eu-west-1:123456789012:schedule/default/shop-test-Nightly-1A",)
    ),
    "AWS::Scheduler::ScheduleGroup": Fact(
        "shop-test-Group-1A", ("arn:aws:scheduler:eu-west-1:123456789012:schedule-group/shop-test-Group-1A",)
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
