"""A request that the gate turns away, and how that is said: in the protocol of the service that it was meant for."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams
from serverless_pipeline.local.reply import TEXT

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

Response = tuple[int, dict[str, str], bytes]
"""As MiniStack's own: status, headers, body."""

FORM = "application/x-www-form-urlencoded"
CBOR = "application/cbor"
WRAPPED_XML = frozenset({"cloudfront", "route53"})
"""REST services that answer in the XML of the query protocol."""


@dataclass
class Refused(Exception):
    """Why a request goes no further.

    With `status` 0 the service's own tables say the status and the words; without a code it is said in plain text.
    """

    code: str
    message: str
    status: int = 0

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def answer(head: Head, refused: Refused) -> Response:
    """What a client of the service that was meant can read."""
    if not refused.code:
        return refused.status, {"Content-Type": TEXT, "Cache-Control": "no-store"}, f"{refused.message}\n".encode()
    if refused.status:
        return write(head, refused)
    service = seams.DETECT_SERVICE(head.method, head.path, head.headers, head.query)
    status, headers, body = seams.ACCESS_DENIED_RESPONSE(
        service, "", "", str(uuid.uuid4()), error_code=refused.code, message=refused.message, headers=head.headers
    )
    seams.FIX_ERROR_CONTENT_TYPE(service, status, headers)
    return status, headers, body


def write(head: Head, refused: Refused) -> Response:
    """An error in the form that the request shows: CBOR, JSON, the query protocol's XML, S3's XML, or REST's JSON."""
    request_id = str(uuid.uuid4())
    code, message = escape(refused.code), escape(refused.message)
    if head.is_cbor:
        headers = {"Content-Type": CBOR, "smithy-protocol": "rpc-v2-cbor"}
        return refused.status, headers, _cbor({"__type": refused.code, "message": refused.message})
    if head.headers.get("x-amz-target"):
        kind = head.headers.get("content-type", "")
        headers = {"Content-Type": kind if "json" in kind else "application/x-amz-json-1.1"}
        return refused.status, headers | _named(refused), _json(refused)
    if head.is_form or head.scope_service in WRAPPED_XML:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return refused.status, {"Content-Type": "text/xml"}, text.encode()
    if head.scope_service in {"", "s3"}:
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
            f"<RequestId>{request_id}</RequestId></Error>"
        )
        return refused.status, {"Content-Type": "application/xml"}, text.encode()
    return refused.status, {"Content-Type": "application/json"} | _named(refused), _json(refused)


def _named(refused: Refused) -> dict[str, str]:
    return {"x-amzn-errortype": refused.code}


def _json(refused: Refused) -> bytes:
    return json.dumps({"__type": refused.code, "message": refused.message}).encode()


def _cbor(pairs: dict[str, str]) -> bytes:
    """A map of texts, by https://www.rfc-editor.org/rfc/rfc8949#section-3.1: major types 5 and 3."""
    parts = [bytes([0xA0 | len(pairs)])]
    for text in (text for pair in pairs.items() for text in pair):
        data = text.encode()
        parts += [b"\x79", len(data).to_bytes(2), data]
    return b"".join(parts)
