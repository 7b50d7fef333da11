"""Artifacts in the embedded AWS: a place for one, and the session by which a job reaches it."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from serverless_pipeline.aws import Clients


@pytest.fixture
def output(clients: Clients) -> Iterator[Artifact]:
    name = f"artifacts-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    yield Artifact("DistSiteOutput", name, "shop/DistSiteOu/aB3dE5f")
    for entry in clients.s3.list_objects_v2(Bucket=name).get("Contents", []):
        clients.s3.delete_object(Bucket=name, Key=entry["Key"])
    clients.s3.delete_bucket(Bucket=name)


@pytest.fixture
def session(clients: Clients, output: Artifact) -> Iterator[S3Client]:
    """S3 as a job reaches it: a session of a role with the pipeline's own statement about artifacts."""
    name = f"pipeline-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": clients.account}, "Action": "sts:AssumeRole"}
    arn = clients.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    clients.iam.put_role_policy(
        RoleName=name, PolicyName="Artifacts", PolicyDocument=json.dumps(artifact_policy(output.bucket))
    )
    keys = clients.sts.assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"]
    assert clients.endpoint
    yield boto3.client(
        "s3",
        endpoint_url=clients.endpoint.url,
        region_name=clients.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    clients.iam.delete_role_policy(RoleName=name, PolicyName="Artifacts")
    clients.iam.delete_role(RoleName=name)


def artifact_policy(bucket: str) -> dict[str, Any]:
    """What the template allows the pipeline's role in the artifact bucket."""
    from cfnlint.decode import decode_str

    from tests.support import environments

    text = environments.rendered("shop")["roles"]
    role = decode_str(text)[0]["Resources"]["PipelineRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    own = [one for one in role["Statement"] if one["Sid"] in {"ReadAndWriteArtifacts", "LeaveWhatLaterJobsTrust"}]
    return {"Version": "2012-10-17", "Statement": [_of_bucket(one, bucket) for one in own]}


def _of_bucket(statement: Mapping[str, Any], bucket: str) -> dict[str, Any]:
    patterns = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    resources = [
        pattern["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${ArtifactBucket}", bucket)
        for pattern in patterns
    ]
    actions = statement["Action"] if isinstance(statement["Action"], str) else list(statement["Action"])
    return {"Effect": statement["Effect"], "Action": actions, "Resource": resources}
