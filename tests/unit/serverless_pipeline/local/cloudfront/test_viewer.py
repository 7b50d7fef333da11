from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import viewer
from serverless_pipeline.local.cloudfront.cache import CACHE, Kept, Key
from serverless_pipeline.local.cloudfront.origin import VIEWING
from tests.support.asgi import Response, answer, receive, scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.local.reply import Message, Receive

    from .conftest import Make


@dataclass
class CloudFront:
    """MiniStack's side of a distribution: what it was asked, and what it answers."""

    status: int = 200
    headers: dict[str, Any] = field(default_factory=lambda: {"Content-Type": "text/html", "X-Cache": "Miss"})
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    results: tuple[str, ...] = ()

    async def handle(self, *asked: Any) -> tuple[int, dict[str, Any], bytes]:
        self.asked.append(asked)
        viewing = VIEWING.get()
        assert viewing
        viewing.results.extend(self.results)
        assert (viewing.distribution, viewing.path) == (asked[0], asked[2])
        return self.status, self.headers, b"page"


@pytest.fixture
def cloudfront(empty_ministack: None, distribution: Make) -> CloudFront:  # noqa: ARG001 - seams lead there
    cloudfront = CloudFront()
    disabled = distribution(Id="E2", DomainName="d2.cloudfront.net", enabled=False)
    seams.DISTRIBUTIONS.replace({"E1": distribution(), "E2": disabled})
    seams.INVALIDATIONS.replace({})
    seams.HANDLE_VIEWER_REQUEST.replace(cloudfront.handle)
    return cloudfront


def ask(path: str, method: str = "GET", body: Receive = receive, **headers: str) -> Response:
    return answer(lambda send: viewer.serve(scope(f"/_cloudfront/{path}", method, **headers), body, send))


@pytest.mark.parametrize("name", ["d1", "E1"])
def test_a_distribution_is_asked_for_the_path_below_its_name(cloudfront: CloudFront, name: str) -> None:
    response = ask(f"{name}/guide/")

    assert (response.status, response.body) == (200, b"page")
    assert response.headers == {"Content-Type": "text/html", "X-Cache": "Miss", "content-length": "4"}
    ((_, method, path, raw, query, _, body, parameters),) = cloudfront.asked
    assert (method, path, raw, query, body, parameters) == ("GET", "/guide/", "/guide/", "", b"", {})


def test_the_path_is_handed_on_as_it_was_sent_and_read(cloudfront: CloudFront) -> None:
    request = scope("/_cloudfront/d1/ü b") | {
        "raw_path": b"/_cloudfront/d1/%C3%BC%20b",
        "query_string": b"a=1&b=&a=%202",
    }

    answer(lambda send: viewer.serve(request, receive, send))

    ((_, _, path, raw, query, _, _, parameters),) = cloudfront.asked
    assert (path, raw, query) == ("/ü b", "/%C3%BC%20b", "a=1&b=&a=%202")
    assert parameters == {"a": ["1", " 2"], "b": [""]}


def test_a_server_that_tells_no_raw_path_is_understood(cloudfront: CloudFront) -> None:
    request = scope("/_cloudfront/d1/ü b")
    del request["raw_path"]

    answer(lambda send: viewer.serve(request, receive, send))

    assert cloudfront.asked[0][3] == "/%C3%BC%20b"


def test_a_viewer_asked_the_distribution_by_https(cloudfront: CloudFront) -> None:
    ask("d1/", accept="*/*", connection="keep-alive", x_forwarded_proto="http", Accept_Language="de")

    headers = cloudfront.asked[0][5]
    assert headers == {
        "host": "d1.cloudfront.net",
        "x-forwarded-proto": "https",
        "accept": "*/*",
        "accept-language": "de",
    }


def test_the_body_is_handed_on_whole(cloudfront: CloudFront) -> None:
    messages: Iterator[Message] = iter([{"body": b"one ", "more_body": True}, {"body": b"two"}])

    async def parts() -> Message:
        return next(messages)

    ask("d1/", "POST", parts)

    assert cloudfront.asked[0][6] == b"one two"


@pytest.mark.parametrize(
    ("location", "here"),
    [
        ("/guide/", "/_cloudfront/d1/guide/"),
        ("https://d1.cloudfront.net/guide/", "/_cloudfront/d1/guide/"),
        ("https://example.com/guide/", "https://example.com/guide/"),
        ("//example.com/", "//example.com/"),
        ("next/", "next/"),
    ],
)
def test_a_redirect_of_its_own_stays_below_its_address(cloudfront: CloudFront, location: str, here: str) -> None:
    cloudfront.status, cloudfront.headers = 302, {"Location": location}

    response = ask("d1/guide")

    assert (response.status, response.headers["Location"]) == (302, here)


def test_a_header_may_have_several_values(cloudfront: CloudFront) -> None:
    cloudfront.headers = {"Set-Cookie": ["a=1", "b=2"], "Content-Length": "9"}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(viewer.serve(scope("/_cloudfront/d1/"), receive, send))

    assert sent[0]["headers"] == [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"Content-Length", b"9")]


def test_what_the_cache_had_is_told(cloudfront: CloudFront) -> None:
    cloudfront.results = ("Hit from cloudfront", "Error from cloudfront")

    assert ask("d1/").headers["X-Cache"] == "Hit from cloudfront"
    assert VIEWING.get() is None


def test_invalidations_that_are_due_come_first(cloudfront: CloudFront) -> None:
    key = Key(f"/{time.monotonic()}")
    CACHE.keep("E1", key, Kept((200, "", {}, b""), 0.0, time.monotonic() + 1000))
    paths = {"Paths": {"Items": ["/*"]}}
    seams.INVALIDATIONS.replace({"E1": [{"Status": "InProgress", "_due": 0.0, "InvalidationBatch": paths}]})

    ask("d1/")

    assert CACHE.find("E1", key, time.monotonic()) is None
    assert len(cloudfront.asked) == 1


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("d9/", 404, b"There is no distribution d9.\n"),
        ("/", 404, b"There is no distribution .\n"),
        ("d2/", 403, b"The distribution d2 is disabled.\n"),
    ],
)
def test_what_does_not_answer_says_why(cloudfront: CloudFront, path: str, status: int, text: bytes) -> None:
    response = ask(path)

    assert (response.status, response.body) == (status, text)
    assert cloudfront.asked == []


@pytest.mark.usefixtures("cloudfront")
def test_an_address_without_its_slash_is_sent_to_the_one_with() -> None:
    response = ask("d1")

    assert (response.status, response.headers["location"]) == (302, "/_cloudfront/d1/")
