from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients


@pytest.fixture
def gateway(clients: Clients) -> Any:
    return clients.apis


@pytest.fixture
def api(gateway: Any) -> Iterator[str]:
    identity = gateway.create_rest_api(name="releases")["id"]
    yield identity
    gateway.delete_rest_api(restApiId=identity)


def document(says: str, path: str, **operation: Any) -> dict[str, Any]:
    """A document with one path, which answers with what it says."""
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {"statusCode": "200", "responseTemplates": {"application/json": json.dumps({"says": says})}}
        },
    }
    integrated = {"x-amazon-apigateway-integration": mock, **operation}
    return {
        "openapi": "3.0.1",
        "info": {"title": says, "version": "1"},
        "paths": {path: {"x-amazon-apigateway-any-method": integrated}},
    }


@pytest.fixture
def release(gateway: Any, api: str) -> Callable[..., str]:
    """Import a document and deploy it, to the stage `test` if no other is named; the deployment's ID is answered."""

    def do(says: str, path: str = "/word", stage: str = "test") -> str:
        body = json.dumps(document(says, path)).encode()
        gateway.put_rest_api(restApiId=api, mode="overwrite", body=body)
        return str(gateway.create_deployment(restApiId=api, stageName=stage)["id"])

    return do


@pytest.fixture
def said(ask: Callable[..., Any], api: str) -> Callable[..., Any]:
    """What a stage says at a path: its word, or the status where it has none."""

    def asked(path: str = "word", stage: str = "test") -> Any:
        answer = ask(f"/_aws/execute-api/{api}/{stage}/{path}")
        return json.loads(answer.body)["says"] if answer.status == 200 else answer.status

    return asked


def move(gateway: Any, api: str, deployment: str) -> None:
    operation = {"op": "replace", "path": "/deploymentId", "value": deployment}
    gateway.update_stage(restApiId=api, stageName="test", patchOperations=[operation])


def test_an_import_is_served_when_it_is_deployed_and_not_before(
    gateway: Any, api: str, release: Callable[..., str], said: Callable[..., Any]
) -> None:
    release("first")

    gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document("second", "/word")).encode())
    before = said()
    gateway.create_deployment(restApiId=api, stageName="test")

    assert (before, said()) == ("first", "second")


def test_a_stage_that_is_moved_serves_what_was_deployed_then(
    gateway: Any, api: str, release: Callable[..., str], said: Callable[..., Any]
) -> None:
    first = release("first", "/old")
    second = release("second", "/{proxy+}")

    move(gateway, api, first)
    back = said("old"), said("new")
    move(gateway, api, second)
    forth = said("old"), said("new")

    assert back == ("first", 403)
    assert forth == ("second", "second")


def test_two_stages_serve_a_deployment_each(release: Callable[..., str], said: Callable[..., Any]) -> None:
    release("first", stage="one")
    release("second", stage="two")

    assert (said(stage="one"), said(stage="two")) == ("first", "second")


def test_a_deleted_deployment_is_served_no_longer(
    gateway: Any, api: str, release: Callable[..., str], said: Callable[..., Any]
) -> None:
    deployment = release("first")

    gateway.delete_deployment(restApiId=api, deploymentId=deployment)

    assert said() == 403


def test_whether_a_request_is_signed_is_asked_of_the_deployment(
    gateway: Any, api: str, release: Callable[..., str], said: Callable[..., Any]
) -> None:
    release("open")
    resources = gateway.get_resources(restApiId=api)["items"]
    word = next(resource["id"] for resource in resources if resource["path"] == "/word")
    closed = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]

    gateway.update_method(restApiId=api, resourceId=word, httpMethod="ANY", patchOperations=closed)
    before = said()
    gateway.create_deployment(restApiId=api, stageName="test")

    assert (before, said()) == ("open", 403)
