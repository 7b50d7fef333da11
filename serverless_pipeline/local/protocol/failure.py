"""A service that stumbles over a request: a mistake of the request's, or a fault of ours; told by where it stumbled.

MiniStack reads what it needs of a request where it needs it, and answers 500 for what it does not find there. A
client tries such an answer again and again; on AWS it would have been told what is wrong. So an error of reading that
MiniStack's own code raised is the request's. One that code of ours raised is not: what ours reads of a request is
checked before (documents.py), so it says InternalFailure
(https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html), and so does every other error. Where it
stumbled stands in the log of the server.
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
OURS, THEIRS = "serverless_pipeline.local", "ministack"
_AROUND = __name__
"""This module stands around every service, and raises nothing itself."""


def install() -> None:
    """Stand around each service, of ours too."""
    handlers = seams.SERVICE_HANDLERS.value
    for name, handler in handlers.items():
        handlers[name] = refusing(handler)


def refusing(handler: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Answer as before, but for what cannot be read, and what is broken."""

    async def answer(*request: Any) -> Response:  # noqa: ANN401 - MiniStack's own arguments
        try:
            return await handler(*request)
        except Exception as error:  # noqa: BLE001 - the last one who can answer in the protocol of the service
            return refuse(request, error)

    return answer


def refuse(request: tuple[Any, ...], error: Exception) -> Response:
    """What is said of a request that a service stumbled over."""
    if isinstance(error, Refused):
        return refusal.write(_head(request), error)
    is_mistake = isinstance(error, READING) and not is_ours(error)
    _log(request, error, "could not be read" if is_mistake else "failed")
    head = _head(request)
    name = f"{type(error).__name__}: {error}"
    if is_mistake:
        code = "ValidationError" if head.is_form else "ValidationException"
        return _write(head, code, f"The embedded AWS could not read this request, its log says where: {name}", 400)
    code = "InternalError" if head.scope_service == "s3" else "InternalFailure"
    return _write(head, code, f"The embedded AWS failed, and its log says where; please report it: {name}", 500)


def is_ours(error: BaseException) -> bool:
    """Whether the innermost code that is ours or MiniStack's, when the error came up, is ours."""
    modules = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__)]
    owners = [module for module in modules if module.startswith((f"{OURS}.", f"{THEIRS}.")) and module != _AROUND]
    return bool(owners) and owners[-1].startswith(OURS)


def _head(request: tuple[Any, ...]) -> Head:
    method, path, headers, _body, query = request[:5]
    return Head(method, path, path, query, headers)


def _log(request: tuple[Any, ...], error: Exception, what: str) -> None:
    method, path = request[:2]
    sys.stderr.write(f"{method} {path} of {_head(request).scope_service} {what}:\n")
    sys.stderr.write("".join(traceback.format_exception(error)).encode(errors="replace").decode())


def _write(head: Head, code: str, words: str, status: int) -> Response:
    return refusal.write(head, Refused(code, words[:500].encode(errors="replace").decode(), status))
