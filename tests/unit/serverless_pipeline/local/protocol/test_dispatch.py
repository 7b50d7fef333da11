from __future__ import annotations

import asyncio
import gzip
from collections import defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.handover import VERIFIED
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import absence, dispatch
from tests.support.raising import MINISTACK, raised_by
from tests.support.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNER = Signer()
LIST = {"x_amz_target": "DynamoDB_20120810.ListTables"}


@pytest.fixture
def _signed() -> Iterator[None]:
    token = VERIFIED.set(SIGNER.key)
    yield
    VERIFIED.reset(token)


def ask(
    body: bytes,
    answer: Any = (200, {}, b"answer"),
    *,
    method: str = "POST",
    path: str = "/",
    service: str = "dynamodb",
    **headers: str,
) -> Any:
    """What came through, and what was answered."""
    head = SIGNER.head(method, path, service, b"", **headers)
    seen: list[bytes] = []

    async def behind(*request: Any) -> Any:
        seen.append(request[3])
        if isinstance(answer, Exception):
            raised_by(MINISTACK, answer)()
        return answer

    async def run() -> Any:
        return await dispatch.checking(behind)(method, head.path, dict(head.headers), body, head.query, "id")

    return seen, asyncio.run(run())


def test_a_service_gets_what_fits_and_its_answer_goes_back() -> None:
    assert ask(b'{"Limit": null}', **LIST) == ([b"{}"], (200, {}, b"answer"))


def test_what_does_not_fit_comes_to_no_service() -> None:
    seen, (status, _, body) = ask(b'{"Limit": []}', **LIST)

    assert (seen, status) == ([], 400)
    assert b"SerializationException" in body


def test_a_service_that_is_not_here_says_so() -> None:
    _, (status, _, body) = ask(b"{}", (400, {}, b'{"error": "Unsupported service: glacier"}'), service="glacier")

    assert (status, b"does not have the service glacier" in body) == (404, True)


def test_a_part_of_a_bucket_that_is_not_here_comes_to_no_service() -> None:
    seen, (status, _, _) = ask(b"", path="/b?metrics", service="s3")

    assert (seen, status) == ([], 501)


def test_what_cannot_be_read_on_the_way_is_refused() -> None:
    _, (status, _, body) = ask(b"{}", KeyError("x"), **LIST)

    assert (status, b"could not read" in body) == (400, True)


def test_what_is_refused_on_the_way_is_said() -> None:
    assert ask(b"{}", Refused("Code", "words", 415), **LIST)[1][0] == 415


@pytest.mark.usefixtures("_signed")
def test_a_packed_body_that_is_signed_is_unpacked() -> None:
    seen, _ = ask(gzip.compress(b'{"Limit": null}'), content_encoding="gzip", **LIST)

    assert seen == [b"{}"]


@pytest.mark.usefixtures("_signed")
def test_a_packed_object_is_left_as_it_is() -> None:
    packed = gzip.compress(b"x")

    assert ask(packed, method="PUT", path="/b/k", service="s3", content_encoding="gzip")[0] == [packed]


def test_a_packed_body_that_nobody_signed_is_not_unpacked() -> None:
    seen, (status, _, _) = ask(gzip.compress(b"{}"), content_encoding="gzip", **LIST)

    assert (seen, status) == ([], 415)


def test_it_stands_in_ministacks_place(monkeypatch: pytest.MonkeyPatch) -> None:
    modules: defaultdict[str, SimpleNamespace] = defaultdict(SimpleNamespace)
    monkeypatch.setattr(seams, "_module", modules.__getitem__)
    seams.DISPATCH.replace(None)

    dispatch.install()

    assert modules["app"]._decompress_request_body is dispatch.inflating
    assert modules["core.router"]._is_aws_service_name is absence.is_service
    assert callable(modules["app"]._dispatch_service_request)
