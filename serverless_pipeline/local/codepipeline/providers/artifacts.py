"""The artifacts of an action in their store, as the role of the action may reach them.

Providers that do not hand artifacts to somebody else fetch their inputs and put their outputs with this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.providers.work import Work


def fetch(work: Work, artifact: Artifact, target: Path) -> None:
    """Bring an artifact into a file, as the zip it is.

    Raises:
        ClientError: it is not there, or the role may not read it.
    """
    work.credentials.client("s3", work.region).download_file(artifact.bucket, artifact.key, str(target))


def put(work: Work, artifact: Artifact, package: Path) -> None:
    """Put a file where an output artifact is awaited.

    Raises:
        ClientError, S3UploadFailedError: the role may not write there.
    """
    client = work.credentials.client("s3", work.region)
    client.upload_file(str(package), artifact.bucket, artifact.key, ExtraArgs=encryption(work))


def encryption(work: Work) -> dict[str, Any]:
    """How a request asks S3 to encrypt what it stores; without a key, S3 does as the bucket says."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": work.key_id} if work.key_id else {}
