from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.gate import socket
from tests.support.signing import scope

if TYPE_CHECKING:
    from serverless_pipeline.local.reply import Message, Receive, Scope, Send

API = "/_aws/execute-api/abc/prod"
CONNECT: Message = {"type": "websocket.connect"}


def handshake(path: str = API, **headers: str) -> Scope:
    return scope("GET", path, headers) | {"type": "websocket"}


def serve(asked: Scope, application: object, receive: Receive) -> list[Message]:
    """What is sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(socket.serve(application, asked, receive, send))  # type: ignore[arg-type]
    return sent


async def connecting() -> Message:
    return CONNECT


async def accept(_scope: Scope, receive: Receive, send: Send) -> None:
    assert await receive() == CONNECT
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize("headers", [{}, {"origin": "http://localhost:3000"}])
def test_a_handshake_with_an_api_comes_through(headers: dict[str, str]) -> None:
    assert serve(handshake(**headers), accept, connecting) == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    "asked",
    [
        handshake(host="evil.example"),
        handshake(origin="http://evil.example"),
        handshake("/_local/health"),
        handshake("/"),
        handshake() | {"http_version": "2"},
    ],
    ids=["host", "page", "address", "root", "version"],
)
def test_any_other_is_closed_before_anybody_sees_it(asked: Scope) -> None:
    async def nobody(*_: object) -> None:
        raise AssertionError

    assert serve(asked, nobody, connecting) == [{"type": "websocket.close", "code": 1008}]


def test_a_socket_over_which_nothing_goes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "IDLE_SECONDS", 0.05)
    received: list[Message] = []

    async def silent() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def listen(_scope: Scope, receive: Receive, _send: Send) -> None:
        received.append(await receive())

    serve(handshake(), listen, silent)

    assert received == [{"type": "websocket.disconnect", "code": 1001}]


def test_what_is_sent_keeps_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "IDLE_SECONDS", 0.4)

    async def talk(_scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        hello: Message = {"type": "websocket.send", "text": "hello"}
        loop.call_later(0.2, lambda: loop.create_task(send(hello)))  # type: ignore[arg-type]
        loop.call_later(0.5, lambda: arriving.put_nowait(CONNECT))
        await send(await receive())

    arriving: asyncio.Queue[Message] = asyncio.Queue()

    sent = serve(handshake(), talk, arriving.get)

    assert sent == [{"type": "websocket.send", "text": "hello"}, CONNECT]
