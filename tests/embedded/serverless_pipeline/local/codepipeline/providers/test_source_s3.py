"""An S3 source: a version of an object becomes the artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_the_object_is_copied_as_it_is_and_its_version_is_the_revision(world: World, approval: Declare) -> None:
    source = world.source("bytes of a zip")

    name, execution = world.create(("Source", [source]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")

    output = world.actions(name, execution)["Source"]["output"]
    where = output["outputArtifacts"][0]["s3location"]
    assert world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read() == b"bytes of a zip"
    head = world.s3.head_object(Bucket=source["configuration"]["S3Bucket"], Key="source.zip")
    assert output["outputVariables"] == {
        "BucketName": source["configuration"]["S3Bucket"],
        "ObjectKey": "source.zip",
        "VersionId": head["VersionId"],
        "ETag": head["ETag"].strip('"'),
    }
    revisions = world.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
    revision = revisions["pipelineExecution"]["artifactRevisions"][0]
    assert (revision["name"], revision["revisionId"]) == ("SourceOutput", head["VersionId"])
    assert revision["revisionSummary"] == f"Amazon S3 version id: {head['VersionId']}"


def test_the_metadata_of_the_object_may_summarise_the_revision(world: World, approval: Declare) -> None:
    source = world.source(**{"codepipeline-artifact-revision-summary": "a good commit"})

    name, _ = world.create(("Source", [source]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")

    listed = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    assert listed[0]["sourceRevisions"][0]["revisionSummary"] == "a good commit"


def test_an_execution_can_ask_for_an_older_version(world: World, approval: Declare) -> None:
    source = world.source("old")
    bucket = source["configuration"]["S3Bucket"]
    old = world.s3.head_object(Bucket=bucket, Key="source.zip")["VersionId"]
    world.s3.put_object(Bucket=bucket, Key="source.zip", Body=b"new")
    name, _ = world.create(("Source", [source]), ("Commit", [approval("Gate")]))
    world.decide(name, "Commit", "Gate")

    revision = {"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}
    execution = world.start(name, sourceRevisions=[revision])
    world.token(name, "Commit", "Gate")

    assert world.actions(name, execution)["Source"]["output"]["outputVariables"]["VersionId"] == old


def test_an_object_that_is_missing_fails_the_source_with_its_name(world: World, approval: Declare) -> None:
    source = world.source()
    source["configuration"]["S3ObjectKey"] = "other.zip"

    name, execution = world.create(("Source", [source]), ("Commit", [approval("Gate")]))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "ConfigurationError"
    assert f"There is no object other.zip in the bucket {source['configuration']['S3Bucket']}" in error["message"]


def test_a_bucket_that_is_missing_fails_the_source_with_its_name(world: World, approval: Declare) -> None:
    source = world.source()
    source["configuration"]["S3Bucket"] = "no-such-bucket"

    name, execution = world.create(("Source", [source]), ("Commit", [approval("Gate")]))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert "no-such-bucket" in error["message"]


def test_a_bucket_without_versions_is_refused_with_the_next_step(world: World, approval: Declare) -> None:
    source = world.source()
    plain = world.bucket("plain", versioned=False)
    world.s3.put_object(Bucket=plain, Key="source.zip", Body=b"x")
    source["configuration"]["S3Bucket"] = plain

    name, execution = world.create(("Source", [source]), ("Commit", [approval("Gate")]))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert error["message"] == f"The bucket {plain} is not versioned; enable versioning, an S3 source needs it"


@pytest.mark.parametrize("lacking", ["s3:GetBucketVersioning", "s3:GetObject", "s3:PutObject"])
def test_a_role_that_lacks_a_permission_fails_the_source(world: World, approval: Declare, lacking: str) -> None:
    role = world.pipeline_role(without=lacking)

    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]), role=role)

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Source"]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "PermissionError"
    assert role in error["message"]
