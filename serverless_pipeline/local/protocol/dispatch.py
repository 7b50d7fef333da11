"""What stands between the gate and a service: its request in good form, and its answer if there is no such service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import limits, refusal
from serverless_pipeline.local.gate.handover import VERIFIED
from serverless_pipeline.local.gate.head import Head
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import absence, documents, failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from serverless_pipeline.local.gate.refusal import Response

    Dispatch = Callable[..., Awaitable[Response]]


def install() -> None:
    """Look at each request to a service, and at its answer."""
    seams.DISPATCH.wrap(checking)
    seams.DECOMPRESS.replace(inflating)
    seams.IS_AWS_SERVICE_NAME.replace(absence.is_service)


def checking(dispatch: Dispatch) -> Dispatch:
    """A service gets only what it can take, and what is not there says so."""

    async def check(*request: Any) -> Response:  # noqa: ANN401 - MiniStack's own arguments
        method, path, headers, body, query, request_id = request
        head = Head(method, path, path, query, headers)
        try:
            if head.scope_service != "s3":
                body = inflating(body, headers)
            absence.check(head)
            body = documents.fitting(head, body)
            answer = await dispatch(method, path, headers, body, query, request_id)
        except Refused as refused:
            return refusal.write(head, refused)
        except Exception as error:  # noqa: BLE001 - IAM looks into the request before the service does
            return failure.refuse(request, error)
        return absence.told(head, body, answer)

    return check


def inflating(body: bytes, headers: dict[str, str]) -> bytes:
    """A body that was packed, as large as the service takes; nothing of somebody who signed nothing is unpacked.

    Raises:
        Refused: it is too large, or nobody's.
    """
    if "gzip" not in headers.get("content-encoding", "").lower():
        return body
    if not VERIFIED.get():
        raise Refused("UnsupportedMediaType", "A body that is packed must be signed", 415)
    return documents.inflate(body, headers, limits.of_service(Head("POST", "/", "/", {}, headers)))
