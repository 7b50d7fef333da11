from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import release
from lambdas.delivery.release import Part, Release
from lambdas.job.ending import Misconfigured
from lambdas.job.job import Artifact
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client

RELEASE = Release("prod", "e-1", "20260102-030405")
PART = Part(
    type="lambda",
    time="2026-01-02T03:04:05.678+00:00",
    artifact=Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x"),
    digest="ab" * 32,
    parameters={"function": "f", "alias": "live"},
    variables={"FunctionVersion": "7"},
)
DOCUMENT = {
    "execution": "e-1",
    "version": "20260102-030405",
    "type": "lambda",
    "time": "2026-01-02T03:04:05.678+00:00",
    "artifact": {
        "name": "DistLambdaOutput",
        "bucket": "artifact-bucket",
        "key": "dromedary/DistLambda/x",
        "digest": "ab" * 32,
    },
    "given": {"function": "f", "alias": "live"},
    "variables": {"FunctionVersion": "7"},
}
STORED = {
    "Bucket": "artifact-bucket",
    "Key": "releases/prod/e-1/lambda.json",
    "Body": json.dumps(DOCUMENT, indent=2).encode(),
    "ContentType": "application/json",
}


@pytest.fixture(scope="module")
def store() -> S3Client:
    return session().client("s3")


@pytest.fixture
def stub(store: S3Client) -> Iterator[Stubber]:
    with stubbed(store) as stub:
        yield stub


def place(type_: str) -> dict[str, str]:
    return {"Bucket": "artifact-bucket", "Key": f"releases/prod/e-1/{type_}.json"}


def response(document: dict[str, Any]) -> dict[str, Any]:
    return {"Body": io.BytesIO(json.dumps(document).encode())}


def test_an_action_names_its_release_by_environment_execution_and_version() -> None:
    assert Release.from_parameter("prod/e-1/20260102-030405") == RELEASE


@pytest.mark.parametrize(
    "text", ["", "prod", "prod/e-1", "prod/e-1/", "/e-1/v", "prod//v", "prod/../v", "prod/e-1/v/x", "Prod/e-1/v"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match=f"  - release must be environment/execution/version; it is '{text}'"):
        Release.from_parameter(text)


def test_a_record_is_a_document_with_all_that_a_reader_needs(store: S3Client, stub: Stubber) -> None:
    stub.add_response("put_object", {}, STORED)

    release.record(store, RELEASE, PART, kms_key=None)


def test_a_record_is_encrypted_with_the_key_of_the_artifact_store(store: S3Client, stub: Stubber) -> None:
    stub.add_response("put_object", {}, STORED | {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "a-key"})

    release.record(store, RELEASE, PART, kms_key="a-key")


def test_the_parts_of_a_release_are_read_by_type_and_those_that_were_never_delivered_are_missing(
    store: S3Client, stub: Stubber
) -> None:
    stub.add_response("get_object", response(DOCUMENT), place("lambda"))
    stub.add_client_error("get_object", "NoSuchKey", expected_params=place("apigateway"))
    stub.add_response("get_object", response(DOCUMENT | {"type": "s3"}), place("s3"))

    parts = release.read(store, "artifact-bucket", "prod", "e-1")

    assert parts == {
        "lambda": PART,
        "s3": Part("s3", PART.time, PART.artifact, PART.digest, PART.parameters, PART.variables),
    }
    assert list(parts) == ["lambda", "s3"]


def test_a_record_that_cannot_be_read_is_no_missing_one(store: S3Client, stub: Stubber) -> None:
    stub.add_client_error("get_object", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        release.read(store, "artifact-bucket", "prod", "e-1")


def test_a_release_and_its_parts_do_not_change_while_they_travel() -> None:
    with pytest.raises(FrozenInstanceError):
        RELEASE.version = "v2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        PART.digest = ""  # type: ignore[misc]


def test_a_complete_release_is_a_function_an_api_and_a_site() -> None:
    assert release.TYPES == ("lambda", "apigateway", "s3")
