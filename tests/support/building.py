"""Builds on the embedded AWS: their source, their artifacts, and what a person reads of them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.codepipeline import World
from tests.support.embedded import endpoint_of
from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
STORE = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")


@pytest.fixture
def builder(clients: Clients) -> World:
    endpoint = endpoint_of(clients)
    return World(endpoint.url, endpoint.secret_access_key, endpoint.access_key_id)


def source(world: World, files: dict[str, str]) -> dict[str, Any]:
    declared = world.source()
    body = zipped(files)
    world.s3.put_object(Bucket=declared["configuration"]["S3Bucket"], Key="source.zip", Body=body)
    return declared


def artifact(world: World, details: dict[str, Any]) -> dict[str, str]:
    where = details["output"]["outputArtifacts"][0]["s3location"]
    body = world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def log(world: World, arn: str) -> str:
    _, _, rest = arn.partition(":log-group:")
    group, _, stream = rest.partition(":log-stream:")
    events = world.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    return "\n".join(event["message"] for event in events["events"])


def failures(world: World, name: str, execution: str) -> str:
    """What a person would read of an execution that went wrong."""
    results = [one["output"]["executionResult"] for one in world.actions(name, execution).values()]
    failed = [one for one in results if "errorDetails" in one]
    return "\n".join(f"{one['errorDetails']}\n{log(world, one['logStreamARN'])}" for one in failed)
