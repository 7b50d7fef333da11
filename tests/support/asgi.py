"""Requests to an ASGI application without a server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from serverless_pipeline.local.reply import Application, Message, Scope, Send


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


def scope(path: str, method: str = "GET", host: str = "127.0.0.1:4566", **headers: str) -> Scope:
    """A request as a server hands it over; an underscore in a header's name stands for a hyphen."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 4566),
        "headers": [*([(b"host", host.encode())] if host else []), *pairs],
    }


def request(application: Application, scope: Scope) -> Response:
    """What an application answers."""
    return answer(lambda send: application(scope, receive, send))


def answer(respond: Callable[[Send], Awaitable[object]]) -> Response:
    """What is sent, which must be one whole response."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def run() -> None:
        await respond(send)

    asyncio.run(run())
    start, *rest = messages
    assert start["type"] == "http.response.start"
    assert {message["type"] for message in rest} == {"http.response.body"}
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], headers, b"".join(message["body"] for message in rest))


async def receive() -> Message:
    """The whole of an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}
