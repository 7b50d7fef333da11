"""The body of a request on its way to who reads it: not too large, not too slow, and what was signed.

What is wrong with it is raised out of `receive`, before anybody has the whole of it, so a request whose body is not
what was signed has no effect.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Protocol

from serverless_pipeline.local.gate import limits
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.reply import Message, Receive

GRACE_SECONDS = 20.0
SLOWEST = 16 * 1024
"""Bytes in a second, after the grace; a body that is slower does not end."""


class Gone(Exception):
    """The client went away before its body was whole."""


class Comparison(Protocol):
    """Holds a body against what was signed while it passes."""

    def feed(self, data: bytes) -> None: ...
    def finish(self) -> None: ...


class Hashed:
    """The body has the hash that the head names."""

    def __init__(self, expected: str) -> None:
        self._expected = expected
        self._hash = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> None:
        if not hmac.compare_digest(self._hash.hexdigest().encode(), self._expected.lower().encode()):
            raise Refused(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                400,
            )


class Digest:
    """What the hash of the body is, where the head names none."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> None:
        return

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


class Body:
    """A body as it comes, of which nothing is taken before it is allowed."""

    def __init__(self, receive: Receive, clock: Callable[[], float] = time.monotonic) -> None:
        self._receive, self._clock = receive, clock
        self._limit = 0
        self._comparison: Comparison | None = None
        self._started = clock()
        self._length = 0
        self._whole = False

    def allow(self, limit: int, comparison: Comparison | None = None) -> None:
        """Let as many bytes pass, if they are what was signed."""
        self._limit, self._comparison = limit, comparison

    @property
    def is_whole(self) -> bool:
        return self._whole

    async def receive(self) -> Message:
        """The next part, or, when it is whole, that the client went away."""
        if self._whole:
            return await self._receive()
        message = await self._in_time()
        if message["type"] == "http.request":
            self._take(message.get("body", b""), more=message.get("more_body", False))
        return message

    async def read(self) -> bytes:
        """The whole of it.

        Raises:
            Gone: the client went away before.
        """
        parts = []
        while not self._whole:
            message = await self.receive()
            if message["type"] != "http.request":
                raise Gone
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def discard(self, most: int, seconds: float) -> None:
        """Take what still comes, up to a bound, so that the client reads the answer instead of a broken connection."""
        self.allow(self._length + most)
        try:
            async with asyncio.timeout(seconds):
                while not self._whole and (await self.receive())["type"] == "http.request":
                    pass
        except (TimeoutError, Refused):
            return

    def _take(self, data: bytes, *, more: bool) -> None:
        self._length += len(data)
        if self._length > self._limit:
            raise limits.too_large(self._limit)
        if self._comparison:
            self._comparison.feed(data)
        if not more:
            self._whole = True
            if self._comparison:
                self._comparison.finish()

    async def _in_time(self) -> Message:
        left = self._started + GRACE_SECONDS + self._length / SLOWEST - self._clock()
        try:
            async with asyncio.timeout(max(left, 0)):
                return await self._receive()
        except TimeoutError:
            raise Refused(
                "RequestTimeout",
                "Your socket connection to the server was not read from or written to within the timeout period.",
                408,
            ) from None


def replay(body: bytes, receive: Receive) -> Receive:
    """Hand on a body that was read, then what comes after it."""
    pending = [body]

    async def receive_again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return receive_again
