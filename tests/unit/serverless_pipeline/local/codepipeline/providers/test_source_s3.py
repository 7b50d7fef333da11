"""A version of an object becomes the artifact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact, Revision
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import source_s3
from serverless_pipeline.local.codepipeline.providers.work import (
    Detection,
    Failed,
    Sighting,
    Succeeded,
    Work,
    unchecked,
)
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = ActionRun(
    "run",
    "e",
    "Source",
    Action("Source", ActionType("Source", "AWS", "S3", "1"), region="us-east-1"),
    1,
    1,
    "ada",
    resolved_configuration={"S3Bucket": "sources", "S3ObjectKey": "source.zip"},
    outputs=(Artifact("SourceOutput", "store", "p/SourceOutp/abc"),),
)
WORK = Work(SCOPE, "p", RUN, Credentials("pipeline-role", "u", REGION, "k", "s", "t"), TIMING, now=10)
PLACE = "https://console.aws.amazon.com/s3/object/sources?region=us-east-1&prefix=source.zip&versionId=v7"
HEAD: dict[str, Any] = {
    "VersionId": "v7",
    "ETag": '"5d41402a"',
    "Metadata": {},
    "LastModified": datetime(2026, 1, 2, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("s3", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s")


@pytest.fixture
def s3(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """S3, as the role of the pipeline reaches it in the region of the action."""
    clients = {("s3", "us-east-1"): client}
    monkeypatch.setattr(Credentials, "client", lambda _self, service, region: clients[service, region])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def version(s3: Stubber, status: str = "Enabled") -> None:
    s3.add_response("get_bucket_versioning", {"Status": status} if status else {}, {"Bucket": "sources"})


def head(s3: Stubber, answer: dict[str, Any] = HEAD, key: str = "source.zip", **version: str) -> None:
    s3.add_response("head_object", answer, {"Bucket": "sources", "Key": key, **version})


def copy(s3: Stubber, key: str = "source.zip", **encryption: str) -> None:
    source = {"Bucket": "sources", "Key": key, "VersionId": "v7"}
    request = {"Bucket": "store", "Key": "p/SourceOutp/abc", "CopySource": source, **encryption}
    s3.add_response("copy_object", {}, request)


def test_the_current_version_is_copied_and_told(s3: Stubber) -> None:
    version(s3)
    head(s3)
    copy(s3)

    outcome = source_s3.start(WORK)

    assert outcome == Succeeded(
        summary="Amazon S3 version id: v7",
        external_id="v7",
        variables={"BucketName": "sources", "ObjectKey": "source.zip", "VersionId": "v7", "ETag": "5d41402a"},
        revision=Revision("v7", "5d41402a", "Amazon S3 version id: v7", 1767312000, PLACE),
        external_url=PLACE,
    )


def test_the_metadata_of_the_object_may_summarise_the_revision(s3: Stubber) -> None:
    version(s3)
    head(s3, {**HEAD, "Metadata": {"codepipeline-artifact-revision-summary": "a good commit"}})
    copy(s3)

    outcome = source_s3.start(WORK)

    assert isinstance(outcome, Succeeded)
    assert outcome.revision
    assert (outcome.summary, outcome.revision.summary) == ("a good commit", "a good commit")


def test_an_execution_may_ask_for_another_version_and_another_key(s3: Stubber) -> None:
    version(s3)
    head(s3, key="other.zip", VersionId="v7")
    copy(s3, key="other.zip")

    outcome = source_s3.start(replace(WORK, override={"S3_OBJECT_KEY": "other.zip", "S3_OBJECT_VERSION_ID": "v7"}))

    assert isinstance(outcome, Succeeded)
    assert outcome.variables["ObjectKey"] == "other.zip"


def test_the_artifact_is_encrypted_with_the_key_of_its_store(s3: Stubber) -> None:
    version(s3)
    head(s3)
    copy(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/store")

    assert isinstance(source_s3.start(replace(WORK, key_id="alias/store")), Succeeded)


@pytest.mark.parametrize("status", ["", "Suspended"])
def test_a_bucket_without_versions_is_refused_with_the_next_step(s3: Stubber, status: str) -> None:
    version(s3, status)

    outcome = source_s3.start(WORK)

    assert outcome == Failed(
        "ConfigurationError", "The bucket sources is not versioned; enable versioning, an S3 source needs it"
    )


@pytest.mark.parametrize("code", ["404", "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "NotFound"])
def test_what_is_missing_is_named_with_the_next_step(s3: Stubber, code: str) -> None:
    version(s3)
    s3.add_client_error("head_object", code)

    outcome = source_s3.start(WORK)

    assert outcome == Failed(
        "ConfigurationError",
        "There is no object source.zip in the bucket sources, or no such bucket; put the source there and release the"
        " change again",
    )


@pytest.mark.parametrize("code", ["403", "AccessDenied"])
def test_a_role_that_may_not_copy_is_named_with_all_that_it_needs(s3: Stubber, code: str) -> None:
    version(s3)
    head(s3)
    s3.add_client_error("copy_object", code, "not you")

    outcome = source_s3.start(WORK)

    assert outcome == Failed(
        "PermissionError",
        "The role pipeline-role may not copy s3://sources/source.zip into s3://store: it needs"
        " s3:GetBucketVersioning, s3:GetObject and s3:GetObjectVersion there, s3:PutObject here"
        f" (An error occurred ({code}) when calling the CopyObject operation: not you)",
    )


def test_another_error_is_told_as_it_is(s3: Stubber) -> None:
    s3.add_client_error("get_bucket_versioning", "SlowDown", "not so fast")

    outcome = source_s3.start(WORK)

    assert outcome == Failed(
        "JobFailed",
        "s3://sources/source.zip could not be copied: An error occurred (SlowDown) when calling the"
        " GetBucketVersioning operation: not so fast",
    )


def test_a_source_takes_nothing_and_makes_one_artifact() -> None:
    assert vars(source_s3.PROVIDER) == {
        "category": "Source",
        "name": "S3",
        "inputs": (0, 0),
        "outputs": (1, 1),
        "required": ("S3Bucket", "S3ObjectKey"),
        "optional": ("PollForSourceChanges", "AllowOverrideForS3ObjectKey"),
        "timeout": 3600.0,
        "queryable": "",
        "check": unchecked,
        "start": source_s3.start,
        "takes_jobs": False,
        "ignored": (),
        "refused": (),
        "detection": Detection("PollForSourceChanges", "PollForSourceChanges", source_s3.look),
        "revisions": ("S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"),
    }


def test_the_current_version_is_seen(s3: Stubber) -> None:
    s3.add_response("head_object", HEAD, {"Bucket": "sources", "Key": "source.zip"})

    sighting = source_s3.look(RUN.resolved_configuration, WORK.credentials, "us-east-1")

    assert sighting == Sighting("s3://sources/source.zip", {"s3://sources/source.zip": "v7"})


def test_an_object_that_is_not_there_yet_is_seen_as_none(s3: Stubber) -> None:
    s3.add_client_error("head_object", "404")

    sighting = source_s3.look(RUN.resolved_configuration, WORK.credentials, "us-east-1")

    assert sighting == Sighting("s3://sources/source.zip", {"s3://sources/source.zip": ""})


def test_a_role_that_may_not_look_sees_nothing(s3: Stubber) -> None:
    s3.add_client_error("head_object", "403")

    with pytest.raises(ClientError):
        source_s3.look(RUN.resolved_configuration, WORK.credentials, "us-east-1")
