"""Amazon CloudFront, which is in no region; but for functions, AWS bounds nothing by a name.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
"""

from collections.abc import Mapping

from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource, of
from serverless_pipeline.cloudformation.calls.s3 import BUCKET, objects

_cloudfront = of("cloudfront")
_ROOT = "arn:{partition}:cloudfront::{account}:"
_IMPORTED = "ImportSource.SourceArn"
_ACL = ("s3:GetBucketAcl", "s3:PutBucketAcl")


def _of_kind(kind: str) -> Resource:
    return Resource(f"{_ROOT}{kind}/{{id}}", (f"{_ROOT}{kind}/*",))


def _plain(kind: str, name: str) -> Calls:
    """What has neither tags nor anything that a property needs."""
    return Calls(
        _of_kind(kind),
        create=_cloudfront(f"Create{name}"),
        read=_cloudfront(f"Get{name}"),
        update=_cloudfront(f"Update{name} Get{name}"),
        delete=_cloudfront(f"Delete{name} Get{name}"),
        elsewhere={f"cloudfront:Create{name}": ANYTHING},
    )


TYPES: Mapping[str, Calls] = {
    "AWS::CloudFront::CachePolicy": _plain("cache-policy", "CachePolicy"),
    "AWS::CloudFront::CloudFrontOriginAccessIdentity": _plain(
        "origin-access-identity", "CloudFrontOriginAccessIdentity"
    ),
    "AWS::CloudFront::Distribution": Calls(
        _of_kind("distribution"),
        create=_cloudfront("CreateDistribution GetDistribution GetDistributionConfig"),
        read=_cloudfront("GetDistribution GetDistributionConfig ListTagsForResource"),
        update=_cloudfront(
            "UpdateDistribution UpdateDistributionWithStagingConfig GetDistribution GetDistributionConfig "
            "ListTagsForResource"
        ),
        delete=_cloudfront("DeleteDistribution GetDistribution GetDistributionConfig"),
        # The bucket of its logs:
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
        properties={"DistributionConfig": _ACL},
        tag=_cloudfront("TagResource"),
        untag=_cloudfront("UntagResource"),
        elsewhere={
            "cloudfront:CreateDistribution": ANYTHING,
            **dict.fromkeys(_ACL, Resource(BUCKET.arn, BUCKET.patterns, each="DistributionConfig.Logging.Bucket")),
        },
    ),
    "AWS::CloudFront::Function": Calls(
        Resource(f"{_ROOT}function/{{name}}", (f"{_ROOT}function/{{stack}}-*",)),
        create=_cloudfront("CreateFunction DescribeFunction PublishFunction"),
        read=_cloudfront("DescribeFunction GetFunction ListTagsForResource"),
        update=_cloudfront("UpdateFunction DescribeFunction PublishFunction"),
        delete=_cloudfront("DeleteFunction DescribeFunction"),
        tag=_cloudfront("TagResource"),
        untag=_cloudfront("UntagResource"),
        elsewhere={"cloudfront:CreateFunction": ANYTHING},
    ),
    "AWS::CloudFront::KeyValueStore": Calls(
        _of_kind("key-value-store"),
        create=_cloudfront("CreateKeyValueStore DescribeKeyValueStore"),
        read=_cloudfront("DescribeKeyValueStore ListTagsForResource"),
        update=_cloudfront("UpdateKeyValueStore DescribeKeyValueStore"),
        delete=_cloudfront("DeleteKeyValueStore DescribeKeyValueStore"),
        properties={"ImportSource": ("s3:GetBucketLocation", "s3:GetObject")},
        tag=_cloudfront("TagResource"),
        untag=_cloudfront("UntagResource"),
        elsewhere={
            "cloudfront:CreateKeyValueStore": ANYTHING,
            "s3:GetBucketLocation": Resource("{id}", BUCKET.patterns, each=_IMPORTED),
            "s3:GetObject": objects(_IMPORTED, "{id}"),
        },
    ),
    "AWS::CloudFront::OriginAccessControl": _plain("origin-access-control", "OriginAccessControl"),
    "AWS::CloudFront::OriginRequestPolicy": _plain("origin-request-policy", "OriginRequestPolicy"),
    "AWS::CloudFront::ResponseHeadersPolicy": _plain("response-headers-policy", "ResponseHeadersPolicy"),
}
