"""Artifacts on the wire: real connections that break, and parts in the embedded AWS with a session of the pipeline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from boto3.s3.transfer import TransferConfig

from lambdas.artifacts import transfer

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.job.job import Artifact
    from serverless_pipeline.aws import Clients

PARTS = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024, max_concurrency=1)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Three parts of 5 MB, the last one shorter."""
    path = tmp_path / "site.zip"
    path.write_bytes(os.urandom(12 * 1024 * 1024))
    return path


def test_a_large_output_goes_in_parts_with_the_jobs_own_session(
    clients: Clients, session: Any, output: Artifact, packed: Path
) -> None:
    transfer.deliver(session, output, packed, None, transfer=PARTS)

    found = clients.s3.get_object(Bucket=output.bucket, Key=output.key)
    assert found["ETag"].endswith('-3"')
    assert found["Body"].read() == packed.read_bytes()


def test_an_output_that_fails_half_way_leaves_no_parts(
    clients: Clients, session: Any, output: Artifact, packed: Path
) -> None:
    def break_down(params: dict[str, Any], **_: Any) -> None:
        if params["query_string"]["partNumber"] == 3:
            raise ConnectionResetError("reset by peer")

    session.meta.events.register("before-call.s3.UploadPart", break_down)

    with pytest.raises(ConnectionResetError):
        transfer.deliver(session, output, packed, None, transfer=PARTS)

    assert clients.s3.list_multipart_uploads(Bucket=output.bucket).get("Uploads", []) == []
    assert clients.s3.list_objects_v2(Bucket=output.bucket).get("Contents", []) == []
