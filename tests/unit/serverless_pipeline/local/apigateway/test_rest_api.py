from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import rest_api

MOCK = {"type": "mock", "responses": {"default": {"statusCode": "201", "a": 1}, "4..": {}}}


class Gateway:
    """An API Gateway with the API `api`; `calls` are the methods, integrations and responses that were put."""

    def __init__(self) -> None:
        self.apis: dict[str, dict[str, Any]] = {"api": {"id": "api", "name": "before", "tags": {"kept": "yes"}}}
        self.resources: dict[str, dict[str, Any]] = {"api": {"root": resource("/", None, "")}}
        self.authorizers: dict[str, Any] = {"api": {"old": {}}}
        self.gateway_responses: dict[str, Any] = {"api": {"OLD": {}}}
        self.calls: list[tuple[Any, ...]] = []

    def put(self, what: str) -> Any:
        return lambda *arguments: self.calls.append((what, *arguments))

    def create(self, api_id: str, parent_id: str, data: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        part = data["pathPart"]
        identity = f"id-{part}"
        path = f"{self.resources[api_id][parent_id]['path'].rstrip('/')}/{part}"
        self.resources[api_id][identity] = resource(path, parent_id, part)
        return 201, {}, json.dumps({"id": identity}).encode()


def resource(path: str, parent_id: str | None, part: str) -> dict[str, Any]:
    identity = "root" if path == "/" else f"id-{part}"
    return {"id": identity, "path": path, "parentId": parent_id, "pathPart": part, "resourceMethods": {"GET": {}}}


@pytest.fixture
def gateway(empty_ministack: None) -> Gateway:
    del empty_ministack
    service = Gateway()

    async def handle(*request: Any) -> Any:
        return request

    seams.HANDLE_APIGATEWAY_REQUEST.replace(handle)
    seams.REST_APIS.replace(service.apis)
    seams.API_RESOURCES.replace(service.resources)
    seams.AUTHORIZERS.replace(service.authorizers)
    seams.GATEWAY_RESPONSES.replace(service.gateway_responses)
    seams.PUT_GATEWAY_RESPONSE.replace(service.put("gateway response"))
    seams.APIGATEWAY_RESPONSE.replace(lambda view, status: (int(status), {}, json.dumps(view).encode()))
    seams.APIGATEWAY_ERROR.replace(lambda kind, message, status: (int(status), {}, f"{kind}: {message}".encode()))
    seams.REST_API_VIEW.replace(lambda api: {"id": api["id"], "name": api["name"]})
    seams.IMPORT_SECURITY_SCHEMES.replace(lambda api_id, document: {"of": api_id, "in": document["openapi"]})
    seams.METHOD_SECURITY.replace(lambda security, schemes: {"security": security, "schemes": schemes})
    seams.CREATE_RESOURCE.replace(service.create)
    seams.PUT_METHOD.replace(service.put("method"))
    seams.PUT_INTEGRATION.replace(service.put("integration"))
    seams.PUT_METHOD_RESPONSE.replace(service.put("method response"))
    seams.PUT_INTEGRATION_RESPONSE.replace(service.put("integration response"))
    rest_api.install()
    return service


def document(path: str = "/data", **more: Any) -> dict[str, Any]:
    operation = {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}
    return {"openapi": "3.0.1", "info": {"title": "after"}, "paths": {path: operation}, **more}


def put(specification: Any, api_id: str = "api", **query: Any) -> tuple[int, str]:
    body = specification if isinstance(specification, bytes) else json.dumps(specification).encode()
    status, _, answer = asyncio.run(seams.HANDLE_APIGATEWAY_REQUEST("PUT", f"/restapis/{api_id}", {}, body, query))
    return status, answer.decode()


def paths(gateway: Gateway) -> list[str]:
    return [one["path"] for one in gateway.resources["api"].values()]


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/restapis/api"), ("PUT", "/restapis"), ("PUT", "/restapis/api/resources"), ("PUT", "/tags/api")],
)
def test_other_requests_are_ministacks(method: str, path: str) -> None:
    request = (method, path, {"x": "y"}, b"body", {"mode": "merge"})

    assert asyncio.run(seams.HANDLE_APIGATEWAY_REQUEST(*request)) == request


def test_a_document_is_imported(gateway: Gateway) -> None:
    answer = put(document(security=[{"key": []}]))

    authorization = {"security": [{"key": []}], "schemes": {"of": "api", "in": "3.0.1"}}
    assert answer == (200, '{"id": "api", "name": "after"}')
    assert paths(gateway) == ["/", "/data"]
    assert gateway.calls == [
        ("method", "api", "id-data", "GET", authorization),
        ("integration", "api", "id-data", "GET", {"type": "MOCK"}),
    ]


@pytest.mark.parametrize(("mode", "left"), [({}, ["/", "/old", "/data"]), ({"mode": "merge"}, ["/", "/old", "/data"])])
def test_merge_keeps_what_the_document_does_not_name(gateway: Gateway, mode: dict[str, str], left: list[str]) -> None:
    gateway.create("api", "root", {"pathPart": "old"})

    put(document(), **mode)

    assert paths(gateway) == left
    assert gateway.authorizers == {"api": {"old": {}}}
    assert gateway.resources["api"]["root"]["resourceMethods"] == {"GET": {}}


@pytest.mark.parametrize("mode", ["overwrite", ["overwrite"]])
def test_overwrite_replaces_all_but_the_identity(gateway: Gateway, mode: Any) -> None:
    gateway.create("api", "root", {"pathPart": "old"})

    put(document(), mode=mode)

    assert paths(gateway) == ["/", "/data"]
    assert gateway.authorizers == {"api": {}}
    assert gateway.resources["api"]["root"]["resourceMethods"] == {}
    assert gateway.apis["api"] == {"id": "api", "name": "after", "tags": {"kept": "yes"}}


def test_a_document_of_a_template_overwrites(gateway: Gateway) -> None:
    gateway.resources["api"]["id-old"] = resource("/old", "root", "old")

    rest_api.overwrite("api", document("/data"))

    assert sorted(one["path"] for one in gateway.resources["api"].values()) == ["/", "/data"]
    assert gateway.apis["api"] == {"id": "api", "name": "after", "tags": {"kept": "yes"}}


def test_what_the_document_says_of_the_api_is_taken_over(gateway: Gateway) -> None:
    info = {"title": "after", "version": 2, "description": "what it does"}

    put(document(info=info) | {"x-amazon-apigateway-binary-media-types": ("image/png",)})

    described = {"name": "after", "version": "2", "description": "what it does", "binaryMediaTypes": ["image/png"]}
    assert gateway.apis["api"] == {"id": "api", "tags": {"kept": "yes"}, **described}


@pytest.mark.parametrize("policy", [{"Statement": []}, '{"Statement": []}'])
def test_the_policy_of_the_document_is_that_of_the_api(gateway: Gateway, policy: Any) -> None:
    put(document(**{"x-amazon-apigateway-policy": policy}))

    assert gateway.apis["api"]["policy"] == '{"Statement": []}'


@pytest.mark.parametrize(("mode", "left"), [("overwrite", {}), ("merge", {"OLD": {}})])
def test_the_answers_to_failures_are_those_of_the_document(gateway: Gateway, mode: str, left: dict[str, Any]) -> None:
    responses = {"DEFAULT_4XX": {"statusCode": "400"}, "DEFAULT_5XX": {}}

    put({**document(), "paths": {}, "x-amazon-apigateway-gateway-responses": responses}, mode=mode)

    assert gateway.gateway_responses == {"api": left}
    assert gateway.calls == [
        ("gateway response", "api", "DEFAULT_4XX", {"statusCode": "400"}),
        ("gateway response", "api", "DEFAULT_5XX", {}),
    ]


def test_what_it_does_not_say_stays(gateway: Gateway) -> None:
    put(document(info=None))

    assert gateway.apis["api"] == {"id": "api", "name": "before", "tags": {"kept": "yes"}}


def test_an_api_that_is_not_there_is_not_found(gateway: Gateway) -> None:
    assert put(document(), "nobody") == (404, "NotFoundException: Invalid API identifier specified nobody")
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("specification", "query", "message"),
    [
        (document(), {"mode": "replace"}, "mode 'replace' must be merge or overwrite"),
        (b"[]", {}, "Invalid OpenAPI input: it holds no object"),
        (
            {**document(), "paths": {"/a": {"get": {}}, "/b": {"get": {}}}},
            {"failonwarnings": ["true"]},
            "Warnings found during import:"
            + "".join(f"\n\tNo integration defined for method 'GET' on resource '{path}'" for path in ("/a", "/b")),
        ),
    ],
)
def test_what_is_refused_changes_nothing(gateway: Gateway, specification: Any, query: Any, message: str) -> None:
    assert put(specification, **query) == (400, f"BadRequestException: {message}")
    assert (gateway.calls, paths(gateway), gateway.apis["api"]["name"]) == ([], ["/"], "before")


@pytest.mark.parametrize("query", [{}, {"failonwarnings": "false"}])
def test_warnings_are_told_where_they_do_not_fail(gateway: Gateway, query: Any) -> None:
    status, answer = put({**document(), "paths": {"/a": {"get": {}}}}, **query)

    warning = "No integration defined for method 'GET' on resource '/a'"
    assert (status, json.loads(answer)["warnings"]) == (200, [warning])
    assert [call[0] for call in gateway.calls] == ["method"]


def test_a_warning_that_is_none_does_not_fail(gateway: Gateway) -> None:
    status, answer = put(document(), failonwarnings="TRUE")

    assert (status, "warnings" in json.loads(answer)) == (200, False)
    assert len(gateway.calls) == 2


def test_resources_above_are_made_once(gateway: Gateway) -> None:
    paths_of_document: dict[str, Any] = {"/a/{id}/b": {"get": {}}, "/a/c": {"get": {}}, "/": {"get": {}}}

    put({**document(), "paths": paths_of_document})

    assert paths(gateway) == ["/", "/a", "/a/{id}", "/a/{id}/b", "/a/c"]
    assert [call[2] for call in gateway.calls] == ["id-b", "id-c", "root"]


def test_an_operation_has_its_own_security_before_that_of_the_document(gateway: Gateway) -> None:
    put({**document(), "security": "all", "paths": {"/a": {"get": {"security": "own"}, "post": {}}}})

    assert [call[4]["security"] for call in gateway.calls] == ["own", "all"]


def test_the_responses_of_an_integration_are_imported(gateway: Gateway) -> None:
    put({**document(), "paths": {"/a": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": MOCK}}}})

    assert gateway.calls[1:] == [
        ("integration", "api", "id-a", "ANY", {**MOCK, "type": "MOCK"}),
        ("method response", "api", "id-a", "ANY", "201", {}),
        ("integration response", "api", "id-a", "ANY", "201", {"statusCode": "201", "a": 1, "selectionPattern": ""}),
        ("method response", "api", "id-a", "ANY", "200", {}),
        ("integration response", "api", "id-a", "ANY", "200", {"selectionPattern": "4.."}),
    ]


@pytest.mark.parametrize(
    ("more", "authorization"),
    [
        ((), {"security": None, "schemes": {}}),
        (({"scheme": 1}, ["all"]), {"security": ["all"], "schemes": {"scheme": 1}}),
    ],
)
def test_a_document_that_ministack_imports_goes_the_same_way(
    gateway: Gateway, more: tuple[Any, ...], authorization: dict[str, Any]
) -> None:
    seams.IMPORT_PATH_ITEM("api", "/a", {"x-amazon-apigateway-any-method": {}}, *more)
    seams.IMPORT_PATH_ITEM("api", "/b", None, *more)

    assert gateway.calls == [("method", "api", "id-a", "ANY", authorization)]


BAD = {"openapi": "3.0.1", "paths": {"/{a}-{b}": {}, "/{p+}/x": {}}}


def test_a_document_that_api_gateway_does_not_take_is_refused_whole_and_changes_nothing(gateway: Gateway) -> None:
    status, _, body = rest_api.put("api", json.dumps(BAD).encode(), {})

    assert (status, gateway.calls, gateway.apis["api"]["name"]) == (400, [], "before")
    assert body.startswith(
        b"BadRequestException: Errors found during import:\n\tUnable to create resource at path '/{a}"
    )
    assert body.count(b"\n\t") == 2


@pytest.mark.usefixtures("gateway")
def test_import_rest_api_looks_at_its_document_as_well() -> None:
    def ask(document: object, **query: str) -> Any:
        body = json.dumps(document).encode()
        serve: Any = rest_api.serving(seams.HANDLE_APIGATEWAY_REQUEST.value)
        return asyncio.run(serve("POST", "/restapis", {}, body, query))

    assert ask(BAD, mode="import")[0] == 400
    assert ask(BAD)[:2] == ("POST", "/restapis")
    assert ask({"openapi": "3.0.1", "paths": {}}, mode="import")[:2] == ("POST", "/restapis")
