from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import buckets


class S3:
    """The buckets of an account, as MiniStack serves them."""

    def __init__(self) -> None:
        self.now = 100.0
        self.there: dict[str, dict[str, str]] = {"kept": {"created": "then"}, "gone": {"created": "once"}}
        self.status = 204

    async def serve(self, method: str, path: str, *_: Any) -> Any:
        name = path.strip("/")
        if method == "DELETE" and self.status == 204:
            self.there.pop(name, None)
        if method == "PUT":
            self.there[name] = {"created": "anew"}
        entries = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in self.there)
        listed = f"<Buckets>{entries}</Buckets>" if entries else "<Buckets />"
        status = {"DELETE": self.status}.get(method, 200)
        return status, {}, f"<R>{listed}</R>".encode()

    def ask(self, method: str, path: str, query: dict[str, Any] | None = None) -> Any:
        return asyncio.run(_run(seams.SERVICE_HANDLERS.value["s3"], method, path, {}, b"", query or {}))

    def names(self) -> list[str | None]:
        return [element.text for element in fromstring(self.ask("GET", "/")[2]).iter("Name")]  # noqa: S314 - our own


async def _run(serve: Any, *request: Any) -> Any:
    return await serve(*request)


@pytest.fixture
def s3(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> S3:  # noqa: ARG001 - it has to be empty first
    s3 = S3()
    seams.SERVICE_HANDLERS.replace({"s3": s3.serve})
    seams.BUCKETS.replace(s3.there)
    monkeypatch.setattr(buckets, "time", SimpleNamespace(monotonic=lambda: s3.now))
    buckets.install(0.5)
    return s3


@pytest.mark.parametrize("query", [{}, {"x-id": ["DeleteBucket"]}])
def test_a_bucket_that_was_deleted_is_listed_and_its_name_is_taken_for_a_while(s3: S3, query: dict[str, Any]) -> None:
    s3.ask("DELETE", "/gone", query)

    status, _, body = s3.ask("PUT", "/gone/")
    before = s3.names()
    s3.now += 0.5

    assert (status, b"<Code>OperationAborted</Code>" in body, before) == (409, True, ["kept", "gone"])
    assert (s3.names(), s3.ask("PUT", "/gone")[0], s3.names()) == (["kept"], 200, ["kept", "gone"])


def test_it_is_listed_where_it_was_the_only_one(s3: S3) -> None:
    s3.there.pop("kept")

    s3.ask("DELETE", "/gone")

    assert s3.names() == ["gone"]


def test_a_bucket_that_stays_and_what_lies_in_one_are_none_of_it(s3: S3) -> None:
    s3.status = 409
    s3.ask("DELETE", "/gone")
    s3.status = 204
    s3.ask("DELETE", "/kept/key")
    s3.ask("DELETE", "/kept", {"policy": [""]})

    assert (s3.ask("PUT", "/gone")[0], s3.ask("PUT", "/kept")[0]) == (200, 200)
