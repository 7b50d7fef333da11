from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.job.job import Artifact, Credentials, Job
from tests.support.functions import SECRETS

if TYPE_CHECKING:
    from tests.support.functions import Events


def test_a_job_is_what_its_event_says(event: Events) -> None:
    payload = event(
        "task=package",
        ["SourceOutput", "Other"],
        ["DistSiteOutput"],
        revision="a" * 40,
        continuationToken="step-2",
        encryptionKey={"id": "arn:aws:kms:key", "type": "KMS"},
    )

    job = Job.from_event(payload, 1890.0)

    assert job == Job(
        id=payload["CodePipeline.job"]["id"],
        user_parameters="task=package",
        inputs={
            "SourceOutput": Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/SourceOutput", "a" * 40),
            "Other": Artifact("Other", "artifact-bucket", "dromedary/Other/Other", "a" * 40),
        },
        outputs={
            "DistSiteOutput": Artifact("DistSiteOutput", "artifact-bucket", "dromedary/DistSiteOu/DistSiteOutput", None)
        },
        credentials=Credentials(*SECRETS),
        deadline=1890.0,
        continuation_token="step-2",
        key="arn:aws:kms:key",
    )


def test_what_aws_leaves_out_is_empty(event: Events) -> None:
    payload = event()
    for name in ("inputArtifacts", "outputArtifacts"):
        del payload["CodePipeline.job"]["data"][name]

    job = Job.from_event(payload, 900)

    assert (job.user_parameters, job.inputs, job.outputs) == ("", {}, {})
    assert (job.continuation_token, job.key) == (None, None)


def test_an_artifact_without_a_revision_has_none() -> None:
    location = {"type": "S3", "s3Location": {"bucketName": "bucket", "objectKey": "a/key"}}

    artifact = Artifact.from_event({"name": "SourceOutput", "location": location})

    assert artifact == Artifact("SourceOutput", "bucket", "a/key", None)
    assert artifact.url == "s3://bucket/a/key"


def test_a_job_never_shows_its_credentials(event: Events) -> None:
    shown = repr(Job.from_event(event(), 900))

    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({}, "there is no 'CodePipeline.job'"),
        ({"CodePipeline.job": {"id": "x"}}, "there is no 'data'"),
        ({"CodePipeline.job": None}, "its shape is another"),
        ({"CodePipeline.job": {"id": "x", "data": {"actionConfiguration": {"configuration": []}}}}, "its shape is"),
        ({"Records": [{"secret": "a-secret-key"}]}, "there is no 'CodePipeline.job'"),
    ],
)
def test_another_event_is_refused_without_showing_it(payload: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"^This is not the event of a CodePipeline job: {why}") as caught:
        Job.from_event(payload, 900)

    assert "a-secret-key" not in str(caught.value)
    assert caught.value.__suppress_context__
