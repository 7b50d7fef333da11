from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import causes, events, operation, stack, tree
from serverless_pipeline.cloudformation.events import Event, Look
from serverless_pipeline.cloudformation.operation import Failure
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
from serverless_pipeline.codepipeline.logs import Line
from serverless_pipeline.commands import log
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Pace, Patience
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Settings(stack_name="shop")
CLIENTS: Any = SimpleNamespace(account="000000000000", region="us-east-1")
ROOT = Stack("shop", "arn:shop", Status.UPDATE_ROLLBACK_COMPLETE)
TREE = Tree("arn:shop")
TEST = Stack("shop-test", "arn:shop-test", Status.ROLLBACK_COMPLETE)
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(logical_id: str, status: str, reason: str = "", *, at: int = 0, nested: bool = False) -> Event:
    """An event of a bucket, so many seconds after the operation began."""
    name = "shop-Roles-1A2B" if nested else "shop"
    time = START + timedelta(seconds=at)
    return Event(f"{logical_id}{at}", time, name, f"arn:{name}", logical_id, "", "AWS::S3::Bucket", status, reason)


BEFORE = event("Old", "CREATE_FAILED", "earlier", at=-1)
STARTED = event("Bucket", "UPDATE_IN_PROGRESS", at=0)
FIRST = event("Bucket", "UPDATE_FAILED", "shop-x already exists", at=1)
SECOND = event("Role", "UPDATE_FAILED", "Resource update cancelled", at=2, nested=True)
HISTORY = [BEFORE, STARTED, FIRST, SECOND]


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack whose last operation failed, and that of an environment."""
    monkeypatch.setattr(stack, "find", lambda _, name: {"shop": ROOT, "shop-test": TEST}.get(name))
    monkeypatch.setattr(tree, "look", lambda _, stack_id: TREE if stack_id == "arn:shop" else Tree(stack_id))
    return ROOT


@pytest.mark.usefixtures("root")
def test_the_events_of_the_stack_are_told_with_time_status_and_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "history", lambda _, stacks: HISTORY if stacks is TREE else [])

    lines = list(log.stack_events(SETTINGS, CLIENTS, Patience(), "", follow=False))

    assert lines == [
        "2026-01-02 03:04:04Z  CREATE_FAILED         Old  earlier",
        "2026-01-02 03:04:05Z  UPDATE_IN_PROGRESS    Bucket",
        "2026-01-02 03:04:06Z  UPDATE_FAILED         Bucket  shop-x already exists",
        "2026-01-02 03:04:07Z  UPDATE_FAILED         Roles/Role  Resource update cancelled",
    ]


@pytest.mark.usefixtures("root")
def test_the_events_of_an_environment_are_those_of_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        events, "history", lambda _, stacks: {TEST.id: [replace(FIRST, stack=TEST.name)]}[stacks.stack_id]
    )

    lines = list(log.stack_events(SETTINGS, CLIENTS, Patience(), "test", follow=False))

    assert lines == ["2026-01-02 03:04:06Z  UPDATE_FAILED         Bucket  shop-x already exists"]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ("Tset", "--environment: 'Tset' must be one of Test, Prod"),
        ("Prod", "There is no stack shop-prod in 000000000000, us-east-1.\n  Next: invoke pipeline.run"),
    ],
    ids=["misspelt", "not delivered yet"],
)
def test_an_environment_that_has_no_stack_is_told_with_what_makes_it(environment: str, words: str) -> None:
    with pytest.raises(Error) as of_events:
        log.stack_events(SETTINGS, CLIENTS, Patience(), environment, follow=False)
    with pytest.raises(Error) as of_failure:
        log.failure(SETTINGS, CLIENTS, environment)

    assert (str(of_events.value), str(of_failure.value)) == (words, words)


def test_the_events_of_an_operation_that_goes_on_are_told_as_they_come(
    monkeypatch: pytest.MonkeyPatch, root: Stack
) -> None:
    patience = Patience()

    def follow(*request: object) -> Iterator[Look]:
        assert request == (CLIENTS, root, TREE, patience)
        yield Look(root, (STARTED, FIRST))
        yield Look(None, ())
        yield Look(root, (SECOND,))
        pytest.fail("nobody has taken the last one yet")

    monkeypatch.setattr(events, "follow", follow)

    lines = log.stack_events(SETTINGS, CLIENTS, patience, "", follow=True)

    assert list(islice(lines, 3)) == [
        "2026-01-02 03:04:05Z  UPDATE_IN_PROGRESS    Bucket",
        "2026-01-02 03:04:06Z  UPDATE_FAILED         Bucket  shop-x already exists",
        "2026-01-02 03:04:07Z  UPDATE_FAILED         Roles/Role  Resource update cancelled",
    ]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("environment", "failed"), [("", ROOT), ("Test", TEST)])
def test_the_failure_is_that_of_the_last_operation(
    monkeypatch: pytest.MonkeyPatch, environment: str, failed: Stack
) -> None:
    failures = {one.id: Failure(one, FIRST, (SECOND,)) for one in (ROOT, TEST)}
    monkeypatch.setattr(operation, "failure", lambda _, one: failures[one.id])

    assert log.failure(SETTINGS, CLIENTS, environment) is failures[failed.id]


def test_a_failure_is_explained_by_its_first_cause_what_it_usually_means_and_what_failed_with_it() -> None:
    cause = causes.explain("already exists")
    third = event("Topic", "CREATE_FAILED", at=3)

    assert cause
    assert list(log.explain(Failure(ROOT, FIRST, (SECOND, third)))) == [
        "First cause: Bucket  shop-x already exists (AWS::S3::Bucket, UPDATE_FAILED)",
        f"Usually: {cause.meaning}",
        f"Next: {cause.hint}",
        "2026-01-02 03:04:07Z  UPDATE_FAILED         Roles/Role  Resource update cancelled",
        "2026-01-02 03:04:08Z  CREATE_FAILED         Topic",
    ]


def test_a_reason_that_is_not_well_known_stands_alone() -> None:
    assert list(log.explain(Failure(ROOT, BEFORE))) == ["First cause: Old  earlier (AWS::S3::Bucket, CREATE_FAILED)"]


def test_that_nothing_failed_is_told_with_the_status() -> None:
    assert list(log.explain(Failure(replace(ROOT, status=Status.UPDATE_COMPLETE), None))) == [
        "Nothing failed in the last operation of stack shop, UPDATE_COMPLETE."
    ]


def action(name: str = "Package", *, ended: int | None = None, **fields: Any) -> ActionState:
    end = None if ended is None else START + timedelta(seconds=ended)
    return replace(ActionState(name, "InProgress", started=START, ended=end, function="shop-run-task"), **fields)


class Aws:
    """An AWS with one execution, whose actions stand otherwise at each look, and a log that grows with each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looks: list[ActionState] = [action()]
        self.lines = [["one"], ["one", "two"], ["one", "two"], ["one", "two", "three"]]
        self.spans: list[tuple[str, datetime, datetime | None]] = []
        self.pauses: list[float] = []
        self.patience = Patience(pace=Pace(1), sleep=self.pauses.append)
        monkeypatch.setattr(pipeline, "demand", lambda _, name: Declaration(name, ()))
        monkeypatch.setattr(pipeline, "current", lambda _, name: Execution(name, "the-id", "InProgress"))
        monkeypatch.setattr(pipeline, "with_stages", lambda _clients, _declaration, execution: self.stand(execution))
        monkeypatch.setattr(pipeline, "read", self.read)
        monkeypatch.setattr(logs, "lines", self.read_lines)

    def read(self, _clients: object, declaration: Declaration, execution_id: str) -> Execution:
        return self.stand(Execution(declaration.name, execution_id, "InProgress"))

    def stand(self, execution: Execution) -> Execution:
        assert (execution.pipeline, execution.id) == ("shop", "the-id")
        now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        source = ActionState("Source", "Succeeded", started=START, ended=START)
        later = ActionState("Deploy", function="shop-deploy")
        return replace(execution, stages=(StageState("Commit", None, (source, now, later)),))

    def read_lines(self, _clients: object, function: str, since: datetime, until: datetime) -> list[Line]:
        self.spans.append((function, since, until))
        return [Line(text, START, text) for text in self.lines.pop(0)]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


def test_the_log_of_an_action_is_what_its_function_printed_while_it_ran(aws: Aws) -> None:
    aws.looks = [action(ended=9)]

    lines = list(log.action_lines(SETTINGS, CLIENTS, aws.patience, "Commit/Package", follow=False))

    assert lines == ["one"]
    assert aws.spans == [("shop-run-task", START, START + timedelta(seconds=9))]


def test_the_log_of_an_action_that_runs_has_no_end_by_this_machines_clock(aws: Aws) -> None:
    lines = list(log.action_lines(SETTINGS, CLIENTS, aws.patience, "Package", follow=False))

    assert lines == ["one"]
    assert aws.spans == [("shop-run-task", START, None)]


def test_the_log_of_an_action_is_followed_until_it_has_ended(aws: Aws) -> None:
    aws.looks = [action(), action(), action(), action(), action(ended=9)]

    lines = list(log.action_lines(SETTINGS, CLIENTS, aws.patience, "Package", follow=True))

    assert lines == ["one", "two", "three"]
    assert aws.pauses == [1, 1, 1.5]
    assert aws.spans[-1] == ("shop-run-task", START, START + timedelta(seconds=9))
    assert len(aws.spans) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Source", "The action Commit/Source of execution the-id is no function, so it has no log."),
        ("Deploy", "The action Commit/Deploy of execution the-id did not run yet."),
    ],
)
@pytest.mark.parametrize("follow", [True, False])
def test_an_action_without_a_log_says_why(aws: Aws, words: str, message: str, *, follow: bool) -> None:
    with pytest.raises(Error) as raised:
        log.action_lines(SETTINGS, CLIENTS, aws.patience, words, follow=follow)

    assert str(raised.value) == f"{message}\n  Next: invoke pipeline.status"


def test_an_action_that_there_is_not_is_refused(aws: Aws) -> None:
    with pytest.raises(Error, match="no action 'Nope'"):
        log.action_lines(SETTINGS, CLIENTS, aws.patience, "Nope", follow=False)


def test_lines_are_printed_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def lines() -> Iterator[str]:
        yield "one"
        assert capsys.readouterr().out == "one\n"
        yield "two"

    log.show(lines())

    assert capsys.readouterr().out == "two\n"
