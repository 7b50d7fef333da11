"""Sending a file to S3: in parts at the same time if it is large, and never the whole of it in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


def upload(s3: S3Client, path: Path, bucket: str, key: str, metadata: Mapping[str, str] | None = None) -> None:
    """Send a file, as boto3's `upload_file` does.

    https://docs.aws.amazon.com/boto3/latest/guide/s3-uploading-files.html

    Raises:
        S3UploadFailedError: S3 refused it.
    """
    from boto3.s3.transfer import S3Transfer

    S3Transfer(s3).upload_file(str(path), bucket, key, extra_args={"Metadata": dict(metadata or {})})
