"""What goes into a build and comes out of it: sources from S3, artifacts to S3, with the rights of its role."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions import task_root

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotFetched(Exception):
    """A source is not there, may not be read, or is of a kind that is not imitated."""


@dataclass(frozen=True)
class Target:
    """Where an artifact is put; `is_package` says that it stays the zip it is."""

    bucket: str
    key: str
    is_package: bool = True
    key_id: str = ""


def fetch(client: Any, location: str, version: str, folder: Path) -> None:  # noqa: ANN401 - a boto3 client
    """Lay a source out; a zip is unpacked, with its links and modes, and another object stays as it is.

    Raises:
        NotFetched: in AWS's words where S3 refuses.
    """
    from botocore.exceptions import ClientError

    bucket, _, key = location.removeprefix("arn:aws:s3:::").partition("/")
    archive = folder.with_name(f"{folder.name}.download")
    extra = {"VersionId": version} if version else None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if key.endswith("/") or not key:
            _fetch_folder(client, bucket, key, folder)
            return
        client.download_file(bucket, key, str(archive), ExtraArgs=extra)
    except ClientError as error:
        raise NotFetched(f"error while downloading key {key}, error: {error}") from error
    if not zipfile.is_zipfile(archive):
        shutil.move(archive, folder / Path(key).name)
        return
    try:
        _unpack(archive, folder)
    except (task_root.Unusable, OSError) as error:
        raise NotFetched(f"error while unpacking key {key}: {error}") from error
    archive.unlink()


def _fetch_folder(client: Any, bucket: str, prefix: str, folder: Path) -> None:  # noqa: ANN401 - a boto3 client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            path = (folder / item["Key"].removeprefix(prefix)).resolve()
            if path.is_relative_to(folder.resolve()) and not item["Key"].endswith("/"):
                path.parent.mkdir(parents=True, exist_ok=True)
                client.download_file(bucket, item["Key"], str(path))


def _unpack(archive: Path, folder: Path) -> None:
    """As a function's code, but that the build owns it."""
    laid = task_root.unpack(archive.read_bytes(), folder.with_name(f"{folder.name}.unpacked"))
    shutil.copytree(laid, folder, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(laid.parent)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o600)


def put(client: Any, package: Path, target: Target) -> None:  # noqa: ANN401 - a boto3 client
    """Store an artifact: its zip, or its files below the key.

    Raises:
        ClientError, S3UploadFailedError: the role may not.
    """
    if target.is_package:
        client.upload_file(str(package), target.bucket, target.key, ExtraArgs=_encryption(target.key_id))
        return
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                client.upload_fileobj(
                    member, target.bucket, f"{target.key}/{name}".lstrip("/"), ExtraArgs=_encryption(target.key_id)
                )


def _encryption(key_id: str) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}


def target(artifacts: Mapping[str, Any], build_id: str, key_id: str, name: str = "") -> Target | None:
    """Where the artifacts of a project go; nowhere if it has none.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
    """
    if artifacts.get("type", "NO_ARTIFACTS") == "NO_ARTIFACTS":
        return None
    named = name if name and artifacts.get("overrideArtifactName") else artifacts.get("name", "")
    parts = [artifacts.get("path", "").strip("/")]
    if artifacts.get("namespaceType") == "BUILD_ID":
        parts.append(build_id.partition(":")[2])
    key = "/".join(part for part in (*parts, "" if named == "/" else named) if part)
    return Target(artifacts["location"], key, artifacts.get("packaging") == "ZIP", key_id)
