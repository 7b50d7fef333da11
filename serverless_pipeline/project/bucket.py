"""The bucket that is there before the stack: templates, bundles and the source object lie in it.

Keys are content-addressed, so publishing the same thing twice is one look.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

_DEFAULT_REGION = "us-east-1"
_GONE = ("404", "NoSuchBucket", "NotFound", "NoSuchKey")
_MADE_MEANWHILE = ("BucketAlreadyOwnedByYou", "OperationAborted")
_PAGE = 1000
_PAGES_AT_ONCE = 8


def name(settings: Settings, clients: Clients) -> str:
    """The bucket's name: the stack, the account and the region make it unique."""
    return f"{settings.stack_name}-{clients.account}-{clients.region}"


def exists(clients: Clients, bucket: str) -> bool:
    """Whether the bucket is there and ours.

    Raises:
        Error: the name belongs to somebody else.
    """
    try:
        clients.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=clients.account)
    except ClientError as error:
        if _code(error) in _GONE:
            return False
        raise Error(
            f"The bucket {bucket} cannot be used: {error}",
            hint="check that this account owns it, or choose another stack_name",
        ) from error
    return True


def existing(clients: Clients, buckets: Collection[str]) -> frozenset[str]:
    """Which of these buckets are there, by one look at the account's buckets whose names begin as they all do."""
    pages = clients.s3.get_paginator("list_buckets").paginate(Prefix=_common_start(buckets))
    return frozenset(buckets) & {one["Name"] for page in pages for one in page["Buckets"]}


def _common_start(names: Collection[str]) -> str:
    """The longest text with which all of them begin."""
    first, last = min(names, default=""), max(names, default="")
    length = next((place for place, sign in enumerate(first) if last[place : place + 1] != sign), len(first))
    return first[:length]


def ensure(clients: Clients, bucket: str, tags: Mapping[str, str] | None = None) -> bool:
    """Make sure of the bucket: private, versioned, encrypted, tagged. True if it was made now."""
    made = not exists(clients, bucket)
    if made:
        _create(clients, bucket)
    clients.s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    clients.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    clients.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)  # type: ignore[arg-type]
    if tags:
        chosen = [{"Key": key, "Value": value} for key, value in tags.items()]
        clients.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": chosen})  # type: ignore[typeddict-item]
    return made


def publish(
    clients: Clients, bucket: str, key: str, data: bytes | Path, *, metadata: Mapping[str, str] | None = None
) -> bool:
    """Put an object under a key that names its content. False if it was there already."""
    if head(clients, bucket, key) is not None:
        return False
    put(clients, bucket, key, data, metadata=metadata)
    return True


def put(
    clients: Clients, bucket: str, key: str, data: bytes | Path, *, metadata: Mapping[str, str] | None = None
) -> None:
    """Put an object; a file is streamed."""
    extra = dict(metadata or {})
    if isinstance(data, bytes):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata=extra)
    else:
        clients.s3.upload_file(str(data), bucket, key, ExtraArgs={"Metadata": extra})


def head(clients: Clients, bucket: str, key: str) -> Mapping[str, str] | None:
    """The metadata of an object, None if it is not there."""
    try:
        return clients.s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if _code(error) in _GONE:
            return None
        raise


def url(clients: Clients, bucket: str, key: str) -> str:
    """Where CloudFormation finds a template: under the endpoint, or in the region's S3."""
    if clients.endpoint:
        return f"{clients.endpoint.url}/{bucket}/{key}"
    suffix = "amazonaws.com.cn" if clients.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{clients.region}.{suffix}/{key}"


def empty(clients: Clients, bucket: str, told: Callable[[int], None] = lambda _: None) -> int:
    """Delete every version and delete marker, several pages at a time; answers how many.

    A bucket that is gone is empty. `told` hears how many were deleted so far.

    Raises:
        Error: S3 refused to delete some; the first is named.
    """
    from concurrent.futures import ThreadPoolExecutor

    count = 0
    with ThreadPoolExecutor(_PAGES_AT_ONCE) as pool:
        while pages := _first_pages(clients, bucket):
            for deleted in pool.map(partial(_delete_page, clients, bucket), pages):
                count += deleted
                told(count)
    return count


def _delete_page(clients: Clients, bucket: str, found: Sequence[ObjectIdentifierTypeDef]) -> int:
    refused = clients.s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}).get("Errors", [])
    if refused:
        first = refused[0]
        kept = f"S3 kept {len(refused)} objects of {bucket}; the first is {first.get('Key')}: {first.get('Message')}"
        raise Error(kept, hint="let the role delete object versions there, then type the same command again")
    return len(found)


def delete(clients: Clients, bucket: str) -> bool:
    """Empty and delete the bucket. False if there was none."""
    if not exists(clients, bucket):
        return False
    empty(clients, bucket)
    try:
        clients.s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if _code(error) not in _GONE:  # the answer to the first attempt may have been lost
            raise
    return True


def _create(clients: Clients, bucket: str) -> None:
    where = {"CreateBucketConfiguration": {"LocationConstraint": clients.region}}
    try:
        clients.s3.create_bucket(Bucket=bucket, **({} if clients.region == _DEFAULT_REGION else where))  # type: ignore[arg-type]
    except ClientError as error:
        if _code(error) not in _MADE_MEANWHILE:
            raise
    clients.s3.get_waiter("bucket_exists").wait(Bucket=bucket)


def _first_pages(clients: Clients, bucket: str) -> list[list[ObjectIdentifierTypeDef]]:
    """The first versions and delete markers, as many pages of a thousand as are deleted at once.

    Always the first: the place where the next would begin is deleted with these.
    """
    pages = clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    try:
        listed = [[*page.get("Versions", []), *page.get("DeleteMarkers", [])] for page in islice(pages, _PAGES_AT_ONCE)]
    except ClientError as error:
        if _code(error) in _GONE:
            return []
        raise
    found = sorted({(item["Key"], item["VersionId"]) for page in listed for item in page})
    return [
        [{"Key": key, "VersionId": version} for key, version in found[first : first + _PAGE]]
        for first in range(0, len(found), _PAGE)
    ]


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
