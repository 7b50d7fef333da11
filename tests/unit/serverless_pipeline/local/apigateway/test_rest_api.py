from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.apigateway import openapi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients


def uri(function: str) -> str:
    path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    return f"{path}/arn:aws:lambda:us-east-1:000000000000:function:{function}/invocations"


@pytest.fixture
def gateway(clients: Clients) -> Any:
    return clients.session.client("apigateway", endpoint_url=clients.endpoint.url)


@pytest.fixture
def api(gateway: Any) -> Iterator[str]:
    identity = gateway.create_rest_api(name="before", tags={"kept": "yes"})["id"]
    yield identity
    gateway.delete_rest_api(restApiId=identity)


def paths(gateway: Any, api: str) -> dict[str, list[str]]:
    found = gateway.get_resources(restApiId=api)["items"]
    return {item["path"]: sorted(item.get("resourceMethods", {})) for item in found}


@pytest.mark.parametrize(
    ("integration", "fault"),
    [
        ({"type": "magic"}, "Unknown integration type 'magic'"),
        ({"type": "aws_proxy", "httpMethod": "GET", "uri": uri("f")}, "needs httpMethod POST"),
        ({"type": "http_proxy", "uri": "ftp://x"}, "Invalid HTTP endpoint 'ftp://x'"),
    ],
)
def test_each_fault_names_the_method_and_the_resource(integration: dict[str, str], fault: str) -> None:
    specification = {"paths": {"/data": {"get": {"x-amazon-apigateway-integration": integration}}}}

    (warning,) = openapi.warnings(specification)

    assert fault in warning
    assert warning.endswith("for method 'GET' on resource '/data'")
