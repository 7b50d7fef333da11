from __future__ import annotations

import asyncio
from typing import Any

from serverless_pipeline.local import reply


def say(*words: Any, **more: Any) -> list[reply.Message]:
    messages: list[reply.Message] = []

    async def send(message: reply.Message) -> None:
        messages.append(message)

    asyncio.run(reply.say(send, *words, **more))
    return messages


def test_a_text_is_sent_with_its_length_and_is_not_kept_by_a_browser() -> None:
    assert say(404, "ü\n") == [
        {
            "type": "http.response.start",
            "status": 404,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", b"3"),
                (b"cache-control", b"no-store"),
            ],
        },
        {"type": "http.response.body", "body": b"\xc3\xbc\n"},
    ]


def test_its_kind_and_more_headers_can_be_chosen() -> None:
    start, _ = say(302, "", reply.HTML, headers=[(b"location", b"/there")])

    assert start["headers"] == [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
        (b"location", b"/there"),
    ]
