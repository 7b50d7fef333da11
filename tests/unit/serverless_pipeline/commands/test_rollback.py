from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.commands import rollback
from serverless_pipeline.errors import Error
from serverless_pipeline.project import releases
from serverless_pipeline.project.releases import Release
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def release() -> Callable[..., Release]:
    """Make a release so many hours old, with all parts or those named."""

    def made(execution: str, hours: int, parts: tuple[str, ...] = ("lambda", "apigateway", "s3")) -> Release:
        time = datetime(2026, 1, 2, tzinfo=UTC) - timedelta(hours=hours)
        return Release(execution, "v", time, {part: {} for part in parts})

    return made


def test_the_release_before_the_current_one_is_complete(release: Callable[..., Release]) -> None:
    now, broken, before = release("c", 0), release("b", 1, ("lambda",)), release("a", 2)

    assert rollback.chosen("Prod", [now, broken, before], now, "") == before


def test_after_a_deploy_that_failed_half_way_the_newest_complete_release_is_the_one(
    release: Callable[..., Release],
) -> None:
    broken, last = release("b", 0, ("lambda", "apigateway")), release("a", 1)

    assert rollback.chosen("Prod", [broken, last], None, "") == last


def test_where_no_release_is_complete_there_is_none(release: Callable[..., Release]) -> None:
    with pytest.raises(Error, match="There is no release of Prod that is complete"):
        rollback.chosen("Prod", [release("a", 0, ("lambda",))], None, "")


class Function:
    """The function that rolls back, as a client of Lambda that is asked for it."""

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def __init__(self, payload: Any, **response: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self._response = {"Payload": io.BytesIO(json.dumps(payload).encode()), **response}

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return self._response


@pytest.mark.parametrize(
    ("function", "told", "hint"),
    [
        (
            Function({"error": "it is incomplete; nothing has moved", "moved": []}),
            "Prod was not brought back: it is incomplete; nothing has moved.",
            "invoke pipeline.releases",
        ),
        (
            Function({"error": "S3 kept it; moved so far: API", "moved": ["API"]}),
            "Prod was not brought back: S3 kept it; moved so far: API.",
            "invoke pipeline.rollback --environment Prod --to a",
        ),
        (
            Function({"errorMessage": "Task timed out after 300.00 seconds"}, FunctionError="Unhandled"),
            "The function shop-rollback broke: Task timed out after 300.00 seconds. It can be repeated.",
            "invoke pipeline.rollback --environment Prod --to a",
        ),
    ],
    ids=["refused", "half-way", "broke"],
)
def test_a_rollback_that_failed_says_how_to_go_on(
    release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch, function: Function, told: str, hint: str
) -> None:
    monkeypatch.setattr(releases, "recorded", lambda *_: [release("a", 1)])
    monkeypatch.setattr(releases, "current", lambda *_: None)
    somewhere = SimpleNamespace(account="1", region="eu-west-1", rollbacks=function)

    with pytest.raises(Error) as raised:
        rollback.roll_back(Settings(stack_name="shop"), somewhere, "Prod", "a", sure=True)  # type: ignore[arg-type]

    assert str(raised.value) == f"{told}\n  Next: {hint}"
    (asked,) = function.asked
    assert (asked["FunctionName"], json.loads(asked["Payload"])) == (
        "shop-rollback",
        {"environment": "prod", "execution": "a"},
    )


def test_a_stack_from_before_there_were_rollbacks_is_brought_up_first(
    release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(**_request: Any) -> None:
        raise LookupError

    function = Function({})
    monkeypatch.setattr(function, "invoke", missing)
    monkeypatch.setattr(releases, "recorded", lambda *_: [release("a", 1)])
    monkeypatch.setattr(releases, "current", lambda *_: None)
    monkeypatch.setattr(stack, "demand", lambda *_: None)
    somewhere = SimpleNamespace(account="1", region="eu-west-1", rollbacks=function)

    with pytest.raises(Error, match=r"has no function shop-rollback yet\.\n  Next: invoke pipeline.up"):
        rollback.roll_back(Settings(stack_name="shop"), somewhere, "Prod", "a", sure=True)  # type: ignore[arg-type]
