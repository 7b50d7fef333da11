"""An alias that was moved goes on sending invocations where it sent them, for a while; GetAlias tells the new route.

Lambda says when a function is ready for its new code
(https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html), and says nothing of when the last invocation went
the old way of an alias that was updated (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html): nobody
may count on it that none does. A new alias answers at once, and so does one that CloudFormation moves.
"""

import copy
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import aliases

Response = tuple[int, dict[str, str], bytes]
Serve = Callable[..., Awaitable[Response]]

SERVICE = "lambda"
_ALIAS = re.compile(r"/\d{4}-\d\d-\d\d/functions/(?P<function>[^/]+)/aliases/(?P<alias>[^/]+)/?")

_before: dict[tuple[str, str, str], tuple[float, aliases.Record]] = {}
"""By account, function and alias: until when it is as it was, and how that is."""


def install(seconds: float) -> None:
    """Let aliases move in as many seconds."""
    _before.clear()
    handlers = seams.SERVICE_HANDLERS.value
    handlers[SERVICE] = moving(handlers[SERVICE], seconds, time.monotonic)
    aliases.unless(lambda function, alias: former(function, alias, time.monotonic()))


def moving(serve: Serve, seconds: float, clock: Callable[[], float]) -> Serve:
    """Requests to Lambda; what an alias was before one moved it."""

    async def serve_noted(method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        asked = _ALIAS.fullmatch(path) if method == "PUT" else None
        if asked is None:
            return await serve(method, path, *request)
        function, _ = seams.RESOLVE_NAME_AND_QUALIFIER(unquote(asked["function"]))
        alias = unquote(asked["alias"])
        before = former(function, alias, clock()) or copy.deepcopy(aliases.record(function, alias))
        answer = await serve(method, path, *request)
        if before and answer[0] == HTTPStatus.OK:
            _before[seams.GET_ACCOUNT_ID(), function, alias] = (clock() + seconds, before)
        return answer

    return serve_noted


def former(function: str, alias: str, now: float) -> aliases.Record | None:
    """The alias as it was, if it has not moved everywhere yet."""
    until, before = _before.get((seams.GET_ACCOUNT_ID(), function, alias), (now, None))
    return before if until > now else None
