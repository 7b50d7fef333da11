from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import app, astray, website
from serverless_pipeline.local.cloudformation import caller
from serverless_pipeline.local.cloudfront import viewer
from serverless_pipeline.local.codepipeline import page, remarks, webhook_deliveries
from serverless_pipeline.local.functions import peers, report
from serverless_pipeline.local.reply import say
from tests.support.asgi import receive, request, scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.local.reply import Message, Receive, Scope, Send


async def ministack(scope: Scope, _receive: Receive, send: Send) -> None:
    await say(send, 299, f"MiniStack: {scope['path']}")


APPLICATION = app.application(ministack)
OWN = os.getuid()


@pytest.fixture(autouse=True)
def asks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Whose process asks, as the system tells it: this user's, unless a test says another."""
    ends = (("127.0.0.1", 50000), ("127.0.0.1", 4566))

    def be(user: int | None) -> None:
        monkeypatch.setattr(peers, "owner", lambda *here: user if here == ends else -2)

    be(OWN)
    return be


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/bucket/key", "/bucket/_local/health", "/2015-03-31/functions"),
        *("/_aws/execute-api/abc/test/", "/_aws/execute-api/abc/test", "/_aws/execute-api/", "/_aws/lambda-url/abc"),
    ],
)
def test_what_is_not_ours_is_ministacks(path: str) -> None:
    response = request(APPLICATION, scope(path))

    assert (response.status, response.body.decode()) == (299, f"MiniStack: {path}")


def test_the_address_of_an_api_without_a_slash_is_that_of_its_root() -> None:
    seen: list[Scope] = []

    async def note(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope)
        await say(send, 299, "")

    request(app.application(note), scope("/_aws/execute-api/abc"))

    assert [(one["path"], one["raw_path"]) for one in seen] == [("/_aws/execute-api/abc/", b"/_aws/execute-api/abc/")]


def test_health_tells_the_process() -> None:
    response = request(APPLICATION, scope("/_local/health"))

    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert json.loads(response.body) == {"pid": os.getpid()}


def test_permissions_are_told_as_they_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "actions_by_key", lambda: '{"key": []}')

    response = request(APPLICATION, scope("/_local/permissions"))

    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.body == b'{"key": []}'


def test_what_is_to_be_said_of_functions_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "document", lambda: '{"sandbox": "none"}')

    response = request(APPLICATION, scope("/_local/functions"))

    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.body == b'{"sandbox": "none"}'


def test_what_is_to_be_said_of_pipelines_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remarks, "document", lambda: '["shop: a word"]')

    response = request(APPLICATION, scope("/_local/pipelines"))

    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.body == b'["shop: a word"]'


@pytest.mark.parametrize("path", ["/_local/permissions", "/_local/functions", "/_local/pipelines", "/_pipeline/shop"])
@pytest.mark.parametrize("user", [OWN + 1, -1])
def test_another_user_of_this_machine_is_told_nothing(
    asks: Callable[[int | None], None], path: str, user: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "render", lambda _name: "a page")
    asks(user)

    response = request(APPLICATION, scope(path))

    assert (response.status, response.body) == (403, b"The embedded AWS tells this to nobody but its own user.\n")
    assert request(APPLICATION, scope("/_local/health")).status == 200


@pytest.mark.parametrize("user", [0, None])
def test_root_and_everybody_where_the_system_does_not_tell_are_answered(
    asks: Callable[[int | None], None], user: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "render", lambda _name: "a page")
    asks(user)

    assert request(APPLICATION, scope("/_pipeline/shop")).body == b"a page"


@pytest.mark.parametrize("path", ["/_pipeline/shop", "/_pipeline/shop/"])
def test_a_pipeline_has_a_page(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(page, "render", lambda name: f"<h1>{name}</h1>")

    response = request(APPLICATION, scope(path))

    assert (response.status, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.body == b"<h1>shop</h1>"


def test_a_pipeline_that_is_not_there_is_named_with_what_makes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "render", lambda _name: "")

    response = request(APPLICATION, scope("/_pipeline/nobody"))

    assert (response.status, response.body) == (404, b"There is no pipeline nobody; `invoke pipeline.up` makes it.\n")


def test_a_website_gets_the_request_and_ministack_to_read_from(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(behind: Any, scope: Scope, send: Send) -> None:
        assert behind is ministack
        await say(send, 298, scope["path"])

    monkeypatch.setattr(website, "serve", serve)

    response = request(APPLICATION, scope("/_website/bucket/key"))

    assert (response.status, response.body) == (298, b"/_website/bucket/key")


def test_what_a_page_of_a_site_wants_by_its_path_is_sent_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(astray, "place", lambda scope: f"/_website/shop{scope['path']}")

    response = request(APPLICATION, scope("/style.css"))

    assert (response.status, response.headers["location"]) == (307, "/_website/shop/style.css")


def test_a_distribution_gets_the_request_and_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(scope: Scope, body: Receive, send: Send) -> None:
        assert (await body())["body"] == b""
        await say(send, 297, scope["path"])

    monkeypatch.setattr(viewer, "serve", serve)

    response = request(APPLICATION, scope("/_cloudfront/d1/key", "POST"))

    assert (response.status, response.body) == (297, b"/_cloudfront/d1/key")


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_aws/sqs/messages", "/_localhealth", "/_", "/_local/other"])
def test_all_else_that_starts_with_an_underscore_is_shut(path: str) -> None:
    response = request(APPLICATION, scope(path, "POST"))

    assert (response.status, response.body.decode()) == (404, f"The embedded AWS has nothing at {path}\n")


@pytest.mark.parametrize("path", ["/_local/health", "/_local/permissions", "/_pipeline/shop"])
def test_our_own_addresses_tell_and_are_told_nothing(path: str) -> None:
    response = request(APPLICATION, scope(path, "POST"))

    assert (response.status, response.body) == (405, b"The embedded AWS tells here, and is told nothing.\n")


@pytest.mark.parametrize("path", ["/", "/_local/health", "/_website/bucket/key", "/_aws/execute-api/abc"])
def test_everything_lies_behind_the_gate(path: str) -> None:
    response = request(APPLICATION, scope(path, host="evil.example"))

    assert (response.status, response.body) == (421, b"The embedded AWS answers to 127.0.0.1 and localhost only.\n")


def test_what_is_no_request_is_ministacks() -> None:
    seen: list[tuple[Scope, Receive, Send]] = []

    async def note(*words: Any) -> None:
        seen.append(words)

    async def send(_message: Message) -> None:
        return

    async def run() -> None:
        await app.application(note)({"type": "lifespan"}, receive, send)

    asyncio.run(run())

    assert seen == [({"type": "lifespan"}, receive, send)]


@pytest.mark.parametrize(("method", "status", "words"), [("POST", 200, b"Started"), ("GET", 405, b"A webhook takes")])
def test_a_webhook_gets_what_is_posted(monkeypatch: pytest.MonkeyPatch, method: str, status: int, words: bytes) -> None:
    got: list[Any] = []

    def deliver(*delivery: Any) -> tuple[int, str]:
        got.append(delivery)
        return 200, "Started"

    monkeypatch.setattr(webhook_deliveries, "deliver", deliver)

    response = request(APPLICATION, scope("/_webhook/token", method, X_Hub_Signature="sha1=0"))

    assert (response.status, response.body[: len(words)]) == (status, words)
    assert [(path, headers["x-hub-signature"], body, who) for path, headers, body, who in got] == [
        ("/_webhook/token", "sha1=0", b"", "127.0.0.1")
    ] * (method == "POST")
