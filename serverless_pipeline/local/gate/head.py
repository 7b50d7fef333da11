"""The head of a request, read once: what is known before any of its body is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.refusal import CBOR, FORM, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.reply import Scope

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
VERSIONS = frozenset({"1.0", "1.1"})
_SCOPE = re.compile(r"Credential=[^/,\s]*/[^/,\s]*/[^/,\s]*/([^/,\s]+)/")


@dataclass(frozen=True)
class Head:
    """`headers` by lower-case name; one that came several times holds its values joined by a bare comma."""

    method: str
    path: str
    raw_path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        """The host a client asked for, without the port."""
        name = self.headers.get("host", "")
        return name.rpartition(":")[0] or name

    @property
    def has_body(self) -> bool:
        """Whether one is announced."""
        return self.headers.get("content-length", "0") != "0" or "transfer-encoding" in self.headers

    @property
    def is_form(self) -> bool:
        return self.headers.get("content-type", "").startswith(FORM) or "Action" in self.query

    @property
    def is_cbor(self) -> bool:
        return "cbor" in self.headers.get("smithy-protocol", "") or self.headers.get("content-type") == CBOR

    @cached_property
    def scope_service(self) -> str:
        """The service that the signature names, empty if none is: `s3` in `Credential=key/date/region/s3/…`."""
        match = _SCOPE.search(self.headers.get("authorization", ""))
        if match:
            return match[1]
        parts = (self.query.get("X-Amz-Credential") or [""])[0].split("/")
        return parts[3] if len(parts) > 4 else ""  # noqa: PLR2004 - key/date/region/service/aws4_request


def read(scope: Scope) -> Head:
    """The head of a request, or of a handshake."""
    query = parse_qs(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    return Head(scope.get("method", "GET"), scope["path"], _raw_path(scope), query, _headers(scope["headers"]))


def check(head: Head, version: str) -> None:
    """Turn away what is no request to serve.

    Raises:
        Refused: another version of HTTP, an address of somewhere else, two ways to tell how long its body is.
    """
    if version not in VERSIONS:
        raise Refused("", "The embedded AWS speaks HTTP/1.1.", 400)
    if head.method not in METHODS:
        raise Refused("", f"The embedded AWS knows no method {head.method[:20]}.", 405)
    if not head.raw_path.startswith("/"):
        raise Refused("", "A request names a path here, and no other host.", 400)
    if "transfer-encoding" in head.headers and "content-length" in head.headers:
        raise Refused("", "A request has Content-Length or Transfer-Encoding, not both.", 400)


def _raw_path(scope: Scope) -> str:
    """The path as it was sent."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.decode("latin-1")


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), seams.DECODE_HEADER_VALUE(value)
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers
