"""The body of a request as its service reads it: unpacked within bounds, JSON that fits its operation, plain XML."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs
from xml.parsers.expat import ExpatError, ParserCreate

from serverless_pipeline.local.gate import limits
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import forms, models, shapes

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from serverless_pipeline.local.gate.head import Head

GZIP = 31
"""zlib's word for its container."""
XML_SERVICES = frozenset({"s3", "cloudfront", "route53"})
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"\x00")
"""What no XML of AWS's holds; a byte of zero is in texts of two bytes for a letter, where the others cannot be seen."""


def inflate(body: bytes, headers: dict[str, str], limit: int) -> bytes:
    """A body that was packed by gzip; its header goes with it.

    Raises:
        Refused: it becomes larger than it may be, or is damaged.
    """
    encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    if "gzip" not in map(str.lower, encodings):
        return body
    inflater = zlib.decompressobj(GZIP)
    try:
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise Refused("SerializationException", f"The body is not gzip: {error}", 400) from None
    if len(inflated) > limit:
        raise limits.too_large(limit)
    if not inflater.eof or inflater.unused_data:
        raise Refused("SerializationException", "The body is not one whole gzip", 400)
    rest = ", ".join(part for part in encodings if part.lower() != "gzip")
    headers.pop("content-encoding")
    if rest:
        headers["content-encoding"] = rest
    return inflated


def fitting(head: Head, body: bytes) -> bytes:
    """The body, if the operation can take it; without members that are `null`.

    Raises:
        Refused: its form is wrong, in the words of AWS.
    """
    if head.headers.get("x-amz-target"):
        return _json(models.operation(head), body or b"{}")
    if head.scope_service in models.ROUTES and body:
        return _rest(models.operation(head), body)
    if head.scope_service in models.FORMS and head.is_form:
        _check_form(head, body)
    elif head.scope_service in XML_SERVICES and body and "policy" not in head.query and not limits.is_object(head):
        _check_xml(body)
    return body


def _check_form(head: Head, body: bytes) -> None:
    form = {**parse_qs(body.decode(errors="replace"), keep_blank_values=True), **head.query}
    operation = models.action(head, form.get("Action", [""])[0])
    if operation:
        forms.check(operation, form)


def _rest(operation: OperationModel | None, body: bytes) -> bytes:
    """What a REST operation gets; the payload of some is whatever the caller makes it."""
    shape: Any = operation.input_shape if operation else None
    if shape is None:
        return body
    payload = shape.serialization.get("payload")
    if payload is None:
        return _json(operation, body)
    if shape.members[payload].type_name != "structure":
        return body
    return _parsed(shape.members[payload], body)


def _json(operation: OperationModel | None, body: bytes) -> bytes:
    return _parsed(operation.input_shape if operation else None, body)


def _parsed(shape: Any, body: bytes) -> bytes:  # noqa: ANN401 - a StructureShape or None
    changed = shapes.Changed()
    try:
        document = _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        reason = "it is too deep" if isinstance(error, RecursionError) else str(error)[:200]
        raise Refused("SerializationException", f"The request is not JSON: {reason}", 400) from None
    if not isinstance(document, dict):
        raise Refused("SerializationException", "The request must be a JSON object", 400)
    document = shapes.fit(shape, document, "", changed)
    return json.dumps(document).encode() if changed.yes else body


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _check_xml(body: bytes) -> None:
    """Whether a document is XML such as AWS's, of no declarations and no depth.

    Raises:
        Refused: MalformedXML, as S3's.
    """
    depth = 0

    def begin(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > shapes.DEEPEST:
            raise ValueError("too deep")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    malformed = Refused(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        400,
    )
    if any(word in body for word in _DECLARATIONS):
        raise malformed
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the parser's own
    except (ExpatError, ValueError):
        raise malformed from None
