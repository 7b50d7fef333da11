"""What a job is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from serverless_pipeline.local.codepipeline.engine import job_data
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact, Revision
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers.work import Work
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import ARN, SCOPE, TIMING

RUN = ActionRun(
    "run",
    "execution",
    "Commit",
    Action("Build", ActionType("Invoke", "AWS", "Lambda", "1"), configuration={"FunctionName": "#{v.name}"}),
    1,
    1,
    "ada",
    resolved_configuration={"FunctionName": "build"},
    inputs=(Artifact("SourceOutput", "store", "p/SourceOutp/abc", Revision("c0ffee")),),
    outputs=(Artifact("Built", "store", "p/Built/def"),),
)
WORK = Work(
    scope=SCOPE,
    pipeline="p",
    run=RUN,
    credentials=Credentials("role", "http://aws", "eu-west-1", "key", "secret", "token", 1700000000.5),
    timing=TIMING,
    now=10,
)
DATA: dict[str, Any] = {
    "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
    "actionConfiguration": {"configuration": {"FunctionName": "build"}},
    "pipelineContext": {
        "pipelineName": "p",
        "stage": {"name": "Commit"},
        "action": {"name": "Build", "actionExecutionId": "run"},
        "pipelineArn": ARN,
        "pipelineExecutionId": "execution",
    },
    "inputArtifacts": [
        {
            "name": "SourceOutput",
            "revision": "c0ffee",
            "location": {"type": "S3", "s3Location": {"bucketName": "store", "objectKey": "p/SourceOutp/abc"}},
        }
    ],
    "outputArtifacts": [
        {
            "name": "Built",
            "revision": None,
            "location": {"type": "S3", "s3Location": {"bucketName": "store", "objectKey": "p/Built/def"}},
        }
    ],
    "artifactCredentials": {
        "accessKeyId": "key",
        "secretAccessKey": "secret",
        "sessionToken": "token",
        "expirationTime": 1700000000500,
    },
}


def test_a_job_is_about_an_action_its_artifacts_and_the_session_that_reaches_them() -> None:
    assert job_data.describe(WORK) == DATA


def test_a_job_that_goes_on_carries_its_token() -> None:
    assert job_data.describe(replace(WORK, continuation="second")) == {**DATA, "continuationToken": "second"}


def test_a_job_names_the_key_of_the_artifact_store() -> None:
    data = job_data.describe(replace(WORK, key_id="alias/store"))

    assert data == {**DATA, "encryptionKey": {"id": "alias/store", "type": "KMS"}}


def test_the_data_are_what_the_service_model_says() -> None:
    shape = botocore.session.get_session().get_service_model("codepipeline").shape_for("JobData")
    data = job_data.describe(replace(WORK, continuation="second", key_id="alias/store"))
    data["outputArtifacts"][0]["revision"] = "none yet"  # a null is not sent, botocore knows no null
    del data["artifactCredentials"]["expirationTime"]  # in the event, not in the model

    assert ParamValidator().validate(data, shape).generate_report() == ""
    assert data.keys() == set(shape.members)  # type: ignore[attr-defined]
