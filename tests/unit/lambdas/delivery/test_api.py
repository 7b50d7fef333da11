from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import api
from lambdas.delivery.api import Stage
from lambdas.delivery.order import Kind, Order
from lambdas.job.ending import JobError, Succeeded
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botocore.stub import Stubber
    from mypy_boto3_apigateway import APIGatewayClient

API = Artifact("DistApiOutput", "artifact-bucket", "dromedary/DistApiOut/x")
ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:dromedary-test-api:live"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ALIAS}/invocations"
PARAMETERS = {"api": "a1b2c3", "stage": "test", "function": ALIAS}
ORDER = Order(PARAMETERS, API, 0)
TEST = {"restApiId": "a1b2c3", "stageName": "test"}


@pytest.fixture
def write(tmp_path: Path, pack: Callable[..., bytes]) -> Callable[..., Path]:
    """Lay down the zip of an artifact that holds some files."""

    def run(files: dict[str, str | bytes]) -> Path:
        path = tmp_path / "DistApiOutput.zip"
        path.write_bytes(pack(files))
        return path

    return run


def test_the_document_is_imported_with_the_functions_address_and_the_stage_deployed(
    apigateway_stub: Stubber, write: Callable[..., Path]
) -> None:
    document = '{"uri": "${IntegrationUri}", "again": "${IntegrationUri}"}'
    request = {
        "restApiId": "a1b2c3",
        "mode": "overwrite",
        "failOnWarnings": True,
        "body": f'{{"uri": "{URI}", "again": "{URI}"}}'.encode(),
    }
    apigateway_stub.add_response("get_stage", {"deploymentId": "d3"}, TEST)
    apigateway_stub.add_response("put_rest_api", {"id": "a1b2c3"}, request)
    apigateway_stub.add_response("create_deployment", {"id": "d4"}, TEST)

    outcome = api.deploy(ORDER, write({"openapi.json": document}))

    assert outcome == Succeeded("a1b2c3/test is deployment d4", {"DeploymentId": "d4", "PreviousDeploymentId": "d3"})


def test_a_stage_that_is_not_there_yet_has_no_previous_deployment(
    apigateway_stub: Stubber, write: Callable[..., Path]
) -> None:
    apigateway_stub.add_client_error("get_stage", "NotFoundException")
    apigateway_stub.add_response("put_rest_api", {"id": "a1b2c3"})
    apigateway_stub.add_response("create_deployment", {"id": "d1"})

    outcome = api.deploy(ORDER, write({"openapi.json": "{}"}))

    assert outcome.variables == {"DeploymentId": "d1"}


@pytest.mark.usefixtures("apigateway_stub")
def test_nothing_is_asked_of_the_api_for_a_document_without_a_function(write: Callable[..., Path]) -> None:
    order = Order(PARAMETERS | {"function": "no-arn"}, API, 0)

    with pytest.raises(JobError, match="it is 'no-arn'"):
        api.deploy(order, write({"openapi.json": "{}"}))


def test_a_stage_is_found_with_its_deployment(apis: APIGatewayClient, apigateway_stub: Stubber) -> None:
    apigateway_stub.add_response("get_stage", {"deploymentId": "d3"}, TEST)

    assert api.find_stage(apis, "a1b2c3", "test") == Stage("a1b2c3", "test", "d3")


def test_a_stage_that_is_not_there_is_none(apis: APIGatewayClient, apigateway_stub: Stubber) -> None:
    apigateway_stub.add_client_error("get_stage", "NotFoundException")

    assert api.find_stage(apis, "a1b2c3", "test") is None


def test_a_stage_that_cannot_be_read_is_no_missing_one(apis: APIGatewayClient, apigateway_stub: Stubber) -> None:
    apigateway_stub.add_client_error("get_stage", "UnauthorizedException")

    with pytest.raises(ClientError, match="Unauthorized"):
        api.find_stage(apis, "a1b2c3", "test")


def test_a_stage_is_called_by_its_api_and_its_name() -> None:
    assert str(Stage("a1b2c3", "test", "d3")) == "a1b2c3/test"


def test_a_stage_moves_to_another_deployment(apis: APIGatewayClient, apigateway_stub: Stubber) -> None:
    operation = {"op": "replace", "path": "/deploymentId", "value": "d3"}
    apigateway_stub.add_response("update_stage", {}, TEST | {"patchOperations": [operation]})

    api.move_stage(apis, Stage("a1b2c3", "test", "d4"), "d3")


@pytest.mark.usefixtures("apigateway_stub")
def test_a_stage_that_serves_the_deployment_already_is_left_as_it_is(apis: APIGatewayClient) -> None:
    api.move_stage(apis, Stage("a1b2c3", "test", "d4"), "d4")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "must hold one OpenAPI document; it has 0 files"),
        ({"a.json": "{}", "b.json": "{}"}, "must hold one OpenAPI document; it has 2 files"),
        ({"a.json": b"\xff"}, "holds no OpenAPI document: 'utf-8' codec can't decode"),
    ],
)
def test_an_artifact_without_one_document_is_refused(
    write: Callable[..., Path], files: dict[str, str | bytes], reason: str
) -> None:
    with pytest.raises(JobError, match=rf"^The artifact DistApiOutput {reason}"):
        api.document(write(files), API)


def test_a_damaged_artifact_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "DistApiOutput.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "{}" * 99)
    content = bytearray(path.read_bytes())
    content[36] |= 0x06  # a kind of block that does not exist
    path.write_bytes(content)

    with pytest.raises(JobError, match=r"^The artifact DistApiOutput holds no OpenAPI document: Error -3"):
        api.document(path, API)


def test_a_document_is_no_larger_than_api_gateway_takes(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.LIMIT == 6 * 1024**2
    monkeypatch.setattr(api, "LIMIT", 9)

    with pytest.raises(JobError, match="holds no OpenAPI document: it is larger than 9 bytes"):
        api.document(write({"a.json": "{}" * 5}), API)


def test_a_document_may_lie_in_a_folder(write: Callable[..., Path]) -> None:
    assert api.document(write({"api/": "", "api/openapi.json": "{}"}), API) == "{}"


def test_an_artifact_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "DistApiOutput.zip"
    path.write_bytes(b"{}")

    with pytest.raises(JobError, match=r"^The artifact DistApiOutput holds no OpenAPI document: File is not a zip"):
        api.document(path, API)


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_the_address_stays_in_the_partition_and_region_of_the_function(partition: str) -> None:
    function = ALIAS.replace("arn:aws:", f"arn:{partition}:")

    uri = api.integration_uri("function", function)

    assert uri == f"arn:{partition}:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations"


def test_a_function_without_an_alias_has_an_address_as_well() -> None:
    function = ALIAS.removesuffix(":live")

    assert f"/functions/{function}/invocations" in api.integration_uri("function", function)


@pytest.mark.parametrize(
    "function",
    [
        "dromedary-test-api",
        "arn:aws:s3:eu-west-1:111122223333:bucket:name",
        "arn:aws:lambda:eu-west-1:1:x",
        ALIAS.replace("arn:", "ARN:"),
    ],
)
def test_what_is_no_function_is_refused_by_name(function: str) -> None:
    message = rf"^Integration\.Orders must be the ARN of a function or an alias; it is '{function}'$"
    with pytest.raises(JobError, match=message):
        api.integration_uri("Integration.Orders", function)


def test_where_several_functions_answer_each_has_its_name() -> None:
    orders, users = ALIAS.replace("api", "orders"), ALIAS.replace("api", "users")
    parameters = PARAMETERS | {"Integration.Orders": orders, "Integration.Order": users}
    document = "${Integration.Orders} ${Integration.Order} ${IntegrationUri} ${stageVariables.x} ${Integration.Orders}"

    body = api.integrated(document, parameters)

    addresses = [api.integration_uri("function", function) for function in (orders, users, ALIAS, orders)]
    assert body == f"{addresses[0]} {addresses[1]} {addresses[2]} ${{stageVariables.x}} {addresses[3]}"


def test_a_document_that_names_no_function_needs_none() -> None:
    assert api.integrated('{"openapi": "3.0.3"}', {"api": "a1b2c3", "stage": "test"}) == '{"openapi": "3.0.3"}'


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, r"\$\{Integration\.Orders\}, \$\{Integration\.User-1\}, \$\{IntegrationUri\}"),
        ({"function": ALIAS}, r"\$\{Integration\.Orders\}, \$\{Integration\.User-1\}"),
        ({"function": ALIAS, "Integration.Orders": ALIAS}, r"\$\{Integration\.User-1\}"),
    ],
)
def test_functions_that_the_document_names_and_the_action_does_not_are_told_all_together(
    parameters: dict[str, str], names: str
) -> None:
    document = "${IntegrationUri} ${Integration.User-1} ${Integration.Orders} ${Integration.Orders}"

    with pytest.raises(
        JobError, match=rf"^The document names {names}, and the action does not say which function that is$"
    ):
        api.integrated(document, parameters)


@pytest.mark.usefixtures("apigateway_stub")
def test_nothing_is_asked_of_the_api_for_a_document_whose_functions_are_not_known(write: Callable[..., Path]) -> None:
    order = Order({"api": "a1b2c3", "stage": "test"}, API, 0)

    with pytest.raises(JobError, match="names"):
        api.deploy(order, write({"openapi.json": "${IntegrationUri}"}))


def test_the_kind_needs_an_api_and_a_stage_and_takes_functions() -> None:
    assert Kind(keys=("api", "stage"), begin=api.deploy, options=("function",), prefixes=("Integration.",)) == api.KIND
