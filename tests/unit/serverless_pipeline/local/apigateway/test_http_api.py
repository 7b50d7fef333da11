from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import http_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.seams import Seam

URI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:f/invocations"
PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": "2.0"}


@pytest.fixture
def api(empty_ministack: None) -> dict[str, Any]:  # noqa: ARG001 - it has to be empty first
    """An HTTP API with a route, an integration and an authorizer of an earlier document."""
    record: dict[str, Any] = {"name": "pets"}
    seams.HTTP_APIS.replace({"api": record})
    for table in (seams.HTTP_ROUTES, seams.HTTP_INTEGRATIONS, seams.HTTP_AUTHORIZERS):
        table.replace({"api": {"old": {}}, "other": {"its": {}}})
    seams.CREATE_HTTP_ROUTE.replace(adding(seams.HTTP_ROUTES, "routeId"))
    seams.CREATE_HTTP_INTEGRATION.replace(adding(seams.HTTP_INTEGRATIONS, "integrationId"))
    seams.CREATE_HTTP_AUTHORIZER.replace(adding(seams.HTTP_AUTHORIZERS, "authorizerId"))
    return record


def adding(table: Seam, key: str) -> Callable[[str, Any], Any]:
    """MiniStack's creation of something; its IDs count up."""

    def create(api_id: str, data: Any) -> Any:
        identity = str(len(table.value[api_id]))
        table.value[api_id][identity] = data
        return 201, {}, json.dumps({key: identity}).encode()

    return create


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "paths": paths, **more}


def get(**operation: Any) -> dict[str, Any]:
    return {"get": {"x-amazon-apigateway-integration": PROXY, **operation}}


def routes() -> list[Any]:
    return list(seams.HTTP_ROUTES.value["api"].values())


@pytest.mark.usefixtures("api")
def test_a_document_takes_the_place_of_what_is_in_the_api() -> None:
    http_api.overwrite("api", document({"/pets/{id}": get(), "/cats": {"x-amazon-apigateway-any-method": {}}}))

    assert routes() == [{"routeKey": "GET /pets/{id}", "target": "integrations/0"}, {"routeKey": "ANY /cats"}]
    assert seams.HTTP_INTEGRATIONS.value == {
        "api": {
            "0": {
                **PROXY,
                "integrationType": "AWS_PROXY",
                "integrationUri": URI,
                "integrationMethod": "POST",
                "payloadFormatVersion": "2.0",
            }
        },
        "other": {"its": {}},
    }
    assert seams.HTTP_AUTHORIZERS.value == {"api": {}, "other": {"its": {}}}


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("path", "operation"), [("/$default", {}), ("$default", {}), ("/any", {"isDefaultRoute": True})]
)
def test_the_default_route_is_told_by_its_path_or_its_mark(path: str, operation: dict[str, Any]) -> None:
    http_api.overwrite("api", document({path: {"x-amazon-apigateway-any-method": operation}}))

    assert routes() == [{"routeKey": "$default"}]


@pytest.mark.usefixtures("api")
def test_an_integration_may_stand_among_the_components() -> None:
    reference = {"$ref": "#/components/x-amazon-apigateway-integrations/proxy"}
    components = {"x-amazon-apigateway-integrations": {"proxy": {"type": "http_proxy", "uri": "https://example.com"}}}
    paths = {"/": {"get": {"x-amazon-apigateway-integration": reference}}}

    http_api.overwrite("api", document(paths, components=components))

    (integration,) = seams.HTTP_INTEGRATIONS.value["api"].values()
    assert (integration["integrationType"], integration["integrationUri"]) == ("HTTP_PROXY", "https://example.com")
    assert integration["payloadFormatVersion"] == "1.0"


def test_cors_is_the_documents_and_stays_where_it_has_none(api: dict[str, Any]) -> None:
    http_api.overwrite("api", document({}, **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"]}}))
    http_api.overwrite("api", document({}))

    assert api == {"name": "pets", "corsConfiguration": {"allowOrigins": ["*"]}}


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("scheme", "route", "authorizer"),
    [
        (
            {
                "x-amazon-apigateway-authorizer": {
                    "type": "jwt",
                    "identitySource": "$request.header.Authorization",
                    "jwtConfiguration": {"issuer": "https://issuer", "audience": ["me"]},
                }
            },
            {"authorizationType": "JWT", "authorizerId": "0"},
            {
                "authorizerType": "JWT",
                "identitySource": ["$request.header.Authorization"],
                "jwtConfiguration": {"issuer": "https://issuer", "audience": ["me"]},
            },
        ),
        (
            {"x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": URI, "authorizerCredentials": "r"}},
            {"authorizationType": "CUSTOM", "authorizerId": "0"},
            {
                "authorizerType": "REQUEST",
                "identitySource": [],
                "authorizerUri": URI,
                "authorizerCredentialsArn": "r",
            },
        ),
        ({"x-amazon-apigateway-authtype": "awsSigv4"}, {"authorizationType": "AWS_IAM"}, None),
        ({"type": "apiKey"}, {}, None),
    ],
)
def test_a_route_is_under_the_security_that_it_names(
    scheme: dict[str, Any], route: dict[str, Any], authorizer: dict[str, Any] | None
) -> None:
    components = {"securitySchemes": {"mine": {"type": "x", **scheme}}}

    http_api.overwrite("api", document({"/": {"get": {"security": [{"mine": []}]}}}, components=components))

    assert routes() == [{"routeKey": "GET /", **route}]
    made = list(seams.HTTP_AUTHORIZERS.value["api"].values())
    assert [{**authorizer, **one} for one in made] == made if authorizer else made == []
    assert [one["name"] for one in made] == (["mine"] if authorizer else [])


@pytest.mark.usefixtures("api")
def test_the_security_of_the_document_is_that_of_the_routes_that_name_none() -> None:
    scheme = {"mine": {"x-amazon-apigateway-authtype": "awsSigv4"}}
    paths = {
        "/open": {"get": {"security": []}},
        "/shut": {"get": {}},
        "/scoped": {"get": {"security": [{"mine": ["a"]}]}},
    }

    http_api.overwrite("api", document(paths, components={"securitySchemes": scheme}, security=[{"mine": []}]))

    assert routes() == [
        {"routeKey": "GET /open"},
        {"routeKey": "GET /shut", "authorizationType": "AWS_IAM"},
        {"routeKey": "GET /scoped", "authorizationType": "AWS_IAM", "authorizationScopes": ["a"]},
    ]
