"""The dependencies that were installed before, in the artifact bucket: the next job with the same ones takes them.

Beside each zip lies a manifest, written after it, that says its SHA-256 and size; a zip that is not that is not used.
The cache belongs to the function: it is read and written with the function's own role, and no job's session reaches it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.artifacts import transfer
from lambdas.job import refusal
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

_LARGEST = 5 * 1024**3
"""What S3 takes in one request: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html."""
_LARGEST_MANIFEST = 4096


@dataclass(frozen=True)
class Manifest:
    """What an entry has to be: its SHA-256 as S3 spells it, and its size in bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, package: Path) -> Manifest:
        """What a zip is."""
        with package.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        return cls(base64.b64encode(digest).decode(), package.stat().st_size)


@dataclass(frozen=True)
class Cache:
    """The entries of a bucket, by S3 as the function's own role; `key` is the KMS key of the artifact store."""

    store: S3Client
    bucket: str
    key: str | None = None

    def fetch(self, entry: str, work: Path) -> Path | None:
        """Bring an entry into `work`; None if there is none that is what its manifest says."""
        manifest = self._manifest(entry)
        if manifest is None:
            return None
        try:
            package = transfer.fetch(self.store, Artifact("cached", self.bucket, _zip(entry)), work)
        except JobError as error:
            print(f"The cache's entry {_zip(entry)} is not used: {error}", flush=True)
            return None
        if Manifest.of(package) != manifest:
            print(
                f"The cache's entry {_zip(entry)} is not what was put there; the dependencies are installed", flush=True
            )
            package.unlink()
            return None
        return package

    def keep(self, entry: str, package: Path) -> bool:
        """Keep a zip as an entry; False if it is too large, or if the function's role may not."""
        manifest = Manifest.of(package)
        if manifest.size > _LARGEST:
            return False
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
        try:
            response = self.store.get_object(Bucket=self.bucket, Key=_json(entry))
        except ClientError as error:
            if refusal.is_absent_object(error):
                return None
            raise
        with closing(response["Body"]) as body:
            text = body.read(_LARGEST_MANIFEST)
        try:
            document = json.loads(text)
            return Manifest(document["sha256"], document["size"])
        except (ValueError, TypeError, KeyError):
            print(f"The cache's manifest {_json(entry)} cannot be read; the dependencies are installed", flush=True)
            return None

    def _put(self, key: str, body: Any, **headers: str) -> None:  # noqa: ANN401 - bytes or a file
        self.store.put_object(Bucket=self.bucket, Key=key, Body=body, **headers, **transfer.encryption(self.key))  # type: ignore[arg-type]


def _zip(entry: str) -> str:
    return f"cache/dependencies/{entry}.zip"


def _json(entry: str) -> str:
    return f"cache/dependencies/{entry}.json"
