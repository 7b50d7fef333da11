from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import gate, limits, socket, strangers
from serverless_pipeline.local.gate.handover import VERIFIED
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.reply import say
from tests.support.signing import scope

if TYPE_CHECKING:
    from serverless_pipeline.local.reply import Application, Message, Receive, Scope, Send
    from tests.support.signing import Signer

JSON = "application/x-amz-json-1.1"
TARGET = "CodePipeline_20150709.ListPipelines"
EVIL = {"origin": "http://evil.example"}


@dataclass(frozen=True)
class Passage:
    """What somebody behind the gate got of a request, None if it came not so far; and what was answered."""

    got: bytes | None
    key: str
    status: int
    headers: dict[str, str]
    body: bytes
    taken: int


@pytest.fixture(autouse=True)
def _no_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "BUCKETS", SimpleNamespace(value={}))


async def pass_through(behind: Application, *words: Any) -> None:
    await gate.guard(behind)(*words)


def ask(asked: Scope, *parts: bytes) -> Passage:
    """Send a request in parts through the gate, to somebody who reads all of it."""
    got: list[bytes] = []
    keys: list[str] = []
    sent: list[Message] = []
    waiting = [*parts]

    async def behind(_scope: Scope, receive: Receive, send: Send) -> None:
        keys.append(VERIFIED.get())
        read, more = b"", True
        while more:
            message = await receive()
            read, more = read + message["body"], message["more_body"]
        got.append(read)
        await say(send, 299, "behind")

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": True}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(pass_through(behind, asked, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert not sent[-1].get("more_body")
    body = b"".join(message["body"] for message in sent[1:])
    taken = sum(len(part) for part in parts) - sum(len(part) for part in waiting)
    key = keys[0] if keys else ""
    return Passage(got[0] if got else None, key, sent[0]["status"], headers, body, taken)


def test_a_signed_request_passes_with_its_body_and_its_key(signer: Signer) -> None:
    asked = signer.scope("POST", "/", "codepipeline", b"{}", x_amz_target=TARGET, content_length="2")

    passage = ask(asked, b"{", b"}")

    assert (passage.status, passage.got, passage.key) == (299, b"{}", signer.key)


def test_a_signed_request_without_a_body_passes(signer: Signer) -> None:
    assert ask(signer.scope("GET", "/restapis", "apigateway")).got == b""
    assert ask(signer.scope("GET", "/b/k", "s3")).got == b""


def test_another_body_than_was_signed_comes_to_nobody(signer: Signer) -> None:
    for service, path, target in (("codepipeline", "/", TARGET), ("s3", "/b/k", "")):
        named = {"x_amz_target": target} if target else {}
        asked = signer.scope("PUT", path, service, b"{}", content_length="2", **named)

        passage = ask(asked, b"[]")

        assert passage.got is None
        assert passage.status in {400, 403}


def test_an_object_is_held_against_the_hash_of_its_head(signer: Signer) -> None:
    asked = signer.scope("PUT", "/b/k", "s3", b"content", content_length="7")

    assert ask(asked, b"cont", b"ent").got == b"content"
    passage = ask(asked, b"cont", b"enT")

    assert (passage.got, passage.status) == (None, 400)
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in passage.body


def test_a_wrong_signature_is_refused_before_the_body_is_read_where_the_head_names_the_hash(signer: Signer) -> None:
    asked = signer.scope("PUT", "/b/k", "s3", b"x", content_length="104857600")
    asked["raw_path"] = b"/b/other"

    passage = ask(asked, *[b"x" * 65536] * 1600)

    assert (passage.got, passage.status) == (None, 403)
    assert passage.taken <= gate.LATE_BYTES + 65536
    assert passage.headers["connection"] == "close"


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_s3_takes_a_body_that_is_not_signed_if_the_head_says_so(signer: Signer, payload: str) -> None:
    asked = _with_payload(signer, "s3", payload)

    assert ask(asked, b"whatever").got == b"whatever"


@pytest.mark.parametrize("service", ["lambda", "dynamodb", "codepipeline"])
@pytest.mark.parametrize(
    "payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]
)
def test_other_services_take_only_what_is_signed(signer: Signer, service: str, payload: str) -> None:
    assert ask(_with_payload(signer, service, payload), b"{}").got is None


@pytest.mark.parametrize("payload", ["x", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "0" * 63])
def test_any_other_word_for_a_hash_is_refused(signer: Signer, payload: str) -> None:
    passage = ask(_with_payload(signer, "s3", payload), b"")

    assert (passage.got, passage.status) == (None, 400)


def test_s3_wants_the_hash_in_the_head(signer: Signer) -> None:
    asked = signer.scope("PUT", "/b/k", "s3", content_length="1")
    asked["headers"] = [pair for pair in asked["headers"] if pair[0] != b"x-amz-content-sha256"]

    passage = ask(asked, b"x")

    assert (passage.got, passage.status) == (None, 400)
    assert b"Missing required header for this request: x-amz-content-sha256" in passage.body


def test_a_body_in_signed_chunks_is_checked_as_it_passes(signer: Signer) -> None:
    asked = _with_payload(signer, "s3", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")

    passage = ask(asked, b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n")

    assert (passage.got, passage.status) == (None, 403)
    assert b"<Code>SignatureDoesNotMatch</Code>" in passage.body


def test_an_address_that_is_signed_passes_and_ministack_looks_once_more(signer: Signer) -> None:
    passage = ask(scope("PUT", signer.presigned("PUT", "/b/k", "s3"), {"content-length": "1"}), b"x")

    assert (passage.got, passage.key) == (b"x", "")


def test_an_address_that_is_changed_does_not_pass(signer: Signer) -> None:
    passage = ask(scope("GET", signer.presigned("GET", "/b/k", "s3").replace("/b/k", "/b/other")))

    assert (passage.got, passage.status) == (None, 403)


@pytest.mark.parametrize("length", [{"content-length": "5368709120"}, {"transfer-encoding": "chunked"}])
def test_what_nobody_signed_is_refused_unread(length: dict[str, str]) -> None:
    passage = ask(scope("POST", "/", length), *[b"x" * 65536] * 1000)

    assert (passage.got, passage.status) == (None, 403)
    assert passage.taken <= gate.LATE_BYTES + 65536


def test_what_is_signed_and_too_large_is_refused_unread(signer: Signer) -> None:
    asked = signer.scope("PUT", "/b/k", "s3", content_length=str(limits.OBJECT + 1))

    passage = ask(asked, *[b"x" * 65536] * 1000)

    assert (passage.got, passage.status) == (None, 400)
    assert b"<Code>EntityTooLarge</Code>" in passage.body


def test_a_body_whose_length_is_not_announced_is_counted(signer: Signer) -> None:
    asked = signer.scope("POST", "/", "iam", transfer_encoding="chunked")

    passage = ask(asked, *[b"x" * 2**20] * 21)

    assert (passage.got, passage.status) == (None, 413)


@pytest.mark.parametrize(
    ("path", "largest"), [("/_aws/execute-api/a/b", 10), ("/_aws/lambda-url/a", 6), ("/_cloudfront/d/k", 10)]
)
def test_a_data_plane_gets_who_comes_and_as_much_as_on_aws(path: str, largest: int) -> None:
    mib = b"x" * 2**20

    whole = ask(scope("POST", path, EVIL), *[mib] * largest)
    more = ask(scope("POST", path, EVIL), *[mib] * (largest + 1))
    announced = ask(scope("POST", path, {"content-length": str((largest + 1) * 2**20)}), mib)

    assert (whole.status, len(whole.got or b"")) == (299, largest * 2**20)
    assert (more.got, more.status) == (None, 413)
    assert (announced.got, announced.status) == (None, 413)


def test_what_a_signature_says_of_a_body_holds_at_a_data_plane_too() -> None:
    named = {"x-amz-content-sha256": hashlib.sha256(b"ab").hexdigest()}

    assert ask(scope("POST", "/_aws/lambda-url/a", named), b"ab").got == b"ab"
    assert ask(scope("POST", "/_aws/lambda-url/a", named), b"ac").got is None


@pytest.mark.parametrize("path", ["/_website/b/k", "/_local/health", "/_pipeline/p"])
def test_our_own_addresses_need_no_signature_and_take_no_body(path: str) -> None:
    assert ask(scope("GET", path)).got == b""
    assert ask(scope("POST", path), b"x").got is None


def test_any_page_may_read_a_website_and_none_our_other_addresses() -> None:
    assert ask(scope("GET", "/_website/b/k", EVIL)).status == 299
    for path in ("/_local/health", "/_local/permissions", "/_pipeline/p", "/b/k", "/"):
        passage = ask(scope("GET", path, EVIL))

        assert (passage.got, passage.status) == (None, 403)
        assert not [name for name in passage.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/b/k", "/_local/health", "/2015-03-31/functions"])
def test_a_page_gets_no_preflight(path: str) -> None:
    passage = ask(scope("OPTIONS", path, EVIL | {"access-control-request-method": "POST"}))

    assert (passage.got, passage.status) == (None, 403)
    assert not [name for name in passage.headers if name.startswith("access-control")]


def test_another_host_is_turned_away_from_everything() -> None:
    for path in ("/", "/_website/b/k", "/_aws/execute-api/a/b", "/_local/health"):
        passage = ask(scope("GET", path, {"host": "evil.example"}))

        assert (passage.got, passage.status) == (None, 421)


def test_another_version_of_http_is_turned_away() -> None:
    assert ask(scope("GET", "/") | {"http_version": "9.9"}).status == 400


def test_the_older_signature_is_let_in_by_who_checks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "check_version_2", lambda *_: None)

    assert ask(scope("PUT", "/b/k", {"authorization": "AWS a:b", "content-length": "1"}), b"x").got == b"x"


def test_a_client_that_goes_away_is_answered_nothing(signer: Signer) -> None:
    asked = signer.scope("POST", "/", "iam", b"ab", content_length="2")
    sent: list[Message] = []

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def behind(*_: Any) -> None:
        raise AssertionError

    asyncio.run(pass_through(behind, asked, gone, send))

    assert sent == []


def test_what_is_wrong_after_the_answer_began_ends_the_connection(signer: Signer) -> None:
    async def behind(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    async def more() -> Message:
        return {"type": "http.request", "body": b"xx", "more_body": True}

    async def send(_message: Message) -> None:
        return

    with pytest.raises(Refused):
        asyncio.run(pass_through(behind, signer.scope("GET", "/b/k", "s3"), _large(more), send))


def _large(receive: Receive) -> Receive:
    async def large() -> Message:
        message = await receive()
        return message | {"body": b"x" * (limits.DOCUMENT + 1)}

    return large


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_goes_its_own_way(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    seen: list[Any] = []

    async def serve(*words: Any) -> None:
        seen.append(words)

    monkeypatch.setattr(socket, "serve", serve)

    asyncio.run(pass_through(serve, {"type": kind}, None, None))

    assert seen in ([({"type": "lifespan"}, None, None)], [(serve, {"type": "websocket"}, None, None)])


def _with_payload(signer: Signer, service: str, payload: str) -> Scope:
    """A request whose signature is about this word instead of a hash of its body."""
    return scope("PUT", "/b/k", {"content-length": "8"} | signer.about(payload, "PUT", "/b/k", service))


def test_a_webhook_takes_a_body_of_its_size_from_whoever_is_no_page() -> None:
    assert ask(scope("POST", "/_webhook/token"), b"x").got == b"x"
    assert ask(scope("POST", "/_webhook/token", EVIL), b"x").status == 403
    too_large = {"content-length": str(limits.WEBHOOK + 1)}
    assert (ask(scope("POST", "/_webhook/token", too_large), b"x").got, limits.WEBHOOK) == (None, 1024 * 1024)
