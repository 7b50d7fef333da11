from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import change_set, stack
from serverless_pipeline.cloudformation.change_set import ChangeSet
from serverless_pipeline.cloudformation.changes import Change
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.commands import diff
from serverless_pipeline.commands.diff import Difference
from serverless_pipeline.errors import Different, Error, Misconfigured
from serverless_pipeline.project import bucket, environment_plan, plan, preflight
from serverless_pipeline.project.standing import NOTHING, Standing
from serverless_pipeline.settings import Settings
from tests.support.notes import note

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = Settings(stack_name="shop")
DESIRED = Desired("shop", "https://home/root.yml")
PLAN: Any = SimpleNamespace(settings=SETTINGS, desired=DESIRED, bucket="home")
CHANGE_SET = f"arn:aws:cloudformation:::changeSet/serverless-pipeline-{DESIRED.digest}-0123456789ab/1"
THERE = Standing(
    Stack("shop", "arn:shop", Status.CREATE_COMPLETE, change_set=CHANGE_SET), Tree("arn:shop"), frozenset({"home"})
)
TABLE = Change("Inner", "Table", "t", "AWS::DynamoDB::Table", "Modify", "True", "", ("KeySchema",))
ROLE = Change("", "Role", "r", "AWS::IAM::Role", "Add")
PLANNED = ChangeSet("arn:set", "arn:shop", creates=False, empty=False, changes=(ROLE, TABLE))


class Aws:
    """A plan, how its stack stands, and what a change set of it would find; `done` is what was done, in order."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.done: list[Any] = []
        self.now = replace(THERE, buckets=frozenset())
        self.planned: ChangeSet | Exception = PLANNED
        self.is_new = False
        patched.setattr(
            plan, "make", lambda settings, _: PLAN if settings is SETTINGS else pytest.fail("other settings")
        )
        patched.setattr(plan, "look", lambda *_: self.now)
        patched.setattr(preflight, "check", lambda *_: ("a look",))
        patched.setattr(plan, "publish_templates", lambda *_: note(self.done, "published", self.is_new))
        patched.setattr(bucket, "delete", lambda _, name: self.done.append(("deleted", name)))
        patched.setattr(change_set, "prepared", self._prepared)

    @contextmanager
    def _prepared(self, _clients: object, desired: Desired) -> Iterator[ChangeSet]:
        assert desired == DESIRED
        if isinstance(self.planned, Exception):
            raise self.planned
        self.done.append("planned")
        yield self.planned
        self.done.append("discarded")

    def look(self) -> Difference:
        return diff.look(SETTINGS, None)  # type: ignore[arg-type]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


def test_what_a_change_set_finds_is_the_difference(aws: Aws) -> None:
    assert aws.look() == Difference("shop", is_empty=False, changes=(ROLE, TABLE), skipped=("a look",))
    assert aws.done == ["published", "planned", "discarded"]


def test_a_stack_as_desired_needs_no_change_set(aws: Aws) -> None:
    aws.now = THERE

    assert aws.look() == Difference("shop", is_empty=True, skipped=("a look",))
    assert aws.done == []


def test_a_change_set_that_finds_nothing_is_no_difference(aws: Aws) -> None:
    aws.planned = replace(PLANNED, empty=True, changes=())

    assert aws.look().is_empty


def test_the_bucket_that_was_made_for_the_look_goes_with_it(aws: Aws) -> None:
    aws.now, aws.is_new = NOTHING, True

    aws.look()

    assert aws.done == ["published", "planned", "discarded", ("deleted", "home")]


def test_the_bucket_goes_where_the_look_failed_as_well(aws: Aws) -> None:
    aws.is_new, aws.planned = True, Error("no plan")

    with pytest.raises(Error, match="no plan"):
        aws.look()

    assert aws.done == ["published", ("deleted", "home")]


def test_what_an_operation_in_progress_will_change_is_not_known(aws: Aws) -> None:
    aws.now = Standing(Stack("shop", "arn:shop", Status.UPDATE_IN_PROGRESS))

    with pytest.raises(Error, match=r"The stack shop is UPDATE_IN_PROGRESS\.\n  Next: invoke pipeline\.wait"):
        aws.look()


FAILURES = "invoke pipeline.log --failures --environment Test"
DELIVERED = Desired("shop-test", "https://home/environment.json")


class Environments:
    """An account whose environment Test stands as `now` says; `done` is what was done there, in order."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.done: list[Any] = []
        self.now: Stack | None = None
        self.empty = False
        patched.delattr(plan, "make")
        patched.setattr(stack, "find", lambda _, name: {"shop-test": self.now}[name])
        patched.setattr(environment_plan, "publish", lambda *request: note(self.done, request[-1].name, DELIVERED))
        patched.setattr(change_set, "prepared", self._prepared)

    @contextmanager
    def _prepared(self, _clients: object, desired: Desired) -> Iterator[ChangeSet]:
        assert desired is DELIVERED
        self.done.append("planned")
        yield replace(PLANNED, empty=self.empty, changes=() if self.empty else (TABLE,))
        self.done.append("discarded")

    def look(self, environment: str = "test") -> Difference:
        return diff.look(SETTINGS, None, environment)  # type: ignore[arg-type]


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> Environments:
    return Environments(monkeypatch)


@pytest.mark.parametrize(
    "status",
    [None, Status.REVIEW_IN_PROGRESS, Status.UPDATE_COMPLETE, Status.UPDATE_ROLLBACK_COMPLETE],
)
def test_of_an_environment_it_is_what_this_working_tree_would_change_there(
    environments: Environments, status: Status | None
) -> None:
    environments.now = Stack("shop-test", "arn:shop-test", status) if status else None

    difference = environments.look()

    assert difference == Difference("shop-test", is_empty=False, changes=(TABLE,), hint="invoke pipeline.run")
    assert environments.done == ["Test", "planned", "discarded"]


def test_an_environment_that_is_as_the_working_tree_wants_it_is_no_difference(environments: Environments) -> None:
    environments.empty = True

    assert environments.look() == Difference("shop-test", is_empty=True, hint="invoke pipeline.run")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.UPDATE_IN_PROGRESS, "UPDATE_IN_PROGRESS.\n  Next: invoke pipeline.watch"),
        (
            Status.ROLLBACK_COMPLETE,
            f"ROLLBACK_COMPLETE: it can only be deleted, and made anew.\n  Next: {FAILURES} says why",
        ),
    ],
)
def test_where_an_environment_can_take_no_change_nothing_is_published(
    environments: Environments, status: Status, words: str
) -> None:
    environments.now = Stack("shop-test", "arn:shop-test", status)

    with pytest.raises(Error) as raised:
        environments.look()

    assert str(raised.value) == f"The stack shop-test is {words}"
    assert environments.done == []


def test_a_misspelt_environment_is_refused_before_anybody_is_asked(environments: Environments) -> None:
    with pytest.raises(Misconfigured, match="--environment: 'Tset' must be one of Test, Prod"):
        environments.look("Tset")

    assert environments.done == []


DIFFERENCE = Difference("shop", is_empty=False, changes=(ROLE, TABLE))


def test_each_change_is_a_line_with_its_sign_and_all_are_counted() -> None:
    removed = Change("", "Old", "o", "AWS::IAM::Role", "Remove")
    changed = Change("", "Site", "s", "AWS::S3::Bucket", "Modify", "False", "", ("Tags",))

    lines = "\n".join(replace(DIFFERENCE, changes=(ROLE, TABLE, removed, changed)).lines())

    assert lines.splitlines() == [
        "+  Role         AWS::IAM::Role",
        "±  Inner/Table  AWS::DynamoDB::Table  replaced  KeySchema  its data is lost",
        "-  Old          AWS::IAM::Role        removed",
        "~  Site         AWS::S3::Bucket       Tags",
        "1 added, 1 changed, 1 replaced, 1 removed",
    ]


def test_a_change_of_outputs_alone_is_said() -> None:
    assert list(Difference("shop", is_empty=False).lines()) == ["only outputs, parameters or tags change"]


def test_no_difference_is_said() -> None:
    assert list(Difference("shop", is_empty=True).lines()) == ["Nothing would change."]


def test_json_has_every_change_whole(capsys: pytest.CaptureFixture[str]) -> None:
    diff.show(DIFFERENCE, "json", fail=False)

    assert json.loads(capsys.readouterr().out) == {"stack": "shop", "changes": [ROLE.document(), TABLE.document()]}


def test_whoever_asks_to_fail_gets_three_where_something_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Different, match=r"shop differs from the templates\.\n  Next: invoke pipeline\.up") as caught:
        diff.show(DIFFERENCE, "text", fail=True)

    assert caught.value.code == 3
    assert capsys.readouterr().out.endswith("1 added, 1 replaced\n")


def test_what_would_change_in_an_environment_is_released_by_a_run() -> None:
    difference = replace(DIFFERENCE, stack="shop-test", hint="invoke pipeline.run")

    with pytest.raises(Different, match=r"shop-test differs from the templates\.\n  Next: invoke pipeline\.run"):
        diff.show(difference, "text", fail=True)


def test_a_change_of_outputs_alone_is_a_difference() -> None:
    with pytest.raises(Different):
        diff.show(Difference("shop", is_empty=False), "text", fail=True)


def test_where_nothing_would_change_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    diff.show(Difference("shop", is_empty=True, skipped=("a look",)), "text", fail=True)

    shown = capsys.readouterr()
    assert shown.out == "Nothing would change.\n"
    assert shown.err == "Skipped    a look\n"
