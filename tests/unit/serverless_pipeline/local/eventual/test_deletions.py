from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import deletions

if TYPE_CHECKING:
    from collections.abc import Awaitable

ROOT = "/2015-03-31/functions"


class Lambda:
    """A function `f`; what reaches MiniStack of requests for it, before its time is up and after."""

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {"f": {"config": {"State": "Active"}}}
        self.served: list[tuple[str, str]] = []
        self.slept: list[float] = []

    async def serve(self, method: str, path: str, *_: Any) -> Any:
        self.served.append((method, path.removeprefix(ROOT)))
        return 200, {}, b""

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.slept.append(seconds)
        return asyncio.sleep(0)

    def ask(self, *requests: tuple[Any, ...]) -> list[int]:
        """The statuses; what takes its time does not end before the last request is answered."""

        async def run() -> list[int]:
            serve = deletions.deleting(self.serve, 0.5, self.sleep)
            answers = [await serve(one[0], f"{ROOT}{one[1]}", {}, *(one[2:] or (b"",)), {}) for one in requests]
            await asyncio.sleep(0.01)
            return [int(answer[0]) for answer in answers]

        return asyncio.run(run())


@pytest.fixture
def service(empty_ministack: None) -> Lambda:  # noqa: ARG001 - it has to be empty first
    service = Lambda()
    seams.LAMBDA_FUNCTIONS.replace(service.functions)
    seams.RESOLVE_NAME_AND_QUALIFIER.replace(lambda name: (name.partition(":")[0], name.partition(":")[2] or None))
    seams.ERROR_RESPONSE_JSON.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))
    return service


def test_a_function_is_deleted_after_its_time_and_deleting_until_then(service: Lambda) -> None:
    statuses = service.ask(("DELETE", "/f"), ("GET", "/f"))

    assert statuses == [204, 200]
    assert (service.slept, service.served) == ([0.5], [("GET", "/f"), ("DELETE", "/f")])
    assert service.functions["f"]["config"] == {"State": "Deleting", "StateReason": "The function is being deleted."}


@pytest.mark.parametrize(
    "request_",
    [
        ("POST", "/f/invocations"),
        ("POST", "/f:live/invocations"),
        ("PUT", "/f/code"),
        ("DELETE", "/f"),
        ("POST", "", json.dumps({"FunctionName": "f"}).encode()),
    ],
)
def test_meanwhile_its_name_is_taken_and_it_takes_nothing(service: Lambda, request_: tuple[Any, ...]) -> None:
    assert service.ask(("DELETE", "/f"), request_) == [204, 409]
    assert service.served == [("DELETE", "/f")]


@pytest.mark.parametrize(
    "request_",
    [
        ("DELETE", "/g"),
        ("DELETE", "/f:1"),
        ("DELETE", "/f/aliases/live"),
        ("POST", "", b"no JSON"),
        ("POST", "", b"[]"),
        ("POST", "", json.dumps({"FunctionName": "g"}).encode()),
        ("GET", ""),
    ],
)
def test_everything_else_is_served_at_once(service: Lambda, request_: tuple[Any, ...]) -> None:
    assert service.ask(request_) == [200]
    assert (service.slept, service.functions["f"]["config"]["State"]) == ([], "Active")
