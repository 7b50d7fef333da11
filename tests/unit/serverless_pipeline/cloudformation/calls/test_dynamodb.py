from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.dynamodb import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::DynamoDB::GlobalTable": Fact(
        "shop-test-Table-1A",
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/shop-test-Table-1A",),
        unbounded=(
            "*",
            "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/*",
            "arn:aws:iam::123456789012:role/aws-service-role/*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
        ),
    ),
    "AWS::DynamoDB::Table": Fact(
        "shop-test-Table-1A",
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/shop-test-Table-1A",),
        properties={"ImportSourceSpecification": {"S3BucketSource": {"S3Bucket": "shop-test-data-1a"}}},
        unbounded=(
            "*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws-dynamodb/imports*",
        ),
        left_out={
            "create dynamodb:UpdateTable": "replicas, which a global table has",
            "update dynamodb:CreateTable": "replicas, which a global table has",
            "dynamodb:*TableReplica": "replicas, which a global table has",
            "dynamodb:*Item": "replicas, which a global table has",
            "dynamodb:Query": "replicas, which a global table has",
            "dynamodb:Scan": "replicas, which a global table has",
            "iam:CreateServiceLinkedRole": "replicas, which a global table has",
            "s3:GetObjectMetadata": "no action of IAM: it asks s3:GetObject",
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
