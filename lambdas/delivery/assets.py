"""What a template names, where CloudFormation and Lambda read it: in the artifact bucket, named by its content.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html does the same from a laptop.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from lambdas.artifacts import member
from lambdas.job import clients, refusal
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    import io
    import zipfile
    from pathlib import Path
    from typing import IO

    from lambdas.job.job import Artifact

PREFIX = "assets/"
"""How their keys begin, in the bucket as in the artifact that brings them."""


def publish_all(zip_file: Path, artifact: Artifact) -> int:
    """Put what lies below `assets/` in the artifact into its bucket; answers how many were not there yet.

    Raises:
        JobError: the artifact is no zip, or a damaged one, or an asset is not what its name says: under that name it
            would be what another template means.
    """
    try:
        with member.opened(zip_file) as archive:
            keys = [entry.filename for entry in archive.infolist() if _is_asset(entry)]
            for key in keys:
                _check(archive, key, artifact)
            missing = [key for key in keys if not _is_there(artifact.bucket, key)]
            for key in missing:
                with archive.open(key) as body:
                    _upload(body, artifact.bucket, key)
    except member.DAMAGE as error:
        raise JobError(f"The assets in the artifact {artifact.name} cannot be read: {error}") from error
    return len(missing)


def _check(archive: zipfile.ZipFile, key: str, artifact: Artifact) -> None:
    with archive.open(key) as body:
        digest = hashlib.file_digest(cast("io.BufferedReader", body), "sha256").hexdigest()
    if key.removeprefix(PREFIX).partition(".")[0] != digest:
        raise JobError(f"{key} in the artifact {artifact.name} is not what its name says; its digest is {digest}")


def publish(path: Path, bucket: str, suffix: str) -> str:
    """Put one file into the bucket; answers its key."""
    with path.open("rb") as file:
        key = f"{PREFIX}{hashlib.file_digest(file, 'sha256').hexdigest()}{suffix}"
        if not _is_there(bucket, key):
            file.seek(0)
            _upload(file, bucket, key)
    return key


def url(bucket: str, key: str) -> str:
    """The address of an object, as CloudFormation takes it."""
    return f"{clients.s3().meta.endpoint_url}/{bucket}/{key}"


def _is_asset(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.startswith(PREFIX) and not entry.is_dir()


def _is_there(bucket: str, key: str) -> bool:
    try:
        clients.s3().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if not refusal.is_absent(error):
            raise
        return False
    return True


def _upload(body: IO[bytes], bucket: str, key: str) -> None:
    with closing(body):
        clients.s3().upload_fileobj(body, bucket, key)
