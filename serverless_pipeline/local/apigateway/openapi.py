"""What an OpenAPI document says to API Gateway: operations and their integrations, and what is wrong with it.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INTEGRATION = "x-amazon-apigateway-integration"
METHODS = {
    **{name: name.upper() for name in ("get", "post", "put", "delete", "patch", "head", "options")},
    "x-amazon-apigateway-any-method": "ANY",
}
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
INTEGRATION_TYPES = frozenset({"AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"})


class Invalid(ValueError):
    """The text is not an OpenAPI document; the message is the client's to read."""


@dataclass(frozen=True)
class Operation:
    """A method of a resource; `path` begins with a slash, `method` is GET … or ANY."""

    path: str
    method: str
    specification: Mapping[str, Any]

    @property
    def integration(self) -> Mapping[str, Any] | None:
        return self.specification.get(INTEGRATION)


def parse(text: bytes) -> dict[str, Any]:
    """Read a document, JSON or YAML.

    Raises:
        Invalid: it is neither, or neither OpenAPI 3.0 nor Swagger 2; API Gateway takes no later one.
    """
    document = _mapping(text)
    if not str(document.get("openapi", "")).startswith("3.0") and str(document.get("swagger", "")) != "2.0":
        raise Invalid("Invalid OpenAPI input: openapi must be 3.0.x, or swagger 2.0")
    if not isinstance(document.get("paths"), dict):
        raise Invalid("Invalid OpenAPI input: paths is missing")
    return document


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """All operations, in the order of the document."""
    return [
        Operation(path, METHODS[name], specification or {})
        for path, item in document["paths"].items()
        for name, specification in (item or {}).items()
        if name in METHODS
    ]


def warnings(document: Mapping[str, Any]) -> list[str]:
    """What an import cannot make work, by method and resource."""
    return [
        f"{fault} for method '{operation.method}' on resource '{operation.path}'"
        for operation in operations(document)
        for fault in _faults(operation.integration)
    ]


def _mapping(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        import yaml

        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise Invalid(f"Invalid OpenAPI input: {error}") from error
    if not isinstance(document, dict):
        raise Invalid("Invalid OpenAPI input: it holds no object")
    return document


def _faults(integration: Mapping[str, Any] | None) -> Iterator[str]:
    if not integration:
        yield "No integration defined"
        return
    kind = str(integration.get("type", "")).upper()
    uri = str(integration.get("uri", ""))
    if kind not in INTEGRATION_TYPES:
        yield f"Unknown integration type {integration.get('type')!r}"
    if kind.startswith("AWS"):
        if "${" in STAGE_VARIABLE.sub("", uri) or not uri.startswith("arn:"):
            yield f"Invalid ARN {uri!r} specified in the integration"
        if integration.get("httpMethod") != "POST" and ":lambda:path/" in uri:
            yield "The integration of a Lambda function needs httpMethod POST"
    if kind.startswith("HTTP") and not STAGE_VARIABLE.sub("http://", uri, count=1).startswith(("http://", "https://")):
        yield f"Invalid HTTP endpoint {uri!r} specified in the integration"
