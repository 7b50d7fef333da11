from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.eventual import aliases
from serverless_pipeline.local.functions import aliases as routes

ROOT = "/2015-03-31/functions"


class Lambda:
    """A function `f` with an alias `live`, that a request moves as MiniStack does it, in place."""

    def __init__(self) -> None:
        self.now = 100.0
        self.status = 200
        self.alias: dict[str, Any] = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}

    async def serve(self, method: str, _path: str, version: str = "") -> Any:
        if method == "PUT" and self.status == 200:
            self.alias["FunctionVersion"] = version
            self.alias["RoutingConfig"].clear()
        return self.status, {}, b""

    def ask(self, method: str = "PUT", path: str = "f/aliases/live", version: str = "2") -> int:
        answer = asyncio.run(_run(seams.SERVICE_HANDLERS.value["lambda"], method, f"{ROOT}/{path}", version))
        return int(answer[0])

    def routed(self) -> Any:
        return routes._alias("f", "live")


async def _run(serve: Any, *request: Any) -> Any:
    return await serve(*request)


@pytest.fixture
def service(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> Lambda:  # noqa: ARG001 - it has to be empty first
    service = Lambda()
    seams.SERVICE_HANDLERS.replace({"lambda": service.serve})
    seams.LAMBDA_FUNCTIONS.replace({"f": {"aliases": {"live": service.alias}}})
    seams.GET_ACCOUNT_ID.replace(lambda: "123456789012")
    seams.RESOLVE_NAME_AND_QUALIFIER.replace(lambda name: (name.rpartition(":")[2], None))
    monkeypatch.setattr(aliases, "time", SimpleNamespace(monotonic=lambda: service.now))
    monkeypatch.setattr(routes, "_former", [])
    aliases.install(0.5)
    return service


@pytest.mark.parametrize("name", ["f", "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af"])
def test_an_alias_that_was_moved_routes_as_before_for_its_time(service: Lambda, name: str) -> None:
    before = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
    service.ask(path=f"{name}/aliases/live")
    seen = []
    for seconds in (0.0, 0.49, 0.51):
        service.now = 100.0 + seconds
        seen.append(service.routed())

    assert seen == [before, before, {"FunctionVersion": "2", "RoutingConfig": {}}]


def test_it_is_told_as_it_will_be(service: Lambda) -> None:
    service.ask()

    assert routes.record("f", "live") == {"FunctionVersion": "2", "RoutingConfig": {}}


def test_one_that_moves_twice_routes_as_before_both(service: Lambda) -> None:
    service.ask(version="2")
    service.now += 0.3
    service.ask(version="3")
    first = service.routed()["FunctionVersion"]
    service.now += 0.51

    assert (first, service.routed()["FunctionVersion"]) == ("1", "3")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "f/aliases/live", 412),
        ("PUT", "f/aliases/absent", 404),
        ("GET", "f/aliases/live", 200),
        ("PUT", "f/code", 200),
    ],
)
def test_what_moves_no_alias_is_none_of_it(service: Lambda, method: str, path: str, status: int) -> None:
    service.status = status

    assert service.ask(method, path) == status
    assert service.routed() is service.alias
