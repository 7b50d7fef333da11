from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.gate import body
from serverless_pipeline.local.gate.body import Body, Digest, Hashed
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.reply import Message, Receive

GONE: Message = {"type": "http.disconnect"}


def client(*parts: bytes, whole: bool = True) -> Receive:
    """Sends the parts, then is gone."""
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if whole:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0) if messages else GONE

    return receive


async def silent() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def run(limit: int, receive: Receive, comparison: body.Comparison | None = None) -> bytes:
    content = Body(receive)
    content.allow(limit, comparison)
    return asyncio.run(content.read())


def test_a_body_passes_in_the_parts_in_which_it_comes_and_then_its_end() -> None:
    async def collect() -> list[Message]:
        content = Body(client(b"a", b"b"))
        content.allow(2)
        return [await content.receive() for _ in range(4)]

    parts = asyncio.run(collect())

    assert [part.get("body") for part in parts] == [b"a", b"b", b"", None]
    assert parts[-1] == GONE


@pytest.mark.parametrize("limit", [0, 1])
def test_nothing_is_taken_beyond_what_was_allowed(limit: int) -> None:
    with pytest.raises(Refused) as caught:
        run(limit, client(b"ab"))

    assert caught.value.status == 413


def test_nothing_at_all_is_taken_before_anything_is_allowed() -> None:
    with pytest.raises(Refused):
        asyncio.run(Body(client(b"a")).receive())


def test_a_body_is_held_against_its_hash_before_its_end_is_handed_on() -> None:
    right = hashlib.sha256(b"ab").hexdigest()

    assert run(9, client(b"a", b"b"), Hashed(right)) == b"ab"
    assert run(9, client(b"a", b"b"), Hashed(right.upper())) == b"ab"
    with pytest.raises(Refused) as caught:
        run(9, client(b"a", b"c"), Hashed(right))
    assert (caught.value.code, caught.value.status) == ("XAmzContentSHA256Mismatch", 400)


def test_the_hash_of_what_came_is_known_where_none_was_named() -> None:
    digest = Digest()

    run(9, client(b"a", b"b"), digest)

    assert digest.value == hashlib.sha256(b"ab").hexdigest()


def test_a_client_that_goes_away_sends_no_body() -> None:
    with pytest.raises(body.Gone):
        run(9, client(b"a", whole=False))


@pytest.mark.parametrize(("received", "seconds"), [(0, 21), (16 * 1024 * 10, 31)])
def test_a_body_that_is_too_slow_ends(received: int, seconds: float) -> None:
    now = [0.0]

    async def slow() -> None:
        sent = client(b"x" * received, whole=False) if received else silent
        content = Body(sent, clock=lambda: now[0])
        content.allow(10**6)
        if received:
            await content.receive()
            content._receive = silent
        now[0] = seconds
        await content.receive()

    with pytest.raises(Refused) as caught:
        asyncio.run(slow())

    assert (caught.value.code, caught.value.status) == ("RequestTimeout", 408)


def test_a_body_that_is_fast_enough_may_take_long() -> None:
    now = [0.0]

    async def steady() -> bytes:
        content = Body(client(*[b"x" * body.SLOWEST] * 100), clock=lambda: now[0])
        content.allow(10**7)
        parts = []
        for second in range(100):
            now[0] = float(second)
            parts.append((await content.receive())["body"])
        return b"".join(parts)

    assert len(asyncio.run(steady())) == 100 * body.SLOWEST


@pytest.mark.parametrize(
    ("receive", "whole"),
    [(lambda: client(b"a" * 5), True), (lambda: client(b"a" * 500), False), (lambda: silent, False)],
)
def test_what_comes_after_the_answer_is_taken_up_to_a_bound(receive: Callable[[], Receive], *, whole: bool) -> None:
    async def late() -> bool:
        content = Body(receive())
        await content.discard(100, 0.01)
        return content.is_whole

    assert asyncio.run(late()) is whole


def test_what_was_read_is_handed_on_once() -> None:
    async def again() -> list[Message]:
        receive = body.replay(b"ab", client(whole=False))
        return [await receive(), await receive()]

    assert asyncio.run(again()) == [{"type": "http.request", "body": b"ab", "more_body": False}, GONE]
