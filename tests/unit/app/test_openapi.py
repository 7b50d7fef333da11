from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCUMENT = yaml.safe_load((Path(__file__).parents[3] / "app" / "openapi.yml").read_text())
METHODS = ("get", "x-amazon-apigateway-any-method")
OPERATIONS = [(path, method) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item]


def test_every_path_reaches_the_function_with_every_method() -> None:
    assert {path for path, method in OPERATIONS if method == METHODS[1]} == {"/", "/data", "/increment", "/{proxy+}"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_is_a_proxy_to_the_address_a_deployment_fills_in(path: str, method: str) -> None:
    integration = DOCUMENT["paths"][path][method]["x-amazon-apigateway-integration"]

    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    assert integration["uri"] == "${IntegrationUri}"


def test_nothing_is_used_that_api_gateway_warns_of() -> None:
    unsupported = {"additionalProperties", "allowEmptyValue", "anyOf", "discriminator", "example", "maxItems"}
    unsupported |= {"minItems", "nullable", "oneOf", "readOnly", "exclusiveMinimum", "deprecated"}

    assert unsupported.isdisjoint(words(DOCUMENT))
    assert set(DOCUMENT["components"]) == {"schemas"}


def words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from words(value)
    elif isinstance(node, list):
        for value in node:
            yield from words(value)
