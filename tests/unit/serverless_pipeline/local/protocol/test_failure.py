from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.protocol import failure
from tests.support.signing import Signer

SIGNER = Signer()
HEAD = SIGNER.head("POST", "/", "dynamodb", b"", x_amz_target="DynamoDB_20120810.ListTables")
REQUEST: Any = ("POST", "/", HEAD.headers, b"{}", {})


def answer(error: Exception | None) -> Any:
    async def serve(*request: Any) -> Any:
        assert request == REQUEST
        if error:
            raise error
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


@pytest.mark.parametrize("error", [OSError("disk"), RuntimeError("broken"), ZeroDivisionError()])
def test_a_failure_of_the_server_stays_one(error: Exception) -> None:
    with pytest.raises(type(error)):
        answer(error)


def test_it_stands_around_every_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_: Any) -> Any:
        raise KeyError("x")

    handlers = {"a": serve, "b": serve}
    monkeypatch.setattr(seams, "SERVICE_HANDLERS", SimpleNamespace(value=handlers))

    failure.install()

    assert [asyncio.run(_run(handlers[name]))[0] for name in "ab"] == [400, 400]
