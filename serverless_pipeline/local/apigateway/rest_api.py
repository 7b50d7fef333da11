"""PutRestApi, which MiniStack lacks: an OpenAPI document replaces a REST API's resources, or is merged into them.

MiniStack imports a document when CloudFormation or ImportRestApi creates an API, and then skips `ANY` methods and all
of an integration but its type and address; both imports go the same way here. See
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway import constraints, openapi
from serverless_pipeline.local.apigateway.openapi import Operation

Response = tuple[int, dict[str, str], bytes]
Query = Mapping[str, list[str] | str]
Serve = Callable[[str, str, dict[str, str], bytes, Query], Awaitable[Response]]

BAD_REQUEST = "BadRequestException"


def install() -> None:
    """Serve PutRestApi, and import methods and integrations whole."""
    seams.HANDLE_APIGATEWAY_REQUEST.wrap(serving)
    seams.IMPORT_PATH_ITEM.replace(import_path_item)


def serving(handle: Serve) -> Serve:
    """Answer PutRestApi, and look at what is imported; the other requests are MiniStack's."""

    async def serve(method: str, path: str, headers: dict[str, str], body: bytes, query: Query) -> Response:
        match method, path.strip("/").split("/"):
            case "PUT", ["restapis", api_id]:
                return put(api_id, body, query)
            case "POST", ["restapis"] if _first(query, "mode") == "import":
                try:
                    read(body)
                except openapi.Invalid as error:
                    return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, str(error))
        return await handle(method, path, headers, body, query)

    return serve


def put(api_id: str, body: bytes, query: Query) -> Response:
    """Import the document, or refuse it and change nothing."""
    api = seams.REST_APIS.value.get(api_id)
    if api is None:
        return _refuse(HTTPStatus.NOT_FOUND, "NotFoundException", f"Invalid API identifier specified {api_id}")
    mode = _first(query, "mode") or "merge"
    if mode not in {"merge", "overwrite"}:
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, f"mode {mode!r} must be merge or overwrite")
    try:
        document = read(body)
    except openapi.Invalid as error:
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, str(error))
    warnings = openapi.warnings(document)
    if warnings and _first(query, "failonwarnings").lower() == "true":
        listed = "".join(f"\n\t{warning}" for warning in warnings)
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, f"Warnings found during import:{listed}")
    _import(api, document, overwrite=mode == "overwrite")
    view = seams.REST_API_VIEW(api) | ({"warnings": warnings} if warnings else {})
    return seams.APIGATEWAY_RESPONSE(view, HTTPStatus.OK)  # type: ignore[no-any-return]


def read(text: bytes) -> dict[str, Any]:
    """The document of a REST API.

    Raises:
        Invalid: it is none, or holds what API Gateway does not take.
    """
    document = openapi.parse(text)
    if faults := constraints.refusals(document):
        raise openapi.Invalid("Errors found during import:" + "".join(f"\n\t{fault}" for fault in faults))
    return document


def overwrite(api_id: str, document: Mapping[str, Any]) -> None:
    """Put what is in a document in the place of what is in an API, which keeps its identity."""
    _import(seams.REST_APIS.value[api_id], document, overwrite=True)


def import_path_item(
    api_id: str,
    path: str,
    item: Mapping[str, Any] | None,
    schemes: Mapping[str, Any] | None = None,
    security: Any = None,  # noqa: ANN401 - a list of OpenAPI's security requirements
) -> None:
    """One path of a document that MiniStack itself imports."""
    _put_operations(api_id, openapi.operations({"paths": {path: item}}), schemes or {}, security)


def _import(api: dict[str, Any], document: Mapping[str, Any], *, overwrite: bool) -> None:
    """The identity of the API stays, and so do its stages, deployments and tags."""
    info = document.get("info") or {}
    description = {"name": info.get("title"), "version": info.get("version"), "description": info.get("description")}
    api.update({name: str(value) for name, value in description.items() if value})
    if (media_types := document.get("x-amazon-apigateway-binary-media-types")) is not None:
        api["binaryMediaTypes"] = list(media_types)
    if policy := document.get("x-amazon-apigateway-policy"):
        api["policy"] = policy if isinstance(policy, str) else json.dumps(policy)
    if overwrite:
        _forget(api["id"])
    for kind, response in (document.get("x-amazon-apigateway-gateway-responses") or {}).items():
        seams.PUT_GATEWAY_RESPONSE(api["id"], kind, response)
    schemes = seams.IMPORT_SECURITY_SCHEMES(api["id"], document)
    _put_operations(api["id"], openapi.operations(document), schemes, document.get("security"))


def _forget(api_id: str) -> None:
    """All resources but the root, its methods, and the authorizers and gateway responses of an earlier import."""
    resources = seams.API_RESOURCES.value.get(api_id, {})
    root = next(resource for resource in resources.values() if resource["path"] == "/")
    root["resourceMethods"] = {}
    seams.API_RESOURCES.value[api_id] = {root["id"]: root}
    for table in (seams.AUTHORIZERS, seams.GATEWAY_RESPONSES):
        table.value[api_id] = {}


def _put_operations(
    api_id: str,
    operations: Iterable[Operation],
    schemes: Mapping[str, Any],
    security: Any,  # noqa: ANN401
) -> None:
    for operation in operations:
        resource_id = _resource(api_id, operation.path)
        authorization = seams.METHOD_SECURITY(operation.specification.get("security", security), schemes)
        seams.PUT_METHOD(api_id, resource_id, operation.method, authorization)
        if operation.integration:
            _put_integration(api_id, resource_id, operation.method, operation.integration)


def _put_integration(api_id: str, resource_id: str, method: str, integration: Mapping[str, Any]) -> None:
    kind = {"type": str(integration.get("type", "")).upper()}
    seams.PUT_INTEGRATION(api_id, resource_id, method, {**integration, **kind})
    for pattern, response in (integration.get("responses") or {}).items():
        status = str(response.get("statusCode", "200"))
        selected = {**response, "selectionPattern": "" if pattern == "default" else pattern}
        seams.PUT_METHOD_RESPONSE(api_id, resource_id, method, status, {})
        seams.PUT_INTEGRATION_RESPONSE(api_id, resource_id, method, status, selected)


def _resource(api_id: str, path: str) -> str:
    """The ID of the resource at a path, with those above it made where they are missing."""
    resources = seams.API_RESOURCES.value[api_id]
    current: str = next(identity for identity, resource in resources.items() if resource["path"] == "/")
    for part in filter(None, path.split("/")):
        children = {one["pathPart"]: identity for identity, one in resources.items() if one["parentId"] == current}
        current = children.get(part) or _create(api_id, current, part)
    return current


def _create(api_id: str, parent_id: str, part: str) -> str:
    _, _, body = seams.CREATE_RESOURCE(api_id, parent_id, {"pathPart": part})
    return str(json.loads(body)["id"])


def _first(query: Query, name: str) -> str:
    value = query.get(name) or ""
    return value if isinstance(value, str) else value[0]


def _refuse(status: int, kind: str, message: str) -> Response:
    return seams.APIGATEWAY_ERROR(kind, message, status)  # type: ignore[no-any-return]
