"""The dependencies that were installed before, in the artifact bucket: the next job with the same ones copies them.

Beside each zip lies a manifest, written after it, that says its SHA-256 and size. S3 keeps the SHA-256 it computed
when it took the zip; where the two differ, or the zip was put there in another way, it is not used.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.artifacts.transfer import encryption
from lambdas.job import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Artifact

_LARGEST = 5 * 1024**3
"""What S3 takes and copies in one request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html."""
_LARGEST_MANIFEST = 4096
_CHANGED = {"PreconditionFailed", "412"}


@dataclass(frozen=True)
class Manifest:
    """What an entry has to be: its SHA-256 as S3 spells it, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Cache:
    """The entries of the bucket in which an output artifact is awaited; `key` is the KMS key of the store."""

    store: S3Client
    output: Artifact
    key: str | None = None

    def copy(self, entry: str) -> bool:
        """Copy an entry to the output artifact; False if there is none that is what its manifest says."""
        try:
            manifest = self._manifest(entry)
            etag = self._etag(entry, manifest) if manifest else None
            if etag is None:
                return False
            self.store.copy_object(
                Bucket=self.output.bucket,
                Key=self.output.key,
                CopySource={"Bucket": self.output.bucket, "Key": _zip(entry)},
                CopySourceIfMatch=etag,
                **encryption(self.key),
            )
        except ClientError as error:
            if refusal.is_absent_object(error) or refusal.code(error) in _CHANGED:
                return False
            raise
        return True

    def keep(self, entry: str, package: Path) -> bool:
        """Keep a zip as an entry; False if it is too large, or if the job's session reaches only its own artifacts."""
        size = package.stat().st_size
        if size > _LARGEST:
            return False
        manifest = Manifest(_sha256(package), size)
        try:
            with package.open("rb") as body:
                self._put(_zip(entry), body, ContentType="application/zip", ChecksumSHA256=manifest.sha256)
            self._put(_json(entry), json.dumps(asdict(manifest)).encode(), ContentType="application/json")
        except ClientError as error:
            if not refusal.is_refused(error):
                raise
            print(f"The dependencies are not cached: {error}", flush=True)
            return False
        return True

    def _manifest(self, entry: str) -> Manifest | None:
        response = self.store.get_object(Bucket=self.output.bucket, Key=_json(entry))
        with closing(response["Body"]) as body:
            text = body.read(_LARGEST_MANIFEST)
        try:
            document = json.loads(text)
            return Manifest(document["sha256"], document["size"])
        except (ValueError, TypeError, KeyError):
            print(f"The cache's manifest {_json(entry)} cannot be read; the dependencies are installed", flush=True)
            return None

    def _etag(self, entry: str, manifest: Manifest) -> str | None:
        """The ETag of an entry, if it is what its manifest says."""
        response = self.store.head_object(Bucket=self.output.bucket, Key=_zip(entry), ChecksumMode="ENABLED")
        if Manifest(response.get("ChecksumSHA256", ""), response["ContentLength"]) != manifest:
            print(
                f"The cache's entry {_zip(entry)} is not what was put there; the dependencies are installed", flush=True
            )
            return None
        return response["ETag"]

    def _put(self, key: str, body: Any, **headers: str) -> None:  # noqa: ANN401 - bytes or a file
        self.store.put_object(Bucket=self.output.bucket, Key=key, Body=body, **headers, **encryption(self.key))  # type: ignore[arg-type]


def _zip(entry: str) -> str:
    return f"cache/dependencies/{entry}.zip"


def _json(entry: str) -> str:
    return f"cache/dependencies/{entry}.json"


def _sha256(package: Path) -> str:
    with package.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
