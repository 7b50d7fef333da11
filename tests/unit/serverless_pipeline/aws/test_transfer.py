from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.stub import ANY

from serverless_pipeline import aws
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.settings import Settings
from tests.support.stubs import stubbed

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))
PART = 8 * 2**20


def test_a_small_file_is_one_request_with_its_metadata(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    expected = {"Bucket": "shop", "Key": "k", "Body": ANY, "Metadata": {"digest": "abc"}, "ChecksumAlgorithm": ANY}

    with stubbed(CLIENTS.s3) as s3:
        s3.add_response("put_object", {}, expected)

        aws.upload(CLIENTS.s3, tmp_path / "file", "shop", "k", {"digest": "abc"})


def test_a_large_file_goes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(2 * PART)
    requests: list[str] = []

    def answer(_client: object, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        requests.append(operation)
        if operation == "UploadPart":
            parameters["Body"].close()
        return {"UploadId": "1", "ETag": "e"}

    monkeypatch.setattr(type(CLIENTS.s3), "_make_api_call", answer)

    aws.upload(CLIENTS.s3, tmp_path / "file", "shop", "k", {})

    assert sorted(requests) == ["CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart", "UploadPart"]


def test_an_upload_that_s3_refuses_is_a_failure_of_aws(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")

    with stubbed(CLIENTS.s3) as s3:
        s3.add_client_error("put_object", "AccessDenied", "Not you.", 403)

        with pytest.raises(S3UploadFailedError, match="Not you") as caught:
            aws.upload(CLIENTS.s3, tmp_path / "file", "shop", "k", {})

    assert isinstance(caught.value, aws.failures())
