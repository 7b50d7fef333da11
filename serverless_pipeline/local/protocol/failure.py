"""A request that a service of MiniStack's stumbles over is refused, and not answered as a failure of the server.

MiniStack reads what it needs of a request where it needs it, and answers 500 for what it does not find there. A
client tries such an answer again and again; on AWS it would have been told what is wrong. The kinds of error below
are those of reading; others stay what they are. Where it stumbled stands in the log of the server.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import refusal
from serverless_pipeline.local.gate.head import Head
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from serverless_pipeline.local.gate.refusal import Response

READING = (LookupError, TypeError, AttributeError, ValueError, RecursionError)


def install() -> None:
    """Stand around each service, of ours too."""
    handlers = seams.SERVICE_HANDLERS.value
    for name, handler in handlers.items():
        handlers[name] = refusing(handler)


def refusing(handler: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Answer as before, but for what cannot be read."""

    async def answer(*request: Any) -> Response:  # noqa: ANN401 - MiniStack's own arguments
        try:
            return await handler(*request)
        except READING as error:
            return refuse(request, error)

    return answer


def refuse(request: tuple[Any, ...], error: Exception) -> Response:
    """What is said of a request that a service stumbled over."""
    method, path, headers, _body, query = request[:5]
    head = Head(method, path, path, query, headers)
    sys.stderr.write(f"{method} {path} of {head.scope_service} could not be read:\n")
    sys.stderr.write("".join(traceback.format_exception(error)).encode(errors="replace").decode())
    words = f"The embedded AWS could not read this request, its log says where: {type(error).__name__}: {error}"
    code = "ValidationError" if head.is_form else "ValidationException"
    return refusal.write(head, Refused(code, words[:500].encode(errors="replace").decode(), 400))
