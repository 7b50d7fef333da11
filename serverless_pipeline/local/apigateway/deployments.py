"""A deployment of a REST API keeps a copy of the API's resources, and a stage serves the copy of its deployment.

MiniStack deploys an API that has no method, which API Gateway refuses. Its stages serve the resources as they are now,
so a stage could not go back to an earlier deployment. Here the copy lies beside the resources of the API, under a key
that no API can have. Authorizers, models and validators are not copied. See
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html.
"""

import copy
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], bytes]
Match = tuple[dict[str, Any] | None, dict[str, str] | None]

DEPLOYMENT = "AWS::ApiGateway::Deployment"
_DEPLOYMENT: ContextVar[str] = ContextVar("deployment", default="")
"""The ID of the deployment that is being served."""


class NotDeployable(Exception):
    """An API has nothing to be deployed, in API Gateway's words."""


def install() -> None:
    """Copy at a deployment, serve the copy, forget it with the deployment or the API."""
    seams.CREATE_DEPLOYMENT.wrap(copying)
    handlers = seams.RESOURCE_HANDLERS.value[DEPLOYMENT]
    handlers["create"] = demanding(handlers["create"])
    seams.DELETE_DEPLOYMENT.wrap(forgetting)
    seams.DELETE_REST_API.wrap(forgetting_all)
    seams.EXECUTE_IN_SCOPE.wrap(serving)
    seams.METHOD_AUTHORIZATION_TYPE.wrap(authorizing)
    seams.MATCH_RESOURCE_TREE.wrap(matching)
    seams.MATCH_GREEDY_FALLBACK.wrap(matching)


def copying(create: Callable[[str, dict[str, Any]], Response]) -> Callable[[str, dict[str, Any]], Response]:
    """Nothing answers a request between the creation and the copy: both happen in one step of the event loop."""

    def create_copy(api_id: str, data: dict[str, Any]) -> Response:
        if words := refusal(api_id):
            return seams.APIGATEWAY_ERROR("BadRequestException", words, HTTPStatus.BAD_REQUEST)  # type: ignore[no-any-return]
        status, headers, body = create(api_id, data)
        if status == HTTPStatus.CREATED:
            resources = seams.API_RESOURCES.value
            resources[_key(api_id, json.loads(body)["id"])] = copy.deepcopy(resources.get(api_id, {}))
        return status, headers, body

    return create_copy


def refusal(api_id: str) -> str:
    """Why an API cannot be deployed, in API Gateway's words; empty if it can, or is not there."""
    methods = [
        method
        for resource in seams.API_RESOURCES.value.get(api_id, {}).values()
        for method in (resource.get("resourceMethods") or {}).values()
    ]
    if api_id in seams.REST_APIS.value and not methods:
        return "The REST API doesn't contain any methods"
    return "" if all(method.get("methodIntegration") for method in methods) else "No integration defined for method"


def demanding(create: Callable[..., Any]) -> Callable[..., Any]:
    """A deployment in a template, of an API that can be deployed."""

    def create_deployable(logical_id: str, properties: dict[str, Any], stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        if words := refusal(str(properties.get("RestApiId", ""))):
            raise NotDeployable(f"{words} (Service: ApiGateway, Status Code: 400)")
        return create(logical_id, properties, stack)

    return create_deployable


def forgetting(delete: Callable[[str, str], Response]) -> Callable[[str, str], Response]:
    """The copy goes with its deployment."""

    def forget(api_id: str, deployment_id: str) -> Response:
        seams.API_RESOURCES.value.pop(_key(api_id, deployment_id), None)
        return delete(api_id, deployment_id)

    return forget


def forgetting_all(delete: Callable[[str], Response]) -> Callable[[str], Response]:
    """The copies go with their API."""

    def forget(api_id: str) -> Response:
        for deployment_id in seams.DEPLOYMENTS.value.get(api_id, {}):
            seams.API_RESOURCES.value.pop(_key(api_id, deployment_id), None)
        return delete(api_id)

    return forget


def serving(execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request finds its resource in the copy of the stage's deployment."""

    async def serve(request: dict[str, Any], api_id: str, stage_name: str, *others: Any) -> Any:  # noqa: ANN401
        token = _DEPLOYMENT.set(_deployment_of(api_id, stage_name))
        try:
            return await execute(request, api_id, stage_name, *others)
        finally:
            _DEPLOYMENT.reset(token)

    return serve


def authorizing(authorization_type: Callable[[str, str, str, str], Any]) -> Callable[[str, str, str, str], Any]:
    """Whether a request has to be signed is told from that copy as well."""

    def authorize(api_id: str, stage_name: str, method: str, path: str) -> Any:  # noqa: ANN401
        token = _DEPLOYMENT.set(_deployment_of(api_id, stage_name))
        try:
            return authorization_type(api_id, stage_name, method, path)
        finally:
            _DEPLOYMENT.reset(token)

    return authorize


def matching(match: Callable[..., Match]) -> Callable[..., Match]:
    """Match against the copy; the console's test of a method, which has no stage, against the resources themselves."""

    def match_copy(api_id: str, *others: Any) -> Match:  # noqa: ANN401
        deployment_id = _DEPLOYMENT.get()
        return match(_key(api_id, deployment_id) if deployment_id else api_id, *others)

    return match_copy


def _key(api_id: str, deployment_id: str) -> str:
    return f"{api_id}/{deployment_id}"


def _deployment_of(api_id: str, stage_name: str) -> str:
    stage = seams.STAGES_FOR_API(api_id).get(stage_name) or {}
    return str(stage.get("deploymentId") or "")
