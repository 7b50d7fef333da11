"""What a request must pass before MiniStack sees it: its head, its host, its page, its signature, its size.

All of it is known before the body is read, but where a service lets its signature rest on a hash that the head does
not name; then as much is read as that service takes. Nothing is unpacked before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from serverless_pipeline.local.gate import (
    body,
    chunks,
    head,
    limits,
    origin,
    places,
    refusal,
    signature,
    socket,
    strangers,
)
from serverless_pipeline.local.gate.handover import VERIFIED
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.body import Body, Comparison
    from serverless_pipeline.local.gate.head import Head
    from serverless_pipeline.local.gate.signature import Signature
    from serverless_pipeline.local.reply import Application, Message, Receive, Scope, Send

LATE_BYTES = 16 * limits.MIB
LATE_SECONDS = 2.0
"""What is still taken of a body after a refusal, so that the client comes to read it."""
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def guard(behind: Application) -> Application:
    """Let through to an application what may pass."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await _serve(behind, scope, receive, send)
            case "websocket":
                await socket.serve(behind, scope, receive, send)
            case _:
                await behind(scope, receive, send)

    return serve


async def _serve(behind: Application, scope: Scope, receive: Receive, send: Send) -> None:
    asked, content = head.read(scope), body.Body(receive)
    begun = False

    async def sending(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        head.check(asked, scope.get("http_version", "1.1"))
        origin.check_host(asked)
        passed = await _admit(asked, scope, content)
        await behind(scope, passed, sending)
    except body.Gone:
        return
    except Refused as refused:
        if begun:
            raise
        await _refuse(asked, refused, content, send)


async def _admit(asked: Head, scope: Scope, content: Body) -> Receive:
    """How the body of a request that may pass is received."""
    if asked.path.startswith(places.DATA_PLANES):
        return _admit_to_data_plane(asked, content)
    if not asked.path.startswith(places.SITES):
        origin.check_page(asked)
    if asked.path.startswith(places.WEBHOOKS):
        limits.check(asked, limits.WEBHOOK)
        content.allow(limits.WEBHOOK)
        return content.receive
    if asked.path.startswith(places.OURS):
        return content.receive
    if signed := signature.read(asked):
        return await _admit_signed(asked, signed, content)
    if strangers.is_version_2(asked):
        strangers.check_version_2(asked, scope)
        most = limits.of_service(asked)
    else:
        most = strangers.limit(asked)
    limits.check(asked, most)
    content.allow(most)
    return content.receive


def _admit_to_data_plane(asked: Head, content: Body) -> Receive:
    """Who may call is asked there; but what a signature says of the body holds."""
    most = limits.of_data_plane(asked.path)
    limits.check(asked, most)
    declared = asked.headers.get(signature.PAYLOAD, "")
    content.allow(most, body.Hashed(declared) if _SHA256.fullmatch(declared) else None)
    return content.receive


async def _admit_signed(asked: Head, signed: Signature, content: Body) -> Receive:
    most = limits.of_service(asked)
    limits.check(asked, most)
    if signed.presigned and signed.payload_may_be_unsigned:
        signature.check(signed, asked, signature.UNSIGNED)
        content.allow(most)
        return content.receive  # and MiniStack looks once more: handover.py
    if declared := asked.headers.get(signature.PAYLOAD):
        comparison = _comparison(signed, declared)
        signature.check(signed, asked, declared)
        content.allow(most, comparison)
        VERIFIED.set(signed.access_key_id)
        return content.receive
    if signed.payload_may_be_unsigned:
        raise Refused("InvalidRequest", f"Missing required header for this request: {signature.PAYLOAD}", 400)
    return await _admit_read(asked, signed, content, most)


async def _admit_read(asked: Head, signed: Signature, content: Body, most: int) -> Receive:
    """The signature is about the body's hash, which is known when it is read."""
    if not asked.has_body:
        signature.check(signed, asked, signature.EMPTY)
        content.allow(0)
        VERIFIED.set(signed.access_key_id)
        return content.receive
    digest = body.Digest()
    content.allow(most, digest)
    read = await content.read()
    signature.check(signed, asked, digest.value)
    VERIFIED.set(signed.access_key_id)
    return body.replay(read, content.receive)


def _comparison(signed: Signature, declared: str) -> Comparison | None:
    """How the body is held against what the head says of it, None if it is not signed.

    Raises:
        Refused: the service does not take such a body.
    """
    if _SHA256.fullmatch(declared):
        return body.Hashed(declared)
    if signed.payload_may_be_unsigned and declared in {signature.UNSIGNED, chunks.UNSIGNED_TRAILER}:
        return None
    if signed.payload_may_be_unsigned and declared in {chunks.SIGNED, chunks.SIGNED_TRAILER}:
        return chunks.SignedChunks(signed, trailer=declared == chunks.SIGNED_TRAILER)
    raise Refused(
        "InvalidArgument",
        f"{signature.PAYLOAD} must be {signature.UNSIGNED}, {chunks.UNSIGNED_TRAILER}, {chunks.SIGNED}, "
        f"{chunks.SIGNED_TRAILER} or a valid sha256 value.",
        400,
    )


async def _refuse(asked: Head, refused: Refused, content: Body, send: Send) -> None:
    """Answer, then take what still comes, then end the connection if the body did not."""
    status, headers, text = refusal.answer(asked, refused)
    pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(text)).encode()))
    ends = asked.has_body and not content.is_whole
    if ends:
        pairs.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": text, "more_body": ends})
    if ends:
        await content.discard(LATE_BYTES, LATE_SECONDS)
        await send({"type": "http.response.body", "body": b""})
