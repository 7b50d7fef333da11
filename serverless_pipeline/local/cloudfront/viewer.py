"""A distribution answers at `/_cloudfront/<name>/`; its name is the first label of its `DomainName`, or its ID.

So `https://d111111abcdef8.cloudfront.net/guide/` is `/_cloudfront/d111111abcdef8/guide/` on this machine. A viewer is
taken for one that came by https, since that is what the address stands for.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import invalidations, remarks
from serverless_pipeline.local.cloudfront.cache import CACHE
from serverless_pipeline.local.cloudfront.origin import VIEWING, Viewing
from serverless_pipeline.local.reply import Receive, Scope, Send, say

PREFIX = "/_cloudfront/"

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"})


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request of a viewer."""
    name, slash, _ = scope["path"].removeprefix(PREFIX).partition("/")
    distribution = find(name)
    if distribution is None:
        await say(send, 404, f"There is no distribution {name}.\n")
    elif not slash:
        await say(send, 302, "", headers=[(b"location", f"{PREFIX}{quote(name)}/".encode())])
    elif not distribution["enabled"]:
        await say(send, 403, f"The distribution {name} is disabled.\n")
    else:
        remarks.log(distribution)
        invalidations.settle(distribution["Id"], CACHE, time.monotonic())
        await _answer(distribution, f"{PREFIX}{name}", scope, await _body(receive), send)


def find(name: str) -> Mapping[str, Any] | None:
    """The distribution of a name, or None."""
    domain = f"{name}.cloudfront.net"
    distributions: Mapping[str, Mapping[str, Any]] = seams.DISTRIBUTIONS.value
    return distributions.get(name) or next((one for one in distributions.values() if one["DomainName"] == domain), None)


async def _answer(distribution: Mapping[str, Any], root: str, scope: Scope, body: bytes, send: Send) -> None:
    path = scope["path"].removeprefix(root)
    query = scope["query_string"].decode("latin-1")
    viewing = Viewing(distribution, path)
    token = VIEWING.set(viewing)
    try:
        status, headers, content = await seams.HANDLE_VIEWER_REQUEST(
            distribution,
            scope["method"],
            path,
            _raw_path(scope).removeprefix(root),
            query,
            _request_headers(scope, distribution["DomainName"]),
            body,
            parse_qs(query, keep_blank_values=True),
        )
    finally:
        VIEWING.reset(token)
    if viewing.results:
        headers["X-Cache"] = viewing.results[0]
    sent = list(_response_headers(headers, root, distribution["DomainName"], len(content)))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": content})


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _raw_path(scope: Scope) -> str:
    """The path as it was sent."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0]


def _request_headers(scope: Scope, host: str) -> dict[str, str]:
    sent = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    kept = {name: value for name, value in sent.items() if name not in _HOP_BY_HOP}
    return kept | {"host": host, "x-forwarded-proto": "https"}


def _response_headers(headers: Mapping[str, Any], root: str, domain: str, length: int) -> Iterable[tuple[bytes, bytes]]:
    """The headers as bytes; an address of the distribution's own becomes one below `root`."""
    names = {name.lower() for name in headers}
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            text = str(value)
            if name.lower() == "location":
                text = _here(text, root, domain)
            yield name.encode("latin-1"), text.encode("latin-1")
    if "content-length" not in names:
        yield b"content-length", str(length).encode()


def _here(location: str, root: str, domain: str) -> str:
    path = location.removeprefix(f"https://{domain}")
    return f"{root}{path}" if path.startswith("/") and not path.startswith("//") else location
