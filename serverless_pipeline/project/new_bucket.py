"""A bucket that is made: somebody of this account may make it at the same time, or S3 may still delete one of its name.

S3 says OperationAborted to both. Who made it is there soon; a name comes free after a while, on AWS sometimes after an
hour (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.errors import Error, TimedOut
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

WAITING_SECONDS = 120.0
_DEFAULT_REGION = "us-east-1"
_OURS_ALREADY = "BucketAlreadyOwnedByYou"
_ABORTED = "OperationAborted"


def create(
    clients: Clients, bucket: str, exists: Callable[[Clients, str], bool], patience: Patience | None = None
) -> None:
    """Make a bucket, and wait until it is there.

    Raises:
        Error: the name does not come free; says what to do.
    """
    patience = patience or Patience.towards(clients, timeout=WAITING_SECONDS)
    try:
        patience.until(lambda: _attempt(clients, bucket, exists), bool)
    except TimedOut as error:
        raise Error(
            f"S3 still deletes the bucket {bucket} that was there before, or somebody else works on it.",
            hint="type the same command again in a while, at most an hour; or choose another stack_name",
        ) from error
    clients.s3.get_waiter("bucket_exists").wait(Bucket=bucket)


def _attempt(clients: Clients, bucket: str, exists: Callable[[Clients, str], bool]) -> bool:
    """Whether the bucket is made, by us or by somebody of us."""
    where = {"CreateBucketConfiguration": {"LocationConstraint": clients.region}}
    try:
        clients.s3.create_bucket(Bucket=bucket, **({} if clients.region == _DEFAULT_REGION else where))  # type: ignore[arg-type]
    except ClientError as error:
        if aws.code(error) == _ABORTED:
            return exists(clients, bucket)
        if aws.code(error) != _OURS_ALREADY:
            raise
    return True
