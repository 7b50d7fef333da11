"""The bucket of a site, as a delivery sees it: what is there, what is put there, what is taken away."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.delivery.upload import AT_ONCE, NotUploaded, Upload, Uploader, place_of, session
from lambdas.job import clients, refusal
from lambdas.job.ending import JobError
from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

    from lambdas.delivery.headers import Headers

_DELETED_AT_ONCE = 1000
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""A character that no XML may hold (https://www.w3.org/TR/xml/#charsets)."""


@dataclass(frozen=True)
class SiteBucket:
    """A bucket and the two ways to it: the client for single requests, the uploader for many."""

    s3: S3Client
    name: str
    uploader: Uploader

    def etags(self) -> dict[str, str]:
        """The ETag of everything in the bucket, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        listed = moving(pages, f"the bucket {self.name}")
        return {entry["Key"]: entry["ETag"].strip('"') for page in listed for entry in page.get("Contents", [])}

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata of an object; none where there is no such object."""
        try:
            return self.s3.head_object(Bucket=self.name, Key=key)["Metadata"]
        except ClientError as error:
            if not refusal.is_absent(error):
                raise
            return {}

    def forget(self, key: str, headers: Headers) -> None:
        """Take the metadata of an object away; its content stays."""
        self.s3.copy_object(
            Bucket=self.name,
            Key=key,
            CopySource={"Bucket": self.name, "Key": key},
            MetadataDirective="REPLACE",
            ContentType=headers.content_type,
            CacheControl=headers.cache_control,
        )

    def put(self, uploads: Sequence[Upload]) -> None:
        """Put objects, many at once; after a failure none is begun.

        Raises:
            NotUploaded: S3 did not take one; names it.
        """
        broken = Event()

        def put(upload: Upload) -> None:
            if broken.is_set():
                return
            try:
                self.uploader.put(upload)
            except NotUploaded:
                broken.set()
                raise

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(put, uploads))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, as many at once as S3 takes; those whose keys no XML can hold one by one, by an address.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-xml-related-constraints

        Raises:
            JobError: S3 kept some; names the first.
        """
        for key in filter(_NOT_XML.search, keys):
            self.s3.delete_object(Bucket=self.name, Key=key)
        legible = [key for key in keys if not _NOT_XML.search(key)]
        for start in range(0, len(legible), _DELETED_AT_ONCE):
            objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in legible[start : start + _DELETED_AT_ONCE]]
            response = self.s3.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
            errors = response.get("Errors")
            if errors:
                first = errors[0]
                raise JobError(f"S3 kept {len(errors)} stale files, {first.get('Key')} first: {first.get('Message')}")


def connect(name: str, deadline: float, retry: str) -> SiteBucket:
    """A bucket, with the function's own role; nothing is uploaded after `deadline`, on the clock of `time.monotonic`.

    `retry` is what to do about a fault of AWS's own.
    """
    s3 = clients.s3()
    return SiteBucket(s3, name, Uploader(place_of(s3, name), clients.credentials(), session(), deadline, retry))
