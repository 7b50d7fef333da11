"""What is known of an image becomes the artifact."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact, Revision
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import artifacts, source_ecr
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded, Work
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import ACCOUNT, REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST = f"sha256:{'a' * 64}"
RUN = ActionRun(
    "run",
    "e",
    "Source",
    Action("Source", ActionType("Source", "AWS", "ECR", "1")),
    1,
    1,
    "ada",
    resolved_configuration={"RepositoryName": "app"},
    outputs=(Artifact("SourceOutput", "store", "key"),),
)
WORK = Work(SCOPE, "p", RUN, Credentials("pipeline-role", "u", REGION, "k", "s", "t"), TIMING, now=10)
DETAIL: dict[str, Any] = {
    "registryId": ACCOUNT,
    "repositoryName": "app",
    "imageDigest": DIGEST,
    "imageTags": ["latest"],
    "imageSizeInBytes": 7,
    "imagePushedAt": datetime(2026, 1, 2, tzinfo=UTC),
}
URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app@{DIGEST}"


@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client: Any = boto3.client("ecr", region_name=REGION, aws_access_key_id="k", aws_secret_access_key="s")
    monkeypatch.setattr(
        Credentials, "client", lambda _self, service, region: {("ecr", REGION): client}[service, region]
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    stored: list[bytes] = []
    monkeypatch.setattr(artifacts, "put", lambda _work, _artifact, package: stored.append(package.read_bytes()))
    return stored


def describe(ecr: Stubber, *details: dict[str, Any], **image: str) -> None:
    request = {"repositoryName": "app", "imageIds": [image]}
    ecr.add_response("describe_images", {"imageDetails": list(details)}, request)


def test_the_image_of_the_tag_is_told(ecr: Stubber, stored: list[bytes]) -> None:
    describe(ecr, DETAIL, imageTag="latest")

    outcome = source_ecr.start(WORK)

    variables = {
        "ImageDigest": DIGEST,
        "ImageTag": "latest",
        "ImageURI": URI,
        "RegistryId": ACCOUNT,
        "RepositoryName": "app",
    }
    assert outcome == Succeeded(external_id=DIGEST, variables=variables, revision=Revision(DIGEST))
    with zipfile.ZipFile(io.BytesIO(stored[0])) as package:
        assert json.loads(package.read("imageDetail.json")) == {
            "ImageSizeInBytes": "7",
            "ImageDigest": DIGEST,
            "Version": "1.0",
            "ImagePushedAt": "2026-01-02 00:00:00+00:00",
            "RegistryId": ACCOUNT,
            "RepositoryName": "app",
            "ImageURI": URI,
            "ImageTags": ["latest"],
        }


def test_an_execution_may_ask_for_a_digest(ecr: Stubber) -> None:
    describe(ecr, DETAIL, imageDigest=DIGEST)

    assert isinstance(source_ecr.start(replace(WORK, override={"IMAGE_DIGEST": DIGEST})), Succeeded)


MISSING = Failed(
    "ConfigurationError",
    "There is no image latest in the repository app, or no such repository; push it there and release the change again",
)


def test_an_image_that_is_not_there_is_named(ecr: Stubber) -> None:
    describe(ecr, imageTag="latest")

    assert source_ecr.start(WORK) == MISSING


@pytest.mark.parametrize("code", ["RepositoryNotFoundException", "ImageNotFoundException"])
def test_a_refusal_that_means_so_too(ecr: Stubber, code: str) -> None:
    ecr.add_client_error("describe_images", code)

    assert source_ecr.start(WORK) == MISSING


def test_a_role_that_may_not_look_is_named(ecr: Stubber) -> None:
    ecr.add_client_error("describe_images", "AccessDeniedException", "not you")

    outcome = source_ecr.start(WORK)

    assert isinstance(outcome, Failed)
    assert outcome.code == "PermissionError"
    assert outcome.message.startswith("The role pipeline-role may not bring the image of app into s3://store: it needs")
