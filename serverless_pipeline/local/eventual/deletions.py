"""A function that is deleted is there for a while, in the state Deleting.

Its name is taken meanwhile, it can be neither invoked nor changed, and it is listed
(https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html, `State`;
https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, ResourceConflictException). What CloudFormation
deletes it waits for, so that is gone at once; and so is a version that is deleted by its number.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], bytes]
Serve = Callable[..., Awaitable[Response]]
Sleep = Callable[[float], Awaitable[None]]

SERVICE = "lambda"
STATE = "Deleting"
_FUNCTIONS = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/(?P<name>[^/]+)(?P<rest>/.*)?)?")
_EARLY = f"The operation cannot be performed at this time. The function is currently in the following state: {STATE}"

_tasks: set[asyncio.Task[Response]] = set()
"""The loop itself keeps no task alive."""


def install(seconds: float) -> None:
    """Let the deletion of functions take as many seconds."""
    handlers = seams.SERVICE_HANDLERS.value
    handlers[SERVICE] = deleting(handlers[SERVICE], seconds, asyncio.sleep)


def deleting(serve: Serve, seconds: float, sleep: Sleep) -> Serve:
    """Requests to Lambda; a deletion is begun, and done later."""

    async def serve_or_begin(method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        asked = _FUNCTIONS.fullmatch(path.rstrip("/"))
        configuration = _configuration(asked, method, request[1]) if asked else {}
        if configuration.get("State") == STATE and method != "GET":
            return seams.ERROR_RESPONSE_JSON("ResourceConflictException", _EARLY, HTTPStatus.CONFLICT.value)  # type: ignore[no-any-return]
        if not configuration or not asked or method != "DELETE" or asked["rest"] or "Qualifier" in request[2]:
            return await serve(method, path, *request)
        configuration.update({"State": STATE, "StateReason": "The function is being deleted."})

        async def finish() -> Response:
            await sleep(seconds)
            return await serve(method, path, *request)

        task = asyncio.get_running_loop().create_task(finish())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        return HTTPStatus.NO_CONTENT.value, {}, b""

    return serve_or_begin


def _configuration(asked: re.Match[str], method: str, body: bytes) -> dict[str, Any]:
    """The configuration of the function that a request is about; empty if there is none."""
    name = asked["name"] or (_name(body) if method == "POST" else "")
    function, qualifier = seams.RESOLVE_NAME_AND_QUALIFIER(unquote(name))
    if qualifier and method == "DELETE":
        return {}
    record: Mapping[str, Any] = seams.LAMBDA_FUNCTIONS.value.get(function) or {}
    configuration: dict[str, Any] = record.get("config") or {}
    return configuration


def _name(body: bytes) -> str:
    """The name that a function is to get."""
    try:
        return str(json.loads(body).get("FunctionName", ""))
    except (ValueError, AttributeError):
        return ""
