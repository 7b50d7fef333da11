"""PutRestApi, which MiniStack lacks: an OpenAPI document replaces a REST API's resources, or is merged into them.

MiniStack imports a document when CloudFormation or ImportRestApi creates an API, and then skips `ANY` methods and all
of an integration but its type and address; both imports go the same way here. See
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local.apigateway import openapi
from serverless_pipeline.local.apigateway.openapi import Operation

Response = tuple[int, dict[str, str], bytes]
Query = Mapping[str, list[str] | str]
BAD_REQUEST = "BadRequestException"


def install() -> None:
    """Serve PutRestApi, and import methods and integrations whole."""
    from ministack.services import apigateway_v1

    others = apigateway_v1.handle_request

    async def serve(method: str, path: str, headers: dict[str, str], body: bytes, query: Query) -> Response:
        match method, path.strip("/").split("/"):
            case "PUT", ["restapis", api_id]:
                return put(api_id, body, query)
        return await others(method, path, headers, body, query)  # type: ignore[no-any-return]

    apigateway_v1.handle_request = serve
    apigateway_v1._import_path_item = _import_item  # noqa: SLF001


def put(api_id: str, body: bytes, query: Query) -> Response:
    """Import the document, or refuse it and change nothing."""
    from ministack.services import apigateway_v1

    api = apigateway_v1._rest_apis.get(api_id)  # noqa: SLF001
    if api is None:
        return _refuse(HTTPStatus.NOT_FOUND, "NotFoundException", f"Invalid API identifier specified {api_id}")
    mode = _first(query, "mode") or "merge"
    if mode not in {"merge", "overwrite"}:
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, f"mode {mode!r} must be merge or overwrite")
    try:
        document = openapi.parse(body)
    except openapi.Invalid as error:
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, str(error))
    warnings = openapi.warnings(document)
    if warnings and _first(query, "failonwarnings").lower() == "true":
        told = "".join(f"\n\t{warning}" for warning in warnings)
        return _refuse(HTTPStatus.BAD_REQUEST, BAD_REQUEST, f"Warnings found during import:{told}")
    _import(api, document, overwrite=mode == "overwrite")
    view = apigateway_v1._rest_api_view(api) | ({"warnings": warnings} if warnings else {})  # noqa: SLF001
    return apigateway_v1._v1_response(view, HTTPStatus.OK)  # type: ignore[no-any-return]  # noqa: SLF001


def _import(api: dict[str, Any], document: Mapping[str, Any], *, overwrite: bool) -> None:
    """The identity of the API stays, and so do its stages, deployments and tags."""
    from ministack.services import apigateway_v1

    info = document.get("info") or {}
    described = {"name": info.get("title"), "version": info.get("version"), "description": info.get("description")}
    api.update({name: str(value) for name, value in described.items() if value})
    if (media_types := document.get("x-amazon-apigateway-binary-media-types")) is not None:
        api["binaryMediaTypes"] = list(media_types)
    if overwrite:
        _forget(api["id"])
    schemes = apigateway_v1._import_security_schemes(api["id"], document)  # noqa: SLF001
    _put_operations(api["id"], openapi.operations(document), schemes, document.get("security"))


def _forget(api_id: str) -> None:
    """All resources but the root, its methods, and the authorizers of an earlier import."""
    from ministack.services import apigateway_v1

    resources = apigateway_v1._resources.get(api_id, {})  # noqa: SLF001
    root = next(resource for resource in resources.values() if resource["path"] == "/")
    root["resourceMethods"] = {}
    apigateway_v1._resources[api_id] = {root["id"]: root}  # noqa: SLF001
    apigateway_v1._authorizers_v1[api_id] = {}  # noqa: SLF001


def _import_item(
    api_id: str,
    path: str,
    item: Mapping[str, Any] | None,
    schemes: Mapping[str, Any] | None = None,
    security: Any = None,  # noqa: ANN401 - a list of OpenAPI's security requirements
) -> None:
    """One path of a document that MiniStack itself imports."""
    _put_operations(api_id, openapi.operations({"paths": {path: item}}), schemes or {}, security)


def _put_operations(
    api_id: str,
    operations: Iterable[Operation],
    schemes: Mapping[str, Any],
    security: Any,  # noqa: ANN401
) -> None:
    from ministack.services import apigateway_v1

    for operation in operations:
        resource_id = _resource(api_id, operation.path)
        allowed = apigateway_v1._method_security(operation.specification.get("security", security), schemes)  # noqa: SLF001
        apigateway_v1._put_method(api_id, resource_id, operation.method, allowed)  # noqa: SLF001
        if operation.integration:
            _put_integration(api_id, resource_id, operation.method, operation.integration)


def _put_integration(api_id: str, resource_id: str, method: str, integration: Mapping[str, Any]) -> None:
    from ministack.services import apigateway_v1

    kind = {"type": str(integration.get("type", "")).upper()}
    apigateway_v1._put_integration(api_id, resource_id, method, {**integration, **kind})  # noqa: SLF001
    for pattern, response in (integration.get("responses") or {}).items():
        status = str(response.get("statusCode", "200"))
        selected = {**response, "selectionPattern": "" if pattern == "default" else pattern}
        apigateway_v1._put_method_response(api_id, resource_id, method, status, {})  # noqa: SLF001
        apigateway_v1._put_integration_response(api_id, resource_id, method, status, selected)  # noqa: SLF001


def _resource(api_id: str, path: str) -> str:
    """The resource at a path, with those above it made where they are missing."""
    from ministack.services import apigateway_v1

    resources = apigateway_v1._resources[api_id]  # noqa: SLF001
    current: str = next(identity for identity, resource in resources.items() if resource["path"] == "/")
    for part in filter(None, path.split("/")):
        below = (
            i for i, resource in resources.items() if (resource["parentId"], resource["pathPart"]) == (current, part)
        )
        found = next(below, None)
        if found is None:
            _, _, made = apigateway_v1._create_resource(api_id, current, {"pathPart": part})  # noqa: SLF001
            found = json.loads(made)["id"]
        current = found
    return current


def _first(query: Query, name: str) -> str:
    value = query.get(name) or ""
    return value if isinstance(value, str) else value[0]


def _refuse(status: int, kind: str, message: str) -> Response:
    from ministack.services import apigateway_v1

    return apigateway_v1._v1_error(kind, message, status)  # type: ignore[no-any-return]  # noqa: SLF001
