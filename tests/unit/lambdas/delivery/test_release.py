from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import release
from lambdas.delivery.release import Part, Release
from lambdas.job.ending import JobError, Misconfigured
from lambdas.job.job import Artifact
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client

RELEASE = Release("prod", "e-1", "20260102-030405", "Orders")
PART = Part(
    type="lambda",
    time="2026-01-02T03:04:05.678+00:00",
    artifact=Artifact("DistLambdaOutput", "artifact-bucket", "dromedary/DistLambda/x"),
    digest="ab" * 32,
    parameters={"function": "f", "alias": "live"},
    variables={"FunctionVersion": "7"},
    path="deliveries/Orders.zip",
)
DOCUMENT: dict[str, Any] = {
    "execution": "e-1",
    "version": "20260102-030405",
    "part": "Orders",
    "type": "lambda",
    "time": "2026-01-02T03:04:05.678+00:00",
    "artifact": {
        "name": "DistLambdaOutput",
        "bucket": "artifact-bucket",
        "key": "dromedary/DistLambda/x",
        "path": "deliveries/Orders.zip",
        "digest": "ab" * 32,
    },
    "given": {"function": "f", "alias": "live"},
    "variables": {"FunctionVersion": "7"},
}
STORED = {
    "Bucket": "artifact-bucket",
    "Key": "releases/prod/e-1/Orders.json",
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


def place(part: str) -> dict[str, str]:
    return {"Bucket": "artifact-bucket", "Key": f"releases/prod/e-1/{part}.json"}


def expect_list(stub: Stubber, *parts: str, after: str = "", more: str = "") -> None:
    """These parts lie in the folder of the release."""
    request = {"Bucket": "artifact-bucket", "Prefix": "releases/prod/e-1/"}
    request |= {"ContinuationToken": after} if after else {}
    page = {"Contents": [{"Key": place(part)["Key"]} for part in parts]} if parts else {}
    stub.add_response(
        "list_objects_v2", page | ({"NextContinuationToken": more, "IsTruncated": True} if more else {}), request
    )


def stack(*parts: str) -> Part:
    return replace(PART, type="cloudformation", variables={"Release_Parts": ",".join(parts)} if parts else {})


def response(document: dict[str, Any]) -> dict[str, Any]:
    return {"Body": io.BytesIO(json.dumps(document).encode())}


def test_an_action_names_its_release_by_environment_execution_version_and_part() -> None:
    assert Release.from_parameter("prod/e-1/20260102-030405/Orders", "lambda") == RELEASE


def test_a_part_without_a_name_is_called_as_its_type() -> None:
    assert Release.from_parameter("prod/e-1/20260102-030405", "lambda") == replace(RELEASE, part="lambda")


@pytest.mark.parametrize(
    "text",
    [
        *("", "prod", "prod/e-1", "prod/e-1/", "/e-1/v", "prod//v", "prod/../v", "Prod/e-1/v", "prod/e-1//x"),
        *("prod/e-1/v/", "prod/e-1/v/..", "prod/e-1/v/a.b", "prod/e-1/v/x/y", "prod/e-1/v/x\n"),
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Release.from_parameter(text, "lambda")

    assert str(caught.value).splitlines()[1:] == [
        f"  - release must be environment/execution/version/part; it is {text!r}"
    ]


def test_a_record_is_a_document_with_all_that_a_reader_needs(store: S3Client, stub: Stubber) -> None:
    stub.add_response("put_object", {}, STORED)

    release.record(store, RELEASE, PART, kms_key=None)


def test_a_record_is_encrypted_with_the_key_of_the_artifact_store(store: S3Client, stub: Stubber) -> None:
    stub.add_response("put_object", {}, STORED | {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "a-key"})

    release.record(store, RELEASE, PART, kms_key="a-key")


def test_the_parts_of_a_release_are_read_by_their_names_page_by_page(store: S3Client, stub: Stubber) -> None:
    expect_list(stub, "Orders", more="token")
    expect_list(stub, "Site", after="token")
    stub.add_response("get_object", response(DOCUMENT), place("Orders"))
    stub.add_response("get_object", response(DOCUMENT | {"part": "Site"}), place("Site"))

    parts = release.read(store, "artifact-bucket", "prod", "e-1")

    assert parts == {"Orders": PART, "Site": PART}
    assert list(parts) == ["Orders", "Site"]


def test_a_release_of_which_nothing_is_on_record_has_no_parts(store: S3Client, stub: Stubber) -> None:
    expect_list(stub)

    assert release.read(store, "artifact-bucket", "prod", "e-1") == {}


def test_a_record_of_earlier_years_names_neither_part_nor_path(store: S3Client, stub: Stubber) -> None:
    artifact = {"name": "DistLambdaOutput", "bucket": "artifact-bucket", "key": "dromedary/DistLambda/x"}
    document = {key: value for key, value in DOCUMENT.items() if key != "part"}
    expect_list(stub, "lambda")
    stub.add_response(
        "get_object", response(document | {"artifact": artifact | {"digest": "ab" * 32}}), place("lambda")
    )

    assert release.read(store, "artifact-bucket", "prod", "e-1") == {"lambda": replace(PART, path="")}


LOCATION = DOCUMENT["artifact"]
API = {"type": "apigateway", "given": {"api": "a", "stage": "prod"}, "variables": {"DeploymentId": "d4"}}
SITE = {"type": "s3", "given": {"bucket": "site", "version": "v1"}, "variables": {}}


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"execution": "e-2"}, "it belongs elsewhere"),
        ({"part": "Other"}, "it belongs elsewhere"),
        ({"part": None}, "it belongs elsewhere"),
        ({"artifact": LOCATION | {"bucket": "another"}}, "its artifact lies in another bucket, another"),
        ({"artifact": LOCATION | {"key": 1}}, "not all of it is text"),
        ({"digest": 1, "artifact": LOCATION | {"digest": None}}, "not all of it is text"),
        ({"given": {"function": ["f"], "alias": "live"}}, "not all of it is text"),
        ({"given": {"function": "f"}}, "it does not say the alias"),
        ({"given": {"function": "", "alias": "live"}}, "it does not say the function"),
        ({"variables": {}}, "its FunctionVersion is none that was published"),
        ({"variables": {"FunctionVersion": "$LATEST"}}, "its FunctionVersion is none that was published"),
        (API | {"variables": {"DeploymentId": "../d4"}}, "its DeploymentId is none that was published"),
        (SITE | {"given": {"bucket": "site"}}, "it does not say the version"),
        ({"given": None}, "it cannot be read (AttributeError)"),
        ({"artifact": []}, "it cannot be read (TypeError)"),
    ],
)
def test_a_record_that_no_delivery_of_the_release_wrote_is_refused_by_its_name(
    store: S3Client, stub: Stubber, change: dict[str, Any], mistake: str
) -> None:
    expect_list(stub, "Orders")
    stub.add_response("get_object", response(DOCUMENT | change), place("Orders"))

    with pytest.raises(JobError) as caught:
        release.read(store, "artifact-bucket", "prod", "e-1")

    assert str(caught.value) == (
        f"s3://artifact-bucket/releases/prod/e-1/Orders.json is no record that a delivery of this release wrote: "
        f"{mistake}; roll back to another release, or bring back the version of the object that the delivery wrote"
    )


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_document_is_refused(store: S3Client, stub: Stubber, body: bytes) -> None:
    expect_list(stub, "Orders")
    stub.add_response("get_object", {"Body": io.BytesIO(body)}, place("Orders"))

    with pytest.raises(JobError, match=r"Orders\.json is no record .*: it cannot be read \(\w+\); roll back"):
        release.read(store, "artifact-bucket", "prod", "e-1")


@pytest.mark.parametrize("name", ["../../../etc/Orders", "a/b", ".", "a.b"])
def test_a_name_that_leads_about_is_none_of_a_part(store: S3Client, stub: Stubber, name: str) -> None:
    expect_list(stub, name)
    stub.add_response("get_object", response(DOCUMENT | {"part": name}), place(name))

    with pytest.raises(JobError, match="its name is none of a part"):
        release.read(store, "artifact-bucket", "prod", "e-1")


@pytest.mark.parametrize("document", [API, SITE])
def test_what_was_published_is_read(store: S3Client, stub: Stubber, document: dict[str, Any]) -> None:
    expect_list(stub, "Orders")
    stub.add_response("get_object", response(DOCUMENT | document), place("Orders"))

    (part,) = release.read(store, "artifact-bucket", "prod", "e-1").values()

    assert (part.type, part.parameters) == (document["type"], document["given"])


@pytest.mark.parametrize("operation", ["list_objects_v2", "get_object"])
def test_a_record_that_cannot_be_read_is_no_missing_one(store: S3Client, stub: Stubber, operation: str) -> None:
    if operation == "get_object":
        expect_list(stub, "Orders")
    stub.add_client_error(operation, "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        release.read(store, "artifact-bucket", "prod", "e-1")


def test_a_release_and_its_parts_do_not_change_while_they_travel() -> None:
    with pytest.raises(FrozenInstanceError):
        RELEASE.version = "v2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        PART.digest = ""  # type: ignore[misc]


@pytest.mark.parametrize("parts", [{}, {"lambda": PART}, {"lambda": PART, "s3": PART}])
def test_without_a_stack_a_complete_release_is_a_function_an_api_and_a_site(parts: dict[str, Part]) -> None:
    assert release.names(parts) == ("lambda", "apigateway", "s3")


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ({"Stack": stack("Orders", "Site")}, ("Orders", "Site")),
        ({"Stack": stack("", "Orders", "", "Site", ""), "Orders": PART, "Other": PART}, ("Orders", "Site")),
        ({"Stack": stack("Orders"), "Second": stack("Site")}, ("Orders", "Site")),
        ({"Stack": stack("Orders"), "Second": stack()}, ("Orders",)),
        ({"Stack": stack("")}, ()),
        ({"Stack": stack()}, ()),
    ],
)
def test_the_parts_of_a_complete_release_are_those_that_its_stacks_name(
    parts: dict[str, Part], names: tuple[str, ...]
) -> None:
    assert release.names(parts) == names
