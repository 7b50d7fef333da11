"""The files of a site go to its bucket: only what changed, what is stale is taken away, `config.json` comes last.

What changed is told by the content (MD5 against ETag): dates say nothing about files that come out of a zip.
`config.json` remembers by which rules the headers were set; under other rules everything is uploaded again.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import artifacts
import clients
import headers
from botocore.exceptions import ClientError
from ending import JobError, Succeeded
from order import Kind, Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

CONFIG = "config.json"

_RULES = "header-rules"
_UPLOADS_AT_ONCE = 8
_DELETED_AT_ONCE = 1000
_ABSENT = {"404", "NoSuchKey"}


def deploy(order: Order, fetched: Path) -> Succeeded:
    """Make `bucket` hold the files of the zip and a `config.json` of `apiBaseurl` and `version`.

    The variable FilesChanged counts what was uploaded or deleted, `config.json` aside.
    """
    folder = fetched.with_suffix("")
    artifacts.unpack(order.artifact, fetched, folder)
    given = order.given
    s3, bucket = clients.sites(), given["bucket"]
    files = site_files(folder)
    present = listed(s3, bucket)
    changed = changed_files(files, present if rules_of(s3, bucket) == headers.rules() else {})
    stale = sorted(present.keys() - files.keys() - {CONFIG})
    upload(s3, bucket, files, changed)
    delete(s3, bucket, stale)
    configure(s3, bucket, {"apiBaseurl": given["apiBaseurl"], "version": given["version"]})
    count = len(changed) + len(stale)
    summary = f"{len(changed)} uploaded, {len(stale)} deleted, {len(files) - len(changed)} unchanged"
    return Succeeded(summary, {"FilesChanged": str(count)})


def site_files(folder: Path) -> dict[str, Path]:
    """The files of a site by key; a `config.json` among them is left out, since delivering writes it."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    paths.pop(CONFIG, None)
    return paths


def listed(s3: S3Client, bucket: str) -> dict[str, str]:
    """The ETag of everything in the bucket, by key."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", [])}


def rules_of(s3: S3Client, bucket: str) -> str | None:
    """The digest of the rules by which the headers in the bucket were set, if a delivery ever ended there."""
    try:
        return s3.head_object(Bucket=bucket, Key=CONFIG)["Metadata"].get(_RULES)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def changed_files(files: Mapping[str, Path], present: Mapping[str, str]) -> list[str]:
    """The keys whose content is not in the bucket, pages last: they name the others."""
    changed = [key for key, path in files.items() if present.get(key) != _md5(path)]
    return sorted(changed, key=lambda key: (key.endswith(".html"), key))


def upload(s3: S3Client, bucket: str, files: Mapping[str, Path], keys: Sequence[str]) -> None:
    """Upload files with their headers; pages only when all the others are there."""

    def put(key: str) -> None:
        told = headers.of(key)
        with files[key].open("rb") as body:
            s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=body,
                ContentType=told.content_type,
                CacheControl=told.cache_control,
            )

    for pages in (False, True):
        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            list(pool.map(put, [key for key in keys if key.endswith(".html") is pages]))


def delete(s3: S3Client, bucket: str, keys: Sequence[str]) -> None:
    """Delete objects, as many at once as S3 takes.

    Raises:
        JobError: S3 kept some; names the first.
    """
    for start in range(0, len(keys), _DELETED_AT_ONCE):
        answer = s3.delete_objects(
            Bucket=bucket,
            Delete={"Objects": [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]], "Quiet": True},
        )
        kept = answer.get("Errors")
        if kept:
            raise JobError(f"S3 kept {len(kept)} stale files, {kept[0].get('Key')} first: {kept[0].get('Message')}")


def configure(s3: S3Client, bucket: str, config: Mapping[str, str]) -> None:
    """Write the site's `config.json`; a browser that sees it finds the rest delivered."""
    told = headers.of(CONFIG)
    s3.put_object(
        Bucket=bucket,
        Key=CONFIG,
        Body=json.dumps(dict(config)).encode(),
        ContentType=told.content_type,
        CacheControl=told.cache_control,
        Metadata={_RULES: headers.rules()},
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


KIND = Kind(keys=("bucket", "apiBaseurl", "version"), begin=deploy)
