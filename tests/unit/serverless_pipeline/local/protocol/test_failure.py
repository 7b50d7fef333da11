from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import failure
from tests.support.raising import MINISTACK, raised_by
from tests.support.signing import Signer

OURS = "serverless_pipeline.local.codepipeline.service"

SIGNER = Signer()
HEAD = SIGNER.head("POST", "/", "dynamodb", b"", x_amz_target="DynamoDB_20120810.ListTables")
REQUEST: Any = ("POST", "/", HEAD.headers, b"{}", {})


def answer(error: Exception | None, module: str = MINISTACK) -> Any:
    async def serve(*request: Any) -> Any:
        assert request == REQUEST
        if error:
            raised_by(module, error)()
        return 200, {}, b"answer"

    return asyncio.run(_run(failure.refusing(serve)))


async def _run(serve: Any) -> Any:
    return await serve(*REQUEST)


def test_an_answer_stays() -> None:
    assert answer(None) == (200, {}, b"answer")


@pytest.mark.parametrize(
    "error",
    [KeyError("Key"), IndexError("x"), TypeError("x"), AttributeError("x"), ValueError("\ud800"), RecursionError("x")],
)
def test_what_cannot_be_read_is_refused_and_logged(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    status, headers, body = answer(error)

    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert f"The embedded AWS could not read this request, its log says where: {type(error).__name__}".encode() in body
    assert capsys.readouterr().err.startswith("POST / of dynamodb could not be read:\nTraceback")


def test_a_form_is_refused_in_its_own_words() -> None:
    head = SIGNER.head("POST", "/", "iam", b"", content_type="application/x-www-form-urlencoded")

    _, _, body = failure.refuse(("POST", "/", head.headers, b"", {}), KeyError("x"))

    assert b"<Code>ValidationError</Code>" in body


@pytest.mark.parametrize(
    ("error", "module"),
    [
        (OSError("disk"), MINISTACK),
        (RuntimeError("broken"), MINISTACK),
        (ZeroDivisionError(), MINISTACK),
        (KeyError("Key"), OURS),
        (ValueError("\ud800"), OURS),
        (OSError("disk"), OURS),
    ],
)
def test_what_is_broken_is_a_failure_of_the_server_in_the_protocol_of_the_service(
    capsys: pytest.CaptureFixture[str], error: Exception, module: str
) -> None:
    status, headers, body = answer(error, module)

    assert (status, headers["x-amzn-errortype"]) == (500, "InternalFailure")
    words = f"The embedded AWS failed, and its log says where; please report it: {type(error).__name__}"
    assert words in json.loads(body)["message"]
    assert capsys.readouterr().err.startswith("POST / of dynamodb failed:\nTraceback")


def test_s3_calls_it_by_its_own_name() -> None:
    head = SIGNER.head("GET", "/bucket", "s3", b"")

    status, _, body = failure.refuse(("GET", "/bucket", head.headers, b"", {}), OSError("disk"))

    assert (status, b"<Code>InternalError</Code>" in body) == (500, True)


@pytest.mark.parametrize(("inner", "is_ours"), [(MINISTACK, False), (OURS, True), ("json.decoder", True)])
def test_whose_fault_it_is_is_told_by_the_innermost_code_of_either(inner: str, *, is_ours: bool) -> None:
    """MiniStack calls what is wrapped around it, and both call what belongs to neither."""
    outer: dict[str, Any] = {"__name__": OURS, "inner": raised_by(inner, KeyError("x"))}
    exec("def call(): inner()", outer)  # noqa: S102 - as above

    with pytest.raises(KeyError) as caught:
        outer["call"]()

    assert failure.is_ours(caught.value) is is_ours


def test_an_error_of_nobody_is_not_ours() -> None:
    assert failure.is_ours(KeyError("never raised")) is False


def test_a_refusal_is_said_as_it_is() -> None:
    status, _, body = answer(Refused("SlowDown", "later", 503), OURS)

    assert (status, json.loads(body)["message"]) == (503, "later")


def test_it_stands_around_every_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: Any) -> Any:
        raised_by(MINISTACK, KeyError("x"))()

    handlers = {"a": serve, "b": serve}
    monkeypatch.setattr(seams, "SERVICE_HANDLERS", SimpleNamespace(value=handlers))

    failure.install()

    assert [asyncio.run(_run(handlers[name]))[0] for name in "ab"] == [400, 400]
