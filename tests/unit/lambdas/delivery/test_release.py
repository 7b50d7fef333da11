from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import release
from lambdas.delivery.release import Part, Release
from lambdas.job.ending import Misconfigured
from lambdas.job.job import Artifact

RELEASE = Release("prod", "e-1", "20260102-030405")
PART = Part(
    type="lambda",
    time="2026-01-02T03:04:05.678+00:00",
    artifact=Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x"),
    digest="ab" * 32,
    given={"function": "f", "alias": "live"},
    variables={"FunctionVersion": "7"},
)


class Bucket:
    """An artifact bucket in memory; it may refuse."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.requests: dict[str, dict[str, Any]] = {}

    def put_object(self, **request: Any) -> None:
        self._check("PutObject")
        self.requests[request["Key"]] = request

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        self._check("GetObject")
        if Key not in self.requests:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        assert Bucket == self.requests[Key]["Bucket"]
        return {"Body": io.BytesIO(self.requests[Key]["Body"])}

    def _check(self, operation: str) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": "no"}}, operation)


def test_an_action_names_its_release_by_environment_execution_and_version() -> None:
    assert Release.from_parameter("prod/e-1/20260102-030405") == RELEASE


@pytest.mark.parametrize(
    "text", ["", "prod", "prod/e-1", "prod/e-1/", "/e-1/v", "prod//v", "prod/../v", "prod/e-1/v/x"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="release must be environment/execution/version"):
        Release.from_parameter(text)


def test_what_is_recorded_is_read_again_by_environment_and_execution() -> None:
    bucket = Bucket()

    release.record(bucket, RELEASE, PART, key=None)  # type: ignore[arg-type]

    assert list(bucket.requests) == ["releases/prod/e-1/lambda.json"]
    assert release.read(bucket, "artifact-bucket", "prod", "e-1") == {"lambda": PART}  # type: ignore[arg-type]
    assert release.read(bucket, "artifact-bucket", "test", "e-1") == {}  # type: ignore[arg-type]


def test_a_record_says_all_that_a_reader_needs() -> None:
    bucket = Bucket()

    release.record(bucket, RELEASE, PART, key="a-key")  # type: ignore[arg-type]

    (request,) = bucket.requests.values()
    place = {"name": "DistLambdaOutput", "bucket": "artifact-bucket", "key": "dromedary/DistLambda/x"}
    assert json.loads(request.pop("Body")) == {
        "execution": "e-1",
        "version": "20260102-030405",
        "type": "lambda",
        "time": "2026-01-02T03:04:05.678+00:00",
        "artifact": {**place, "digest": "ab" * 32},
        "given": {"function": "f", "alias": "live"},
        "variables": {"FunctionVersion": "7"},
    }
    assert (request["ServerSideEncryption"], request["SSEKMSKeyId"]) == ("aws:kms", "a-key")


def test_a_record_that_cannot_be_read_is_no_missing_one() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        release.read(Bucket("AccessDenied"), "artifact-bucket", "prod", "e-1")  # type: ignore[arg-type]
