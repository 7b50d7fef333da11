"""An API invokes a function that lets it in, or as the role that its integration names.

MiniStack invokes any function. On AWS the function's policy has to let API Gateway in for the API, the stage, the
method and the path, or the integration has credentials; a request is answered with 500 otherwise, which is what most
people see first when a permission is missing:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import decisions, deliveries

GATEWAY = "apigateway.amazonaws.com"
DEFAULT = "$default"

Response = tuple[int, dict[str, str], bytes]
Invoke = Callable[..., Awaitable[Response]]


def install() -> None:
    """Ask before a function is invoked, for both kinds of integrations of a REST API and for those of an HTTP API."""
    seams.INVOKE_PROXY_OF_REST_API.wrap(of_rest_api)
    seams.INVOKE_CUSTOM_OF_REST_API.wrap(of_rest_api)
    seams.INVOKE_PROXY_OF_HTTP_API.wrap(of_http_api)


def of_rest_api(invoke: Invoke) -> Invoke:
    """An integration of a method of a resource."""

    async def invoke_allowed(*words: Any, **options: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        integration, api_id, stage_name, _, resource, path, method, *_ = words
        source = _source(api_id, stage_name, f"{method}{resource.get('path', path)}", options)
        if _is_let_in(str(integration.get("uri", "")), integration.get("credentials"), source):
            return await invoke(*words, **options)
        return _refuse("Internal server error")

    return invoke_allowed


def of_http_api(invoke: Invoke) -> Invoke:
    """An integration of a route."""

    async def invoke_allowed(*words: Any, **options: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        integration, api_id, stage, _, method, _, _, _, route_key, *_ = words
        route = DEFAULT if route_key == DEFAULT else f"{method}{route_key.partition(' ')[2]}"
        source = _source(api_id, stage, route, options)
        if _is_let_in(str(integration.get("integrationUri", "")), integration.get("credentialsArn"), source):
            return await invoke(*words, **options)
        return _refuse("Internal Server Error")

    return invoke_allowed


def _source(api_id: str, stage: str, route: str, owner: Mapping[str, Any]) -> str:
    """The ARN that a function's policy may name, with stars or without."""
    region = owner.get("owner_region") or seams.GET_REGION()
    account = owner.get("owner_account_id") or seams.GET_ACCOUNT_ID()
    return f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{route}"


def _is_let_in(uri: str, credentials: str | None, source: str) -> bool:
    """Whether a function may be invoked; one that is not named by its ARN is not looked at."""
    function = uri.partition("/functions/")[2].removesuffix("/invocations") or uri
    if not function.startswith("arn:aws:lambda:"):
        return True
    if credentials:
        allowed = decisions.may(credentials, deliveries.INVOKE, function)
    else:
        allowed = deliveries.function_lets_in(function, GATEWAY, source)
    if not allowed:
        sys.stderr.write(f"{source} may not invoke {function}; add an AWS::Lambda::Permission\n")
    return allowed


def _refuse(message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    return HTTPStatus.INTERNAL_SERVER_ERROR.value, {"Content-Type": "application/json"}, body
