from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import quotas
from serverless_pipeline.local.eventual.quotas import Bucket

FINE: tuple[int, dict[str, str], bytes] = (200, {}, b"")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def fine(*_: Any) -> Any:
    return FINE


def test_as_many_as_the_bucket_holds_may_ask_at_once_then_it_fills_again() -> None:
    clock = Clock()
    bucket = Bucket(2.0, 3, clock)

    at_once = [bucket.take() for _ in range(4)]
    clock.now += 1
    later = [bucket.take() for _ in range(3)]
    clock.now += 1000
    rested = [bucket.take() for _ in range(4)]

    assert at_once == [True, True, True, False]
    assert later == [True, True, False]
    assert rested == [True, True, True, False]


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("lambda", 429, "TooManyRequestsException"),
        ("apigateway", 429, "TooManyRequestsException"),
        ("codepipeline", 400, "ThrottlingException"),
    ],
)
def test_each_service_says_it_in_its_own_way(service: str, status: int, code: str) -> None:
    answer = quotas.refusal(service)

    assert (answer[0], json.loads(answer[2])["__type"], answer[1]["x-amzn-errortype"]) == (status, code, code)


@pytest.mark.parametrize("service", ["cloudformation", "iam"])
def test_a_query_service_says_it_in_xml(service: str) -> None:
    status, _, body = quotas.refusal(service)

    assert (status, b"<Code>Throttling</Code><Message>Rate exceeded</Message>" in body) == (400, True)


def test_invocations_are_not_counted() -> None:
    serve = quotas.rationed(fine, "lambda", Bucket(1.0, 0, Clock()))

    async def ask(method: str, path: str) -> Any:
        return await serve(method, path)

    assert asyncio.run(ask("POST", "/2015-03-31/functions/f/invocations")) == FINE
    assert asyncio.run(ask("GET", "/2015-03-31/functions/"))[0] == 429


@pytest.mark.usefixtures("empty_ministack")
def test_each_service_has_a_bucket_of_its_own() -> None:
    handlers = {**dict.fromkeys(quotas.QUOTAS, fine), "s3": fine}
    seams.SERVICE_HANDLERS.replace(handlers)

    quotas.install()

    async def ask(service: str, times: int) -> list[int]:
        return [(await handlers[service]("GET", "/"))[0] for _ in range(times)]

    assert asyncio.run(ask("lambda", 16))[-1] == 429
    assert asyncio.run(ask("iam", 1)) == [200]
    assert handlers["s3"] is fine
