from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.s3 import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::S3::Bucket": Fact(
        "shop-test-site-1a",
        ("arn:aws:s3:::shop-test-site-1a",),
        unbounded=("arn:aws:s3tables:eu-west-1:123456789012:bucket/aws-s3*",),
        left_out={
            "s3:Delete*": "calls for which IAM asks the action that puts it",
            "s3:PutBucketReplication": "no action of IAM: it asks s3:PutReplicationConfiguration",
            "s3:PutObjectLockConfiguration": "no action of IAM: it asks s3:PutBucketObjectLockConfiguration",
            "s3:PutObjectAcl": "objects, of which a template has none",
        },
    ),
    "AWS::S3::BucketPolicy": Fact("x", ("arn:aws:s3:::shop-test-site-1a",), properties={"Bucket": "shop-test-site-1a"}),
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
