from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import aliases

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN = "arn:aws:lambda:eu-west-1:000000000000:function:shop"
DIVIDED = {
    "FunctionVersion": "1",
    "AliasArn": f"{ARN}:live",
    "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}},
}

pytestmark = pytest.mark.usefixtures("empty_ministack")


@pytest.mark.parametrize(
    ("number", "version"),
    [(0.0, "2"), (0.2499, "2"), (0.25, "1"), (0.9999, "1")],
)
def test_the_weight_is_the_share_of_the_draws_that_go_to_the_additional_version(number: float, version: str) -> None:
    assert aliases.version(DIVIDED, number) == version


@pytest.mark.parametrize(
    "routing", [{}, {"RoutingConfig": None}, {"RoutingConfig": {"AdditionalVersionWeights": None}}]
)
def test_an_alias_without_weights_has_one_version_for_all_draws(routing: dict[str, Any]) -> None:
    assert {aliases.version({"FunctionVersion": "7"} | routing, number / 10) for number in range(10)} == {"7"}


@pytest.mark.parametrize(("number", "version"), [(0.1, "2"), (0.3, "3"), (0.6, "1")])
def test_weights_lie_one_after_the_other(number: float, version: str) -> None:
    weights = {"2": 0.25, "3": "0.25"}

    assert aliases.version(DIVIDED | {"RoutingConfig": {"AdditionalVersionWeights": weights}}, number) == version


def test_an_alias_of_no_version_is_the_latest() -> None:
    assert aliases.version({}, 0.5) == "$LATEST"


class MiniStack:
    """Lambda of a MiniStack with the function `shop`, and what it executed and counted."""

    def __init__(self) -> None:
        self.draws: Iterator[float] = iter(())
        self.executed: list[tuple[Any, ...]] = []
        self.metrics: list[tuple[Any, ...]] = []
        self.headers = {"X-Amz-Executed-Version": "1", "Other": "x"}
        self.result: dict[str, Any] = {"body": 1}
        versions = {number: {"config": {"FunctionName": "shop", "Version": number}} for number in ("1", "2")}
        self.functions: dict[str, Any] = {
            "shop": {"aliases": {"live": DIVIDED}, "versions": versions, "config": {}},
            "bare": {},
        }

    async def invoke(
        self, name: str, event: Any, headers: Any, path: str | None = None, query: Any = None
    ) -> tuple[int, dict[str, str], Any]:
        if event == "fail":
            raise ZeroDivisionError
        return 200, self.headers, (name, event, headers, path, query, self.execute(event, f"{ARN}:live"))

    def execute(self, event: Any, arn: str) -> Any:
        config = {"FunctionName": "shop", "FunctionArn": arn}
        return seams.EXECUTE_FUNCTION_DISPATCH({"latest": True}, config, event, "id", 12.5)

    def dispatch(self, *words: Any) -> dict[str, Any]:
        self.executed.append(words)
        return self.result

    def find(self, reference: str) -> tuple[Any, Any, str]:
        return (
            ({"code": 1}, {"FunctionArn": ARN, "Version": "1"}, "shop") if "shop" in reference else (None, None, "no")
        )

    def of_version(self, name: str, qualifier: str) -> tuple[Any, Any]:
        version = self.functions[name]["versions"].get(qualifier)
        return (version, version["config"]) if version else (None, None)

    def versions(self) -> list[str]:
        return [config.get("Version", "none") for _, config, *_ in self.executed]


@pytest.fixture
def ministack() -> MiniStack:
    ministack = MiniStack()
    seams.INVOKE.replace(ministack.invoke)
    seams.EXECUTE_FUNCTION_DISPATCH.replace(ministack.dispatch)
    seams.GET_FUNC_RECORD_FOR_REF.replace(ministack.find)
    seams.GET_FUNC_RECORD_FOR_QUALIFIER.replace(ministack.of_version)
    seams.QUALIFIER_OF_REQUEST.replace(lambda path, query: path or (query or {}).get("Qualifier"))
    seams.RESOLVE_NAME_AND_QUALIFIER.replace(lambda reference: reference.rpartition(":")[::2])
    seams.LAMBDA_FUNCTIONS.replace(ministack.functions)
    seams.RECORD_METRIC.replace(lambda *words: ministack.metrics.append(words))
    aliases.install(lambda: next(ministack.draws))
    return ministack


def invoke(*words: Any) -> tuple[int, dict[str, str], Any]:
    answer: tuple[int, dict[str, str], Any] = asyncio.run(seams.INVOKE(*words))
    return answer


@pytest.mark.parametrize("request_", [("live", None), (None, {"Qualifier": "live"})])
def test_one_draw_decides_what_runs_and_what_is_said_to_have_run(
    ministack: MiniStack, request_: tuple[str | None, Any]
) -> None:
    ministack.draws = iter([0.1])

    status, headers, body = invoke("shop", "event", {"a": "b"}, *request_)

    assert (status, headers) == (200, {"X-Amz-Executed-Version": "2", "Other": "x"})
    assert body == ("shop", "event", {"a": "b"}, *request_, {"body": 1})
    assert ministack.versions() == ["2"]
    assert ministack.headers["X-Amz-Executed-Version"] == "1"


def test_where_ministack_names_no_version_none_is_named(ministack: MiniStack) -> None:
    ministack.draws = iter([0.1])
    ministack.headers = {"Other": "x"}

    assert invoke("shop", "event", {}, "live")[1] == {"Other": "x"}


@pytest.mark.parametrize(("name", "qualifier"), [("shop", "2"), ("shop", None), ("bare", "live"), ("no", "live")])
def test_what_is_no_alias_is_invoked_as_it_was(ministack: MiniStack, name: str, qualifier: str | None) -> None:
    ministack.draws = iter([0.9])  # for the execution, which is made for the alias all the same

    _, headers, body = invoke(name, "event", {}, qualifier, {"a": 1})

    assert headers == ministack.headers
    assert body[:5] == (name, "event", {}, qualifier, {"a": 1})


def test_a_draw_is_for_one_invocation(ministack: MiniStack) -> None:
    async def twice() -> None:
        await seams.INVOKE("shop", "event", {}, "live")
        ministack.execute("event", f"{ARN}:live")

    ministack.draws = iter([0.1, 0.9])

    asyncio.run(twice())

    assert ministack.versions() == ["2", "1"]


def test_a_draw_ends_with_an_invocation_that_failed(ministack: MiniStack) -> None:
    async def fail_then_execute() -> None:
        with pytest.raises(ZeroDivisionError):
            await seams.INVOKE("shop", "fail", {}, "live")
        ministack.execute("event", f"{ARN}:live")

    ministack.draws = iter([0.1, 0.9])

    asyncio.run(fail_then_execute())

    assert ministack.versions() == ["1"]


def test_a_draw_for_another_alias_does_not_count(ministack: MiniStack) -> None:
    ministack.functions["shop"]["aliases"] = {"live": DIVIDED, "next": DIVIDED}
    ministack.draws = iter([0.1, 0.9])

    invoke("shop", "event", {}, "next")

    assert ministack.versions() == ["1"]


def test_an_invocation_by_another_service_is_drawn_when_it_is_executed(ministack: MiniStack) -> None:
    ministack.draws = iter([0.1, 0.9])

    results = [ministack.execute("event", f"{ARN}:live") for _ in range(2)]

    assert results == [{"body": 1}] * 2
    assert ministack.versions() == ["2", "1"]


def test_a_version_runs_under_the_arn_that_was_invoked(ministack: MiniStack) -> None:
    ministack.draws = iter([0.1])

    ministack.execute("event", f"{ARN}:live")

    config = {"FunctionName": "shop", "Version": "2", "FunctionArn": f"{ARN}:live"}
    assert ministack.executed == [({"config": config}, config, "event", "id", 12.5)]
    assert ministack.functions["shop"]["versions"]["2"] == {"config": {"FunctionName": "shop", "Version": "2"}}


@pytest.mark.parametrize("arn", [ARN, f"{ARN}:2", "", f"{ARN}:live:more"])
def test_what_was_not_invoked_by_an_alias_runs_as_it_would(ministack: MiniStack, arn: str) -> None:
    ministack.execute("event", arn)

    config = {"FunctionName": "shop", "FunctionArn": arn}
    assert ministack.executed == [({"latest": True}, config, "event", "id", 12.5)]
    assert ministack.metrics == []


def test_a_configuration_may_lack_its_names(ministack: MiniStack) -> None:
    seams.EXECUTE_FUNCTION_DISPATCH({}, {}, "event", "id", 12.5)

    assert ministack.executed == [({}, {}, "event", "id", 12.5)]


def test_a_version_that_is_gone_is_ministacks_to_run(ministack: MiniStack) -> None:
    ministack.draws = iter([0.1])
    del ministack.functions["shop"]["versions"]["2"]
    function: dict[str, Any] = {"config": {"Version": "9"}}

    seams.EXECUTE_FUNCTION_DISPATCH(function, {"FunctionName": "shop", "FunctionArn": f"{ARN}:live"}, 1, "id", 12.5)

    assert ministack.executed == [(function, {"Version": "9"}, 1, "id", 12.5)]


@pytest.mark.parametrize(("result", "errors"), [({"body": 1}, 0), ({"error": True}, 1)])
def test_invocations_and_errors_are_counted_by_function_alias_and_version(
    ministack: MiniStack, result: dict[str, Any], errors: int
) -> None:
    ministack.draws = iter([0.1])
    ministack.result = result

    ministack.execute("event", f"{ARN}:live")

    dimensions = {"FunctionName": "shop", "Resource": "shop:live", "ExecutedVersion": "2"}
    assert ministack.metrics == [
        ("AWS/Lambda", "Invocations", 1, "Count", dimensions),
        ("AWS/Lambda", "Errors", errors, "Count", dimensions),
    ]


def test_the_alias_that_another_service_names_is_kept(ministack: MiniStack) -> None:
    record, config, name = seams.GET_FUNC_RECORD_FOR_REF("shop:live")

    assert (record, name) == ({"code": 1}, "shop")
    assert config == {"FunctionArn": f"{ARN}:live", "Version": "1"}
    assert ministack.executed == []


@pytest.mark.parametrize("reference", ["shop:2", "no:live"])
def test_what_names_no_alias_is_what_ministack_finds(ministack: MiniStack, reference: str) -> None:
    assert seams.GET_FUNC_RECORD_FOR_REF(reference) == ministack.find(reference)


def test_draws_are_random_if_nothing_else_is_chosen() -> None:
    default = aliases.install.__defaults__

    assert default is not None
    numbers = [default[0]() for _ in range(5)]
    assert len(set(numbers)) == 5
    assert all(0 <= number < 1 for number in numbers)


def test_an_alias_routes_as_before_while_somebody_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliases, "_former", [])
    seams.LAMBDA_FUNCTIONS.replace({"shop": {"aliases": {"live": DIVIDED, "next": DIVIDED}}})
    before = {"FunctionVersion": "0"}

    aliases.unless(lambda function, alias: before if (function, alias) == ("shop", "live") else None)

    assert [aliases._alias("shop", name) for name in ("live", "next", "absent", None)] == [before, DIVIDED, None, None]
    assert aliases.record("shop", "live") == DIVIDED
