"""The clients that the functions find, stubbed, and an artifact bucket in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.job import clients
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient


@pytest.fixture(scope="session")
def functions() -> LambdaClient:
    return session().client("lambda")


@pytest.fixture
def lambda_stub(functions: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(clients, "functions", lambda: functions)
    with stubbed(functions) as stub:
        yield stub


@pytest.fixture(scope="session")
def apis() -> APIGatewayClient:
    return session().client("apigateway")


@pytest.fixture
def apigateway_stub(apis: APIGatewayClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(clients, "apis", lambda: apis)
    with stubbed(apis) as stub:
        yield stub


@pytest.fixture(scope="session")
def metrics() -> CloudWatchClient:
    return session().client("cloudwatch")


@pytest.fixture
def cloudwatch_stub(metrics: CloudWatchClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(clients, "metrics", lambda: metrics)
    with stubbed(metrics) as stub:
        yield stub


@pytest.fixture(scope="session")
def stacks() -> CloudFormationClient:
    return session().client("cloudformation")


@pytest.fixture
def cloudformation_stub(stacks: CloudFormationClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(clients, "stacks", lambda: stacks)
    with stubbed(stacks) as stub:
        yield stub


@dataclass
class Bucket:
    """The artifact bucket in memory, as the function's own role reaches it; `uploads` are the keys that were sent."""

    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    meta: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(endpoint_url="https://s3.amazonaws.com"))

    def head_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803 - as botocore spells them
        assert Bucket == "artifact-bucket"
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")

    def upload_fileobj(self, body: IO[bytes], bucket: str, key: str) -> None:
        assert bucket == "artifact-bucket"
        self.objects[key] = body.read()
        self.uploads.append(key)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The artifact bucket, for what is published there."""
    bucket = Bucket()
    monkeypatch.setattr(clients, "s3", lambda: bucket)
    return bucket
