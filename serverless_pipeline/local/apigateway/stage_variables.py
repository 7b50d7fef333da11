"""A stage's variables stand in the addresses of its integrations, as `${stageVariables.name}`.

MiniStack hands them to functions and to mappings, and calls an address as it is written. See
https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html.
"""

import copy
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.apigateway.openapi import STAGE_VARIABLE

Match = tuple[dict[str, Any] | None, dict[str, str] | None]

_VARIABLES: ContextVar[Mapping[str, str] | None] = ContextVar("variables", default=None)
"""Those of the stage that is being served."""


def install() -> None:
    """Put in what a stage says wherever a request finds its resource."""
    seams.EXECUTE_IN_SCOPE.wrap(serving)
    seams.MATCH_RESOURCE_TREE.wrap(matching)
    seams.MATCH_GREEDY_FALLBACK.wrap(matching)


def serving(execute: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request to a stage."""

    async def serve(request: dict[str, Any], api_id: str, stage_name: str, *others: Any) -> Any:  # noqa: ANN401
        stage = seams.STAGES_FOR_API(api_id).get(stage_name) or {}
        token = _VARIABLES.set(stage.get("variables") or {})
        try:
            return await execute(request, api_id, stage_name, *others)
        finally:
            _VARIABLES.reset(token)

    return serve


def matching(match: Callable[..., Match]) -> Callable[..., Match]:
    """A resource with the addresses that this stage calls."""

    def match_filled(*request: Any) -> Match:  # noqa: ANN401 - as MiniStack's
        resource, parameters = match(*request)
        variables = _VARIABLES.get()
        return (_filled(resource, variables) if resource and variables is not None else resource), parameters

    return match_filled


def _filled(resource: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    filled = {**resource, "resourceMethods": copy.deepcopy(resource.get("resourceMethods") or {})}
    for method in filled["resourceMethods"].values():
        integration = method.get("methodIntegration") or {}
        if uri := integration.get("uri"):
            integration["uri"] = STAGE_VARIABLE.sub(lambda found: str(variables.get(found[1], "")), str(uri))
    return filled
