from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.secrets import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::SSM::Parameter": Fact("/shop-test/price", ("arn:aws:ssm:eu-west-1:123456789012:parameter/shop-test/price",)),
    "AWS::SecretsManager::Secret": Fact(
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Thing-1A-x1y2z3",
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:Thing-1A-x1y2z3",),
        unbounded=(
            "*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
        ),
        beyond={
            "kms:Decrypt": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
            "kms:GenerateDataKey": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
        },
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
