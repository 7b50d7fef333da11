from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.delivery import api
from lambdas.delivery.order import Order
from lambdas.job import clients as own
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

API = Artifact("DistApiOutput", "artifact-bucket", "dromedary/DistApiOut/x")

ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:dromedary-test-api:live"


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "DistApiOutput.zip"
    path.write_bytes(content)
    return path


def document(uri: str) -> str:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    paths = {"/data": {"get": {"x-amazon-apigateway-integration": integration}}}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "api", "version": "1"}, "paths": paths})


@pytest.fixture
def gateway(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Any:
    """API Gateway of the embedded AWS, for the test and for the function."""
    assert clients.endpoint
    client = clients.client("apigateway")
    monkeypatch.setattr(own, "apis", lambda: client)
    return client


@pytest.fixture
def parameters(gateway: Any) -> Iterator[dict[str, str]]:
    """The parameters of a delivery to an API whose stage serves a placeholder."""
    identity = gateway.create_rest_api(name="api")["id"]
    root = gateway.get_resources(restApiId=identity)["items"][0]["id"]
    method = {"restApiId": identity, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    gateway.create_deployment(restApiId=identity, stageName="test")
    yield {"api": identity, "stage": "test", "function": ALIAS}
    gateway.delete_rest_api(restApiId=identity)


def test_each_deployment_names_the_one_before_it_the_first_one_the_placeholder(
    gateway: Any, parameters: dict[str, str], tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    placeholder = gateway.get_stage(restApiId=parameters["api"], stageName="test")["deploymentId"]
    zip_file = write(tmp_path, pack({"openapi.json": document("${IntegrationUri}")}))

    first = api.deploy(Order(parameters, API, 0), zip_file).variables
    second = api.deploy(Order(parameters, API, 0), zip_file).variables

    assert first["PreviousDeploymentId"] == placeholder
    assert second["PreviousDeploymentId"] == first["DeploymentId"]
    assert gateway.get_stage(restApiId=parameters["api"], stageName="test")["deploymentId"] == second["DeploymentId"]


def test_a_document_with_a_warning_changes_nothing(
    gateway: Any, parameters: dict[str, str], tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    before = gateway.get_stage(restApiId=parameters["api"], stageName="test")["deploymentId"]
    zip_file = write(tmp_path, pack({"openapi.json": document("no address")}))

    with pytest.raises(gateway.exceptions.BadRequestException, match="Invalid ARN 'no address'"):
        api.deploy(Order(parameters, API, 0), zip_file)

    assert gateway.get_stage(restApiId=parameters["api"], stageName="test")["deploymentId"] == before
    assert [item["path"] for item in gateway.get_resources(restApiId=parameters["api"])["items"]] == ["/"]
