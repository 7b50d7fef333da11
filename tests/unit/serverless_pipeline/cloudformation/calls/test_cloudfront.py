from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.cloudfront import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::CloudFront::CachePolicy": Fact(
        "c9",
        ("arn:aws:cloudfront::123456789012:cache-policy/c9",),
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:cache-policy/*",
        ),
    ),
    "AWS::CloudFront::CloudFrontOriginAccessIdentity": Fact(
        "E9",
        ("arn:aws:cloudfront::123456789012:origin-access-identity/E9",),
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:origin-access-identity/*",
        ),
    ),
    "AWS::CloudFront::Distribution": Fact(
        "E9",
        ("arn:aws:cloudfront::123456789012:distribution/E9",),
        properties={"DistributionConfig": {"Logging": {"Bucket": "shop-test-logs-1a.s3.amazonaws.com"}}},
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:distribution/*",
        ),
        left_out={
            "cloudfront:CreateDistributionWithTags": "no action of IAM: tags are given by cloudfront:TagResource",
            "cloudfront:*ConnectionGroup": "distributions of several tenants, which have types of their own",
            "cloudfront:GetVpcOrigin": "an origin in a VPC, a type of its own",
        },
        beyond={
            "s3:GetBucketAcl": "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html",
            "s3:PutBucketAcl": "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html",
        },
    ),
    "AWS::CloudFront::Function": Fact(
        "arn:aws:cloudfront::123456789012:function/shop-test-rewrite",
        ("arn:aws:cloudfront::123456789012:function/shop-test-rewrite",),
        properties={"Name": "shop-test-rewrite"},
        unbounded=("*",),
    ),
    "AWS::CloudFront::KeyValueStore": Fact(
        "k9",
        ("arn:aws:cloudfront::123456789012:key-value-store/k9",),
        properties={"ImportSource": {"SourceType": "S3", "SourceArn": "arn:aws:s3:::shop-test-data-1a/store.json"}},
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:key-value-store/*",
        ),
        left_out={"s3:HeadObject": "no action of IAM: it asks s3:GetObject"},
    ),
    "AWS::CloudFront::OriginAccessControl": Fact(
        "E9",
        ("arn:aws:cloudfront::123456789012:origin-access-control/E9",),
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:origin-access-control/*",
        ),
    ),
    "AWS::CloudFront::OriginRequestPolicy": Fact(
        "o9",
        ("arn:aws:cloudfront::123456789012:origin-request-policy/o9",),
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:origin-request-policy/*",
        ),
    ),
    "AWS::CloudFront::ResponseHeadersPolicy": Fact(
        "h9",
        ("arn:aws:cloudfront::123456789012:response-headers-policy/h9",),
        unbounded=(
            "*",
            "arn:aws:cloudfront::123456789012:response-headers-policy/*",
        ),
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
