"""WebSockets: the same gate for their handshake, and an end for one over which nothing goes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from serverless_pipeline.local.gate import head, origin
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.reply import Application, Message, Receive, Scope, Send

IDLE_SECONDS = 600
LARGEST_MESSAGE = 128 * 1024
"""Bytes of one message."""
POLICY_VIOLATION = 1008
GOING_AWAY = 1001


async def serve(behind: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a handshake through that may pass; another is answered 403."""
    asked = head.read(scope)
    try:
        head.check(asked, scope.get("http_version", "1.1"))
        origin.check_host(asked)
        origin.check_socket(asked)
    except Refused:
        await receive()
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    await _until_idle(behind, scope, receive, send)


async def _until_idle(behind: Application, scope: Scope, receive: Receive, send: Send) -> None:
    last = time.monotonic()

    async def receiving() -> Message:
        nonlocal last
        while (left := last + IDLE_SECONDS - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                continue
            last = time.monotonic()
            return message
        return {"type": "websocket.disconnect", "code": GOING_AWAY}

    async def sending(message: Message) -> None:
        nonlocal last
        last = time.monotonic()
        await send(message)

    await behind(scope, receiving, sending)
