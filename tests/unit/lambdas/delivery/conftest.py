"""The clients that the functions find, stubbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
