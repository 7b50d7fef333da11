"""An HTTP API that is made of an OpenAPI document, which MiniStack lacks: routes, integrations, authorizers, CORS.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import openapi
from serverless_pipeline.local.apigateway.openapi import Operation

CORS = "x-amazon-apigateway-cors"
AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTHORIZATION = {"jwt": "JWT", "request": "CUSTOM"}
"""The authorization of a route by the type of its authorizer."""

Security = Mapping[str, Mapping[str, Any]]
"""What a route says of each security scheme that it may be under."""


def overwrite(api_id: str, document: dict[str, Any]) -> None:
    """Put what is in a document in the place of what is in an API; stages and tags stay."""
    api = seams.HTTP_APIS.value[api_id]
    for table in (seams.HTTP_ROUTES, seams.HTTP_INTEGRATIONS, seams.HTTP_AUTHORIZERS):
        table.value[api_id] = {}
    if cors := document.get(CORS):
        api["corsConfiguration"] = cors
    security = _security(api_id, document)
    for operation in openapi.operations(document):
        _add(api_id, document, operation, security)


def _add(api_id: str, document: dict[str, Any], operation: Operation, security: Security) -> None:
    """A route, with its integration and its authorizer."""
    route: dict[str, Any] = {"routeKey": _key(operation)}
    if integration := _referenced(document, operation.integration):
        route["target"] = f"integrations/{_integrate(api_id, integration)}"
    for requirement in operation.specification.get("security", document.get("security")) or []:
        for scheme, scopes in requirement.items():
            route.update(security.get(scheme, {}), **({"authorizationScopes": scopes} if scopes else {}))
    seams.CREATE_HTTP_ROUTE(api_id, route)


def _key(operation: Operation) -> str:
    """`GET /pets`, or `$default` for all that no other route takes."""
    if operation.path.strip("/") == "$default" or operation.specification.get("isDefaultRoute"):
        return "$default"
    return f"{operation.method} {operation.path}"


def _referenced(document: dict[str, Any], integration: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """An integration may stand among the components, and be named where it is used."""
    name = str((integration or {}).get("$ref", "")).rpartition("/")[2]
    shared = (document.get("components") or {}).get("x-amazon-apigateway-integrations") or {}
    return shared.get(name) or integration or {}


def _integrate(api_id: str, integration: Mapping[str, Any]) -> str:
    data = {
        **integration,
        "integrationType": str(integration.get("type", "aws_proxy")).upper(),
        "integrationUri": integration.get("uri", ""),
        "integrationMethod": integration.get("httpMethod", "POST"),
        "payloadFormatVersion": str(integration.get("payloadFormatVersion", "1.0")),
    }
    return str(json.loads(seams.CREATE_HTTP_INTEGRATION(api_id, data)[2])["integrationId"])


def _security(api_id: str, document: dict[str, Any]) -> Security:
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    return dict(_routes_of(api_id, schemes))


def _routes_of(api_id: str, schemes: Security) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By scheme, what its routes say; the authorizers are made on the way."""
    for name, scheme in schemes.items():
        authorizer = scheme.get(AUTHORIZER)
        if str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
            yield name, {"authorizationType": "AWS_IAM"}
        elif authorizer:
            kind = str(authorizer.get("type", "")).lower()
            yield (
                name,
                {
                    "authorizationType": AUTHORIZATION.get(kind, "NONE"),
                    "authorizerId": _authorizer(api_id, name, kind, authorizer),
                },
            )


def _authorizer(api_id: str, name: str, kind: str, authorizer: Mapping[str, Any]) -> str:
    sources = authorizer.get("identitySource") or []
    data = {
        **authorizer,
        "name": name,
        "authorizerType": kind.upper(),
        "identitySource": sources.replace(" ", "").split(",") if isinstance(sources, str) else sources,
        "authorizerCredentialsArn": authorizer.get("authorizerCredentials", ""),
    }
    return str(json.loads(seams.CREATE_HTTP_AUTHORIZER(api_id, data)[2])["authorizerId"])
