from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.delivery import api as deploy_api
from lambdas.delivery.order import Order
from lambdas.job import clients as own
from lambdas.job.ending import JobError, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


API = Artifact("DistApiOutput", "artifact-bucket", "dromedary/DistApiOut/x")

ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:dromedary-test-api:live"

URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ALIAS}/invocations"

GIVEN = {"api": "a1b2c3", "stage": "test", "function": ALIAS}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = get_session().create_client(
        "apigateway", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr(own, "apis", lambda: client)
    with Stubber(client) as stub:
        yield stub


def fetched(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "DistApiOutput.zip"
    path.write_bytes(content)
    return path


def test_the_document_is_imported_with_the_functions_address_and_the_stage_deployed(
    stub: Stubber, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    document = '{"uri": "${IntegrationUri}", "again": "${IntegrationUri}"}'
    imported = {
        "restApiId": "a1b2c3",
        "mode": "overwrite",
        "failOnWarnings": True,
        "body": f'{{"uri": "{URI}", "again": "{URI}"}}'.encode(),
    }
    stub.add_response("get_stage", {"deploymentId": "d3"}, {"restApiId": "a1b2c3", "stageName": "test"})
    stub.add_response("put_rest_api", {"id": "a1b2c3"}, imported)
    stub.add_response("create_deployment", {"id": "d4"}, {"restApiId": "a1b2c3", "stageName": "test"})

    outcome = deploy_api.deploy(Order(GIVEN, API, 0), fetched(tmp_path, pack({"openapi.json": document})))

    stub.assert_no_pending_responses()
    assert outcome == Succeeded("a1b2c3/test is deployment d4", {"DeploymentId": "d4", "PreviousDeploymentId": "d3"})


def test_a_stage_that_is_not_there_yet_has_no_previous_deployment(
    stub: Stubber, tmp_path: Path, pack: Callable[..., bytes]
) -> None:
    stub.add_client_error("get_stage", "NotFoundException")
    stub.add_response("put_rest_api", {"id": "a1b2c3"})
    stub.add_response("create_deployment", {"id": "d1"})

    outcome = deploy_api.deploy(Order(GIVEN, API, 0), fetched(tmp_path, pack({"openapi.json": "{}"})))

    assert outcome.variables == {"DeploymentId": "d1"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "must hold one OpenAPI document; it has 0 files"),
        ({"a.json": "{}", "b.json": "{}"}, "must hold one OpenAPI document; it has 2 files"),
        ({"a.json": b"\xff"}, "holds no OpenAPI document"),
    ],
)
def test_an_artifact_without_one_document_is_refused(
    tmp_path: Path, pack: Callable[..., bytes], files: dict[str, str | bytes], reason: str
) -> None:
    with pytest.raises(JobError, match=f"DistApiOutput {reason}"):
        deploy_api.document(fetched(tmp_path, pack(files)), API)


def test_an_artifact_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="DistApiOutput holds no OpenAPI document"):
        deploy_api.document(fetched(tmp_path, b"{}"), API)


@pytest.mark.parametrize(
    ("function", "start"),
    [
        (ALIAS, "arn:aws:apigateway:eu-west-1:lambda:path/"),
        (ALIAS.replace("arn:aws:", "arn:aws-cn:"), "arn:aws-cn:apigateway:eu-west-1:lambda:path/"),
    ],
)
def test_the_address_stays_in_the_partition_and_region_of_the_function(function: str, start: str) -> None:
    assert deploy_api.integration_uri(function) == f"{start}2015-03-31/functions/{function}/invocations"


@pytest.mark.parametrize("function", ["dromedary-test-api", "arn:aws:s3:::bucket", "arn:aws:lambda:eu-west-1:1:x"])
def test_what_is_no_function_is_refused_by_name(function: str) -> None:
    with pytest.raises(JobError, match=f"it is '{function}'"):
        deploy_api.integration_uri(function)


def document(uri: str) -> str:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    paths = {"/data": {"get": {"x-amazon-apigateway-integration": integration}}}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "api", "version": "1"}, "paths": paths})
