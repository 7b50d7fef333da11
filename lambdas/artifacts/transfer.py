"""Artifacts travel between S3 and a work folder with the job's own credentials; the role has no right to them."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, FlexibleChecksumError, HTTPClientError, IncompleteReadError

from lambdas.artifacts import archive
from lambdas.artifacts.directory import Unreadable
from lambdas.job import refusal
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

    from lambdas.job.job import Artifact

_CHUNK = 1024 * 1024
_TRANSFER = TransferConfig(multipart_threshold=64 * _CHUNK, multipart_chunksize=16 * _CHUNK, max_concurrency=4)
"""Parts of 16 MB, four at a time: the memory that an upload takes does not depend on what is uploaded."""
_BROKEN_OFF = (IncompleteReadError, HTTPClientError, FlexibleChecksumError)
_ATTEMPTS = 4


def checkout(store: S3Client, artifact: Artifact, work: Path) -> Path:
    """Unpack an input artifact into a fresh folder of its name below `work`, and answer that folder."""
    fetched = fetch(store, artifact, work)
    folder = work / artifact.name
    unpack(artifact, fetched, folder)
    fetched.unlink()
    return folder


def fetch(store: S3Client, artifact: Artifact, work: Path) -> Path:
    """Bring an input artifact into `work`, as the zip it is: the whole of it, or none.

    Raises:
        JobError: there is no such object, or no room for it, or it broke off each time; names the artifact.
    """
    target = work / f"{artifact.name}.zip"
    for attempt in range(1, _ATTEMPTS + 1):
        found = _ask(store, artifact)
        try:
            _save(found, artifact, target)
        except _BROKEN_OFF as error:
            print(f"{artifact.url} broke off ({error}), attempt {attempt} of {_ATTEMPTS}", flush=True)
            target.unlink(missing_ok=True)
            broken = error
        else:
            return target
    raise JobError(
        f"The input artifact {artifact.name} broke off each of {_ATTEMPTS} times it was fetched from {artifact.url} "
        f"({broken}); release the change again"
    )


def _ask(store: S3Client, artifact: Artifact) -> GetObjectOutputTypeDef:
    try:
        return store.get_object(Bucket=artifact.bucket, Key=artifact.key)
    except ClientError as error:
        if not refusal.is_absent(error):
            raise
        raise JobError(
            f"The input artifact {artifact.name} is not at {artifact.url}; release the change again"
        ) from error


def _save(found: GetObjectOutputTypeDef, artifact: Artifact, target: Path) -> None:
    """Once the answer has begun, botocore tries nothing again; it raises if fewer bytes come than were announced.

    Not so inside `with found["Body"]`, which hands out the bare stream below botocore's checks.
    """
    with closing(found["Body"]) as body, target.open("wb") as file:
        _check_room(artifact, found["ContentLength"], target.parent)
        shutil.copyfileobj(body, file, _CHUNK)


def _check_room(artifact: Artifact, size: int, work: Path) -> None:
    free = shutil.disk_usage(work).free
    if size > free:
        raise JobError(f"The input artifact {artifact.name} has {size} bytes, and {free} bytes of disk are free")


def unpack(artifact: Artifact, fetched: Path, folder: Path) -> None:
    """Unpack a fetched artifact into `folder`.

    Raises:
        JobError: it is no zip, or one that does not stay inside the folder; names the artifact.
    """
    try:
        archive.unpack(fetched, folder)
    except Unreadable as error:
        raise JobError(f"The input artifact {artifact.name} cannot be unpacked: {error}") from error


def deliver(
    store: S3Client, artifact: Artifact, packed: Path, key: str | None, *, transfer: TransferConfig = _TRANSFER
) -> None:
    """Put a zip where the output artifact is awaited; `key` is the KMS key of the artifact store, if it has one.

    A large one goes in parts. If it fails on the way, the parts that arrived are removed.
    """
    with packed.open("rb") as body:
        store.upload_fileobj(
            body,
            artifact.bucket,
            artifact.key,
            ExtraArgs={"ContentType": "application/zip", **encryption(key)},
            Config=transfer,
        )


def encryption(key: str | None) -> dict[str, Any]:
    """How a request asks S3 to encrypt what it stores; without a key, S3 does as the bucket says."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
