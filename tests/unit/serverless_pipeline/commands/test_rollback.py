from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline import console
from serverless_pipeline.commands import rollback
from serverless_pipeline.commands.rollback import Choice
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.project import releases
from serverless_pipeline.project.releases import Release, Site
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop", environments=("Test", "Prod"))
CLIENTS: Any = SimpleNamespace(account="000000000000", region="us-east-1")
LIST = "invoke pipeline.releases"


def release(execution: str, hours: int, *, complete: bool = True, sites: tuple[str, ...] = ("Docs", "Shop")) -> Release:
    """A release of some sites, so many hours old; of one that is not complete the last site is missing."""
    parts = {name: Site(name.lower(), f"v-{execution}") for name in (sites if complete else sites[:-1])}
    time = datetime(2026, 1, 2, tzinfo=UTC) - timedelta(hours=hours)
    return Release(execution, f"v-{execution}", time, parts, frozenset(sites))


NOW, BROKEN, BEFORE, FIRST = release("d", 0), release("c", 1, complete=False), release("b", 2), release("a", 3)
ALL = [NOW, BROKEN, BEFORE, FIRST]


def choose(
    monkeypatch: pytest.MonkeyPatch,
    history: list[Release],
    current: Release | None,
    execution: str = "",
    name: str = "",
) -> Choice:
    """What is chosen where these releases are on record for the last environment, and this one is in place."""
    monkeypatch.setattr(releases, "bucket", lambda settings, _: {"shop": "artifacts"}[settings.stack_name])
    monkeypatch.setattr(releases, "read", lambda _, *place: {("artifacts", "Prod"): history}[place])
    monkeypatch.setattr(releases, "current", lambda _, some: current if some is history else None)
    return rollback.choose(SETTINGS, CLIENTS, name, execution)


def test_the_release_before_the_current_one_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(monkeypatch, ALL, NOW) == Choice("Prod", NOW, BEFORE)


def test_an_environment_is_named_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(monkeypatch, ALL, NOW, name="prod") == Choice("Prod", NOW, BEFORE)


def test_after_a_deploy_that_failed_half_way_the_newest_complete_release_is_the_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert choose(monkeypatch, [BROKEN, BEFORE, FIRST], None) == Choice("Prod", None, BEFORE)


@pytest.mark.parametrize("sites", [("Docs",), ("Docs", "Shop", "Intern"), ()], ids=["fewer", "more", "a stack alone"])
def test_a_release_of_other_parts_than_the_current_one_is_a_way_back(
    monkeypatch: pytest.MonkeyPatch, sites: tuple[str, ...]
) -> None:
    other = release("a", 1, sites=sites)

    assert choose(monkeypatch, [NOW, other], NOW) == Choice("Prod", NOW, other)


def test_what_got_there_without_its_stack_is_no_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    without = replace(BEFORE, names=None)

    assert choose(monkeypatch, [NOW, without, FIRST], NOW) == Choice("Prod", NOW, FIRST)


@pytest.mark.parametrize("named", [NOW, FIRST], ids=["newer", "older"])
def test_a_release_may_be_named_by_its_execution(monkeypatch: pytest.MonkeyPatch, named: Release) -> None:
    assert choose(monkeypatch, ALL, BEFORE, named.execution) == Choice("Prod", BEFORE, named)


@pytest.mark.parametrize(
    ("history", "current", "execution", "message"),
    [
        ([], None, "", "No release of Prod is on record yet.\n  Next: invoke pipeline.run"),
        ([], None, "a", "No release of Prod is on record yet.\n  Next: invoke pipeline.run"),
        ([BROKEN], None, "", f"There is no release of Prod that is complete.\n  Next: {LIST}"),
        ([NOW, BROKEN], NOW, "", f"There is no release of Prod before the current one, d.\n  Next: {LIST}"),
        (ALL, NOW, "x", f"No release of execution x is on record for Prod.\n  Next: {LIST}"),
        (ALL, NOW, "c", f"The release c of Prod is incomplete: not all of it got there.\n  Next: {LIST}"),
    ],
    ids=["none", "none to name", "none complete", "none before", "unknown", "incomplete"],
)
def test_where_there_is_no_way_back_it_says_why_and_what_to_type_next(
    monkeypatch: pytest.MonkeyPatch, history: list[Release], current: Release | None, execution: str, message: str
) -> None:
    with pytest.raises(Error) as raised:
        choose(monkeypatch, history, current, execution)

    assert str(raised.value) == message


def test_an_environment_that_there_is_not_is_refused_before_anybody_is_asked() -> None:
    with pytest.raises(Misconfigured, match="--environment: 'Live' must be one of Test, Prod"):
        rollback.choose(SETTINGS, CLIENTS, "Live", "")


def words(one: Release) -> str:
    return f"release {one.execution} (v-{one.execution}, {one.time.astimezone():%Y-%m-%d %H:%M:%S})"


@pytest.mark.parametrize(
    ("current", "start"), [(NOW, words(NOW)), (None, "a state that no release left")], ids=["release", "mixture"]
)
@pytest.mark.parametrize("sure", [True, False])
def test_the_question_names_target_environment_from_and_to(
    monkeypatch: pytest.MonkeyPatch, current: Release | None, start: str, *, sure: bool
) -> None:
    questions: list[Any] = []
    monkeypatch.setattr(console, "confirm", lambda question, **options: questions.append((question, options)))

    rollback.confirm(SETTINGS, CLIENTS, Choice("Prod", current, BEFORE), sure=sure)

    where = "local, account 000000000000, us-east-1, stack shop"
    again = "invoke pipeline.rollback --environment Prod --to b --yes"
    question = f"Bring Prod ({where}) from {start} back to {words(BEFORE)}?"
    assert questions == [(question, {"sure": sure, "again": again})]


class Function:
    """The function that rolls back, as a client of Lambda that is asked for it."""

    def __init__(self, payload: Any, **response: str) -> None:
        self.requests: list[tuple[str, Any]] = []
        self._response = {"Payload": io.BytesIO(json.dumps(payload).encode()), **response}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        self.requests.append((FunctionName, json.loads(Payload)))
        return self._response


class Refusing:
    """A client of Lambda that refuses."""

    def __init__(self, code: str) -> None:
        self._code = code

    def invoke(self, **_request: object) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, "Invoke")


def roll_back(function: object) -> list[str]:
    clients: Any = SimpleNamespace(rollbacks=function)
    return rollback.roll_back(SETTINGS, clients, Choice("Prod", NOW, BEFORE))


def test_the_function_of_the_stack_brings_the_environment_to_the_release() -> None:
    function = Function({"moved": ["API a/prod", "function f"]})

    moved = roll_back(function)

    assert moved == ["API a/prod", "function f"]
    assert function.requests == [("shop-rollback", {"environment": "prod", "execution": "b"})]


@pytest.mark.parametrize(
    ("function", "message", "hint"),
    [
        (
            Function({"error": "it is a stack alone; nothing has moved", "moved": []}),
            "Prod was not brought back: it is a stack alone; nothing has moved.",
            LIST,
        ),
        (
            Function({"error": "S3 kept it; moved so far: API", "moved": ["API"]}),
            "Prod was not brought back: S3 kept it; moved so far: API.",
            "invoke pipeline.rollback --environment Prod --to b",
        ),
        (
            Function({"errorMessage": "Task timed out after 300.00 seconds"}, FunctionError="Unhandled"),
            "The function shop-rollback broke: Task timed out after 300.00 seconds. It can be repeated.",
            "invoke pipeline.rollback --environment Prod --to b",
        ),
        (
            Refusing("ResourceNotFoundException"),
            "The stack has no function shop-rollback yet.",
            "invoke pipeline.up",
        ),
    ],
    ids=["refused", "half-way", "broke", "not there"],
)
def test_a_rollback_that_failed_says_how_to_go_on(function: object, message: str, hint: str) -> None:
    with pytest.raises(Error) as raised:
        roll_back(function)

    assert str(raised.value) == f"{message}\n  Next: {hint}"


def test_a_refusal_is_no_absence() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        roll_back(Refusing("AccessDeniedException"))


def test_what_has_moved_is_told_and_where_the_environment_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    rollback.show(Choice("Prod", NOW, BEFORE), ["API a/prod", "function f"])

    assert capsys.readouterr().err.splitlines() == [
        "Moved      API a/prod",
        "Moved      function f",
        f"Left       {rollback._LEFT}",
        f"Ended      Prod to {words(BEFORE)}",
    ]
