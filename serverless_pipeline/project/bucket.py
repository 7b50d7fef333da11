"""The bucket that is there before the stack: templates, bundles and the source object lie in it.

Keys are content-addressed, so publishing the same thing twice is one look.
"""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.errors import Error
from serverless_pipeline.project import new_bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

_BUCKETS = 1000
"""How many S3 tells at once; without a number it refuses an account that may have more than 10,000
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html)."""
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""A character that no XML may hold (https://www.w3.org/TR/xml/#charsets); it comes in the addresses of a listing."""
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
        if aws.is_absent(error):
            return False
        raise Error(
            f"The bucket {bucket} cannot be used: {error}",
            hint="check that this account owns it, or choose another stack_name",
        ) from error
    return True


def names(clients: Clients) -> frozenset[str]:
    """The names of all buckets of the account."""
    pages = clients.s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": _BUCKETS})
    listed = aws.moving(pages, "the buckets of the account")
    return frozenset(bucket["Name"] for page in listed for bucket in page["Buckets"])


def ensure(clients: Clients, bucket: str, tags: Mapping[str, str] | None = None) -> bool:
    """Make sure of the bucket: private, versioned, encrypted, tagged. True if it had to be created."""
    created = not exists(clients, bucket)
    if created:
        new_bucket.create(clients, bucket, exists)
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
    clients.s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    if tags:
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        clients.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs})  # type: ignore[typeddict-item]
    return created


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
    if isinstance(data, bytes):
        clients.s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata=dict(metadata or {}))
    else:
        aws.upload(clients.s3, data, bucket, key, metadata)


def head(clients: Clients, bucket: str, key: str) -> Mapping[str, str] | None:
    """The metadata of an object, None if it is not there."""
    try:
        return clients.s3.head_object(Bucket=bucket, Key=key)["Metadata"]
    except ClientError as error:
        if aws.is_absent_object(error):
            return None
        raise


def document(clients: Clients, bucket: str, key: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What a JSON object holds.

    Raises:
        Error: it is no JSON.
    """
    body = clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        return json.loads(body)
    except ValueError as error:
        where = f"s3://{bucket}/{key}"
        raise Error(f"{where} was not understood, it is no JSON: {error}", hint=f"aws s3 cp {where} -") from error


def url(clients: Clients, bucket: str, key: str) -> str:
    """Where CloudFormation finds a template: under the endpoint, or in the region's S3."""
    if clients.endpoint:
        return f"{clients.endpoint.url}/{bucket}/{key}"
    suffix = "amazonaws.com.cn" if clients.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{clients.region}.{suffix}/{key}"


def empty(clients: Clients, bucket: str, report: Callable[[int], None] = lambda _: None) -> int:
    """Delete every version and delete marker, several pages at a time; answers how many.

    A bucket that is gone is empty. `report` hears how many were deleted so far.

    Raises:
        Error: S3 refused to delete some, the first is named; or it still lists what it deleted.
    """
    from concurrent.futures import ThreadPoolExecutor

    count = 0
    before: list[list[ObjectIdentifierTypeDef]] = []
    with ThreadPoolExecutor(_PAGES_AT_ONCE) as pool:
        while pages := _first_pages(clients, bucket):
            if pages == before:
                raise Error(
                    f"S3 still lists what it deleted of {bucket}, {_legible(pages[0][0]['Key'])} first.", hint=_AGAIN
                )
            for deleted in pool.map(partial(_delete_page, clients, bucket), pages):
                count += deleted
                report(count)
            before = pages
    return count


def delete(clients: Clients, bucket: str) -> bool:
    """Empty and delete the bucket. False if there was none."""
    if not exists(clients, bucket):
        return False
    empty(clients, bucket)
    try:
        clients.s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if not aws.is_absent(error):  # the answer to the first attempt may have been lost
            raise
    return True


def _first_pages(clients: Clients, bucket: str) -> list[list[ObjectIdentifierTypeDef]]:
    """The first versions and delete markers, as many pages of a thousand as are deleted at once.

    Always the first: the place where the next would begin is deleted with these.
    """
    pages = aws.moving(
        clients.s3.get_paginator("list_object_versions").paginate(Bucket=bucket), f"the versions in the bucket {bucket}"
    )
    try:
        listed = [[*page.get("Versions", []), *page.get("DeleteMarkers", [])] for page in islice(pages, _PAGES_AT_ONCE)]
    except ClientError as error:
        if aws.is_absent(error):
            return []
        raise
    versions = sorted({(item["Key"], item["VersionId"]) for page in listed for item in page})
    return [
        [{"Key": key, "VersionId": version} for key, version in versions[first : first + _PAGE]]
        for first in range(0, len(versions), _PAGE)
    ]


def _delete_page(clients: Clients, bucket: str, page: Sequence[ObjectIdentifierTypeDef]) -> int:
    """Delete versions together; those whose keys XML cannot hold one by one, by an address.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-xml-related-constraints
    """
    together = [version for version in page if not _NOT_XML.search(version["Key"])]
    for version in page:
        if _NOT_XML.search(version["Key"]):
            clients.s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    if together:
        _delete_together(clients, bucket, together)
    return len(page)


def _delete_together(clients: Clients, bucket: str, page: Sequence[ObjectIdentifierTypeDef]) -> None:
    refused = clients.s3.delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True}).get("Errors", [])
    if refused:
        first = refused[0]
        raise Error(
            f"S3 kept {len(refused)} objects of {bucket}; the first is {_legible(first.get('Key', ''))}: "
            f"{first.get('Message')}",
            hint="let the role delete object versions there, then type the same command again",
        )


def _legible(key: str) -> str:
    """A key as it is typed; with its letters written out where some of them cannot be seen."""
    return key if key.isprintable() else repr(key)


_AGAIN = "look whether an object lock or another writer holds them, then type the same command again"
