"""What changed in a bucket is taken out of the caches of the CloudFront distribution before it.

Few paths are named, many become `/*`: that costs as much as one, the first 1,000 of a month and an account are free,
and of a distribution 3,000 files and 15 wildcards may be in progress.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from lambdas.job import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import InvalidationTypeDef

EVERYTHING = ("/*",)
MOST = 30
"""The most paths that are named: with more, 33 deliveries a month would use up what is free."""

_INDEX = "index.html"
_AS_THEY_ARE = "/!$&'()+,-.:;=@_"
_AMBIGUOUS = frozenset("*?~")
"""An asterisk stands for others, a question mark begins a query; a browser sends a tilde as it is, RFC 1738 encodes it.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
"""


class Busy(Exception):
    """CloudFront has as many invalidations of the distribution in progress as it takes."""


@dataclass(frozen=True)
class Invalidation:
    """An invalidation, and whether all edges have done it."""

    id: str
    is_complete: bool

    @classmethod
    def from_response(cls, invalidation: InvalidationTypeDef) -> Invalidation:
        return cls(invalidation["Id"], invalidation["Status"] == "Completed")


def paths(keys: Iterable[str]) -> Sequence[str]:
    """What to invalidate for objects: the path of each, that of the folder of an index page; or everything."""
    named: dict[str, None] = {}
    for key in keys:
        if _AMBIGUOUS.intersection(key):
            return EVERYTHING
        path = f"/{quote(key, safe=_AS_THEY_ARE)}"
        named[path] = None
        if path.endswith(f"/{_INDEX}"):
            named[path.removesuffix(_INDEX)] = None
    return [*named] if len(named) <= MOST else EVERYTHING


def create(cloudfront: CloudFrontClient, distribution: str, paths: Sequence[str], job_id: str) -> Invalidation:
    """Begin to invalidate; the same paths for the same job a second time are the same invalidation.

    Raises:
        Busy: too many are in progress.
    """
    digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": f"{job_id}-{digest}"}
    try:
        response = cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)  # type: ignore[arg-type]
    except ClientError as error:
        if refusal.code(error) == "TooManyInvalidationsInProgress":
            raise Busy from error
        raise
    return Invalidation.from_response(response["Invalidation"])


def find(cloudfront: CloudFrontClient, distribution: str, identity: str) -> Invalidation:
    """An invalidation as it is now."""
    response = cloudfront.get_invalidation(DistributionId=distribution, Id=identity)
    return Invalidation.from_response(response["Invalidation"])
