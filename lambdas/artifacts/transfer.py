"""Artifacts travel between S3 and a work folder with the job's own credentials; the role has no right to them."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, FlexibleChecksumError, HTTPClientError, IncompleteReadError

from lambdas.artifacts import archive, member
from lambdas.artifacts.directory import Unreadable
from lambdas.job import refusal
from lambdas.job.ending import JobError, NotAllowed

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

    from lambdas.job.job import Artifact

_CHUNK = 1024 * 1024
_TRANSFER = TransferConfig(multipart_threshold=64 * _CHUNK, multipart_chunksize=16 * _CHUNK, max_concurrency=4)
"""Parts of 16 MB, four at a time: the memory that an upload takes does not depend on what is uploaded."""
_BREAKS = (IncompleteReadError, HTTPClientError, FlexibleChecksumError)
_TRIES = 4


def checkout(store: S3Client, artifact: Artifact, work: Path) -> Path:
    """Unpack an input artifact into a fresh folder of its name below `work`, and answer that folder."""
    package = fetch(store, artifact, work)
    folder = work / artifact.name
    unpack(artifact, package, folder)
    package.unlink()
    return folder


def fetch(store: S3Client, artifact: Artifact, work: Path) -> Path:
    """Bring an input artifact into `work`, as the zip it is: the whole of it, or none.

    Raises:
        JobError: there is no such object, or no room for it, or it broke off each time; names the artifact.
        NotAllowed: the store may not be read, or there is no such object and the store may not be listed.
    """
    package = work / f"{artifact.name}.zip"
    for number in range(1, _TRIES + 1):
        response = _get(store, artifact)
        try:
            _save(response, artifact, package)
        except _BREAKS as error:
            print(f"{artifact.url} broke off ({error}), attempt {number} of {_TRIES}", flush=True)
            package.unlink()
            cause = error
        else:
            return package
    raise JobError(
        f"The input artifact {artifact.name} broke off each of {_TRIES} times it was fetched from {artifact.url} "
        f"({cause}); release the change again"
    )


def _get(store: S3Client, artifact: Artifact) -> GetObjectOutputTypeDef:
    try:
        return store.get_object(Bucket=artifact.bucket, Key=artifact.key)
    except ClientError as error:
        absent = f"The input artifact {artifact.name} is not at {artifact.url}"
        if refusal.is_absent(error):
            raise JobError(f"{absent}; release the change again") from error
        if refusal.is_refused(error):
            raise NotAllowed(f"{absent}, or the job may not read it. {refusal.explain(error).message}") from error
        raise


def _save(response: GetObjectOutputTypeDef, artifact: Artifact, package: Path) -> None:
    """Once the answer has begun, botocore tries nothing again; it raises if fewer bytes come than were announced.

    Not so inside `with response["Body"]`, which hands out the bare stream below botocore's checks.
    """
    with closing(response["Body"]) as body, package.open("wb") as file:
        _demand_room(f"The input artifact {artifact.name}", response["ContentLength"], package.parent)
        shutil.copyfileobj(body, file, _CHUNK)


def _demand_room(what: str, size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise JobError(f"{what} has {size} bytes, and {free} bytes of disk are free")


def unpack(artifact: Artifact, package: Path, folder: Path) -> None:
    """Unpack the zip of an artifact into `folder`.

    Raises:
        JobError: it is no zip, or one that does not stay inside the folder; names the artifact.
    """
    try:
        archive.unpack(package, folder)
    except Unreadable as error:
        raise JobError(f"The input artifact {artifact.name} cannot be unpacked: {error}") from error


def extract(artifact: Artifact, package: Path, path: str) -> Path:
    """One file of an artifact, a zip itself, beside the zip that it comes from, which goes.

    Raises:
        JobError: the artifact is no zip, holds no such file, or there is no room for it.
    """
    target = package.with_name(f"{artifact.name}.path.zip")  # an artifact's name has no dot
    try:
        with member.opened(package) as opened, opened.open(path) as body, target.open("wb") as file:
            size = opened.getinfo(path).file_size
            _demand_room(f"{path} in the input artifact {artifact.name}", size, package.parent)
            shutil.copyfileobj(body, file, _CHUNK)
    except KeyError:
        raise JobError(f"The input artifact {artifact.name} holds no {path}; release the change again") from None
    except member.DAMAGE as error:
        raise JobError(f"{path} in the input artifact {artifact.name} cannot be unpacked: {error}") from error
    package.unlink()
    return target


def deliver(
    store: S3Client, artifact: Artifact, package: Path, key: str | None, *, transfer: TransferConfig = _TRANSFER
) -> None:
    """Put a zip where the output artifact is awaited; `key` is the KMS key of the artifact store, if it has one.

    A large one goes in parts. If it fails on the way, the parts that arrived are removed.
    """
    with package.open("rb") as body:
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
