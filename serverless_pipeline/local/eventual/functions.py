"""A function is pending after it is made, and its update is in progress for a while.

MiniStack tells these states for half a second, calls a function pending that is only updated, and lets anybody do
anything meanwhile. On AWS a function that is pending is not invoked, and one that is made or updated is neither updated
nor published: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html. CloudFormation waits by itself for
each step that it takes, so what it does is not held up.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], bytes]
Serve = Callable[..., Awaitable[Response]]

SERVICE = "lambda"
_CHANGES = re.compile(r"/\d{4}-\d\d-\d\d/functions/(?P<name>[^/]+)/(?P<what>code|configuration|versions|invocations)/?")
_EARLY = "The operation cannot be performed at this time."
_PLACE = 6
"""Where the name stands in the ARN of a function."""
_BY_REQUEST: ContextVar[bool] = ContextVar("by_request", default=False)


def install(seconds: float) -> None:
    """Let functions take as many seconds."""
    seams.SCHEDULE_STATE_TRANSITION.wrap(lambda schedule: delaying(schedule, seconds))
    handlers = seams.SERVICE_HANDLERS.value
    handlers[SERVICE] = conflicting(handlers[SERVICE])


def delaying(schedule: Callable[[str, float], None], seconds: float) -> Callable[[str, float], None]:
    """How long a function is not ready: the chosen time after a request, none where CloudFormation waited."""
    return lambda name, _delay: schedule(name, seconds if _BY_REQUEST.get() else 0.0)


def conflicting(serve: Serve) -> Serve:
    """Requests to Lambda; those that come too early conflict with what is going on."""

    async def serve_ready(method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        asked = _CHANGES.fullmatch(path)
        configuration = _configuration(asked["name"]) if asked else {}
        if asked and (words := _conflict(configuration, method, asked["what"])):
            return seams.ERROR_RESPONSE_JSON("ResourceConflictException", words, HTTPStatus.CONFLICT.value)  # type: ignore[no-any-return]
        before = configuration.get("State")
        token = _BY_REQUEST.set(True)
        try:
            answer = await serve(method, path, *request)
        finally:
            _BY_REQUEST.reset(token)
        return _still_active(answer, configuration) if method == "PUT" and before == "Active" else answer

    return serve_ready


def _conflict(configuration: Mapping[str, Any], method: str, what: str) -> str:
    """Why a function cannot do this now, in Lambda's words; empty if it can."""
    if what == "invocations":
        is_pending = configuration.get("State") == "Pending"
        return f"{_EARLY} The function is currently in the following state: Pending" if is_pending else ""
    changes = method == "PUT" or (method == "POST" and what == "versions")
    if changes and configuration.get("LastUpdateStatus") == "InProgress":
        return f"{_EARLY} An update is in progress for resource: {configuration.get('FunctionArn')}"
    return ""


def _still_active(answer: Response, configuration: dict[str, Any]) -> Response:
    """A function goes on as it was while it is updated."""
    status, headers, body = answer
    if status != HTTPStatus.OK or configuration.get("State") != "Pending":
        return answer
    active = {"State": "Active", "StateReason": "", "StateReasonCode": ""}
    configuration.update(active)
    return status, headers, json.dumps({**json.loads(body), **active}).encode()


def _configuration(name: str) -> dict[str, Any]:
    """The configuration of a function by its name or ARN, whatever qualifier it has; empty if it is not there."""
    reference = unquote(name)
    parts = reference.split(":")
    function = parts[_PLACE] if reference.startswith("arn:") and len(parts) > _PLACE else parts[0]
    record = seams.LAMBDA_FUNCTIONS.value.get(function) or {}
    configuration: dict[str, Any] = record.get("config") or {}
    return configuration
