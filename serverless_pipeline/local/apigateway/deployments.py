"""A deployment of a REST API keeps a copy of the API's resources, and a stage serves the copy of its deployment.

MiniStack's stages serve the resources as they are now, so a stage could not go back to an earlier deployment. Here
the copy lies beside the resources of the API, under a key that no API can have. Authorizers, models and validators are
not copied. See https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html.
"""

import copy
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

Response = tuple[int, dict[str, str], bytes]
Matched = tuple[dict[str, Any] | None, dict[str, str] | None]

_CREATED = 201
_served: ContextVar[str] = ContextVar("served", default="")


def install() -> None:
    """Copy at a deployment, serve the copy, forget it with the deployment or the API."""
    from ministack.services import apigateway_v1 as service

    service._create_deployment = _kept(service._create_deployment)  # noqa: SLF001
    service._delete_deployment = _forgotten(service._delete_deployment)  # noqa: SLF001
    service._delete_rest_api = _all_forgotten(service._delete_rest_api)  # noqa: SLF001
    service._execute_in_scope = _routed(service._execute_in_scope)  # noqa: SLF001
    service.method_authorization_type = _checked(service.method_authorization_type)
    service._match_resource_tree = _matched(service._match_resource_tree)  # noqa: SLF001
    service._match_greedy_fallback = _matched(service._match_greedy_fallback)  # noqa: SLF001


def _key(api_id: str, deployment_id: str) -> str:
    return f"{api_id}/{deployment_id}"


def _kept(create: Callable[[str, dict[str, Any]], Response]) -> Callable[[str, dict[str, Any]], Response]:
    """Nothing answers a request between the creation and the copy: both happen in one step of the event loop."""

    def kept(api_id: str, data: dict[str, Any]) -> Response:
        from ministack.services import apigateway_v1

        status, headers, body = create(api_id, data)
        if status == _CREATED:
            resources = apigateway_v1._resources  # noqa: SLF001
            resources[_key(api_id, json.loads(body)["id"])] = copy.deepcopy(resources.get(api_id, {}))
        return status, headers, body

    return kept


def _forgotten(delete: Callable[[str, str], Response]) -> Callable[[str, str], Response]:
    def forgotten(api_id: str, deployment_id: str) -> Response:
        _forget(api_id, deployment_id)
        return delete(api_id, deployment_id)

    return forgotten


def _all_forgotten(delete: Callable[[str], Response]) -> Callable[[str], Response]:
    def forgotten(api_id: str) -> Response:
        from ministack.services import apigateway_v1

        for deployment_id in apigateway_v1._deployments_v1.get(api_id, {}):  # noqa: SLF001
            _forget(api_id, deployment_id)
        return delete(api_id)

    return forgotten


def _forget(api_id: str, deployment_id: str) -> None:
    from ministack.services import apigateway_v1

    apigateway_v1._resources.pop(_key(api_id, deployment_id), None)  # noqa: SLF001


def _routed(execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request finds its resource in the copy of the stage's deployment."""

    async def routed(request: dict[str, Any], api_id: str, stage_name: str, *others: Any) -> Any:  # noqa: ANN401
        token = _served.set(_deployment(api_id, stage_name))
        try:
            return await execute(request, api_id, stage_name, *others)
        finally:
            _served.reset(token)

    return routed


def _checked(authorization_type: Callable[[str, str, str, str], Any]) -> Callable[[str, str, str, str], Any]:
    """Whether a request has to be signed is told from that copy as well."""

    def checked(api_id: str, stage_name: str, method: str, path: str) -> Any:  # noqa: ANN401
        token = _served.set(_deployment(api_id, stage_name))
        try:
            return authorization_type(api_id, stage_name, method, path)
        finally:
            _served.reset(token)

    return checked


def _deployment(api_id: str, stage_name: str) -> str:
    from ministack.services import apigateway_v1

    stage = apigateway_v1.stages_for_api(api_id).get(stage_name) or {}
    return str(stage.get("deploymentId") or "")


def _matched(match: Callable[..., Matched]) -> Callable[..., Matched]:
    """Match against the copy; the console's test of a method, which has no stage, against the resources themselves."""

    def matched(api_id: str, *others: Any) -> Matched:  # noqa: ANN401
        deployment_id = _served.get()
        return match(_key(api_id, deployment_id) if deployment_id else api_id, *others)

    return matched
