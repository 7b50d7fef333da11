from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.events import Event
from serverless_pipeline.cloudformation.operation import Failure
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.commands import down
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, estate, retention
from serverless_pipeline.project.estate import Estate, Top
from serverless_pipeline.project.retention import Kept
from serverless_pipeline.settings import Settings
from tests.support.terminal import Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serverless_pipeline.aws import Clients

ROLE = "arn:aws:iam::123456789012:role/deployer"
SETTINGS = Settings(stack_name="shop", environments=("Test", "Prod"), service_role=ROLE)
ROOT = Stack("shop", "arn:shop", Status.CREATE_COMPLETE)
TEST = Stack("shop-test", "arn:shop-test", Status.CREATE_COMPLETE)
PROD = Stack("shop-prod", "arn:shop-prod", Status.UPDATE_COMPLETE)
WHERE = "local, account 000000000000, us-east-1"


def estate_of(**tops: Stack | None) -> Estate:
    """What is there, in the order in which it goes: `root` is the pipeline's own stack, others are environments'."""
    there = {"" if name == "root" else name: one for name, one in tops.items() if one}
    return Estate("home", tuple(Top(name, one, Tree(one.id)) for name, one in there.items()))


WHOLE = estate_of(Test=TEST, Prod=PROD, root=ROOT)


class Aws:
    """A pipeline that is there, survey by survey; `done` has what was done to it, in order."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.done: list[Any] = []
        self.surveys = [estate_of(root=ROOT)]
        self.ends: dict[str, list[Status]] = {}
        self.refusals: dict[str, str] = {}
        self.first: Event | None = None
        self.kept: tuple[Kept, ...] = ()
        self.is_empty = False
        patched.setattr(estate, "survey", lambda *_: self._look())
        patched.setattr(estate, "is_empty", lambda *_: self.is_empty)
        patched.setattr(estate, "stop", self._stop)
        patched.setattr(estate, "buckets_of", lambda _, one: (f"{one.name}-one", f"{one.name}-two"))
        patched.setattr(estate, "sweep", self._sweep)
        patched.setattr(estate, "prove", self._prove)
        patched.setattr(bucket, "empty", self._empty)
        patched.setattr(stack, "delete", self._delete)
        patched.setattr(stack, "protect", lambda _, one, *, on: self.done.append(("protect", one.name, on)))
        patched.setattr(operation, "watch", self._watch)
        patched.setattr(operation, "failure", lambda _, root: Failure(root, self.first))
        patched.setattr(retention, "keep", self._keep)
        patched.setattr(Patience, "towards", lambda *_, **__: Patience())

    def _look(self) -> Estate:
        return self.surveys.pop(0) if len(self.surveys) > 1 else self.surveys[0]

    def _stop(self, _clients: object, name: str) -> Iterator[str]:
        self.done.append(("stop", name))
        yield f"{name}-execution"

    def _empty(self, _clients: object, name: str, progress: Callable[[int], None]) -> int:
        self.done.append(("empty", name))
        for count in (4999, 5000, 10_000):
            progress(count)
        return 10_000

    def _delete(self, _clients: object, one: Stack, role: str) -> None:
        if one.name in self.refusals:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": self.refusals[one.name]}}, "DeleteStack")
        self.done.append(("delete", one.name, one.status, role))

    def _watch(self, _clients: object, root: Stack, _patience: object) -> Stack:
        self.done.append(("watch", root.name, root.status))
        ends = self.ends.get(root.name)
        return replace(root, status=ends.pop(0) if ends else Status.DELETE_COMPLETE)

    def _keep(self, settings: Settings, _clients: object, root: Stack, role: str) -> Stack:
        assert settings is SETTINGS
        self.done.append(("keep", root.name, role))
        return replace(root, status=Status.UPDATE_COMPLETE)

    def _sweep(self, _clients: object, everything: Estate) -> Iterator[str]:
        self.done.append(("sweep", everything))
        yield "bucket home"

    def _prove(self, _clients: object, everything: Estate) -> tuple[Kept, ...]:
        self.done.append(("prove", everything))
        return self.kept

    def words(self) -> list[str]:
        """What was done, a word for each: `delete shop`."""
        return [f"{verb} {thing}" for verb, thing, *_ in self.done if isinstance(thing, str)]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


def deletion(one: Stack, role: str = "") -> list[tuple[Any, ...]]:
    """What it takes to delete a stack."""
    return [
        ("empty", f"{one.name}-one"),
        ("empty", f"{one.name}-two"),
        ("delete", one.name, one.status, role),
        ("watch", one.name, one.status),
    ]


STOPPED = ("stop", "shop")


def test_everything_is_stopped_emptied_deleted_swept_and_proved(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    down.down(SETTINGS, clients, sure=True)

    there = estate_of(root=ROOT)
    assert aws.done == [STOPPED, *deletion(ROOT, ROLE), ("sweep", there), ("prove", there)]
    assert capsys.readouterr().err.splitlines() == [
        "Stopped    execution shop-execution",
        "Emptying   bucket shop-one, 5,000 objects so far",
        "Emptying   bucket shop-one, 10,000 objects so far",
        "Emptied    bucket shop-one, 10000 objects",
        "Emptying   bucket shop-two, 5,000 objects so far",
        "Emptying   bucket shop-two, 10,000 objects so far",
        "Emptied    bucket shop-two, 10000 objects",
        "Deleted    stack shop",
        "Deleted    bucket home",
        "Proved     nothing is left",
    ]


def test_the_environments_go_before_the_pipeline_each_with_the_role_of_its_own_stack(
    aws: Aws, clients: Clients
) -> None:
    aws.surveys = [WHOLE]

    down.down(SETTINGS, clients, sure=True)

    deletions = [*deletion(TEST), *deletion(PROD), *deletion(ROOT, ROLE)]
    assert aws.done == [STOPPED, *deletions, ("sweep", WHOLE), ("prove", WHOLE)]


def test_one_environment_goes_alone(aws: Aws, clients: Clients) -> None:
    aws.surveys = [WHOLE]

    down.down(SETTINGS, clients, "test", sure=True)

    alone = WHOLE.of("Test")
    assert aws.done == [STOPPED, *deletion(TEST), ("sweep", alone), ("prove", alone)]


def test_a_misspelt_environment_is_refused_before_anybody_is_asked(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(estate, "survey")

    with pytest.raises(Misconfigured, match="--environment: 'Tset' must be one of Test, Prod"):
        down.down(SETTINGS, clients, "Tset", sure=True)


@pytest.mark.parametrize(
    ("environment", "what"), [("", "shop"), ("test", "environment Test of shop")], ids=["pipeline", "environment"]
)
def test_where_nothing_is_there_nothing_is_asked(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str], environment: str, what: str
) -> None:
    aws.is_empty = True

    down.down(SETTINGS, clients, environment, sure=False)

    assert aws.done == []
    assert capsys.readouterr().err == f"Unchanged  nothing of {what} is there ({WHERE})\n"


def test_where_the_pipeline_is_gone_its_environments_are_deleted(aws: Aws, clients: Clients) -> None:
    aws.surveys = [estate_of(Test=TEST, Prod=PROD)]

    down.down(SETTINGS, clients, sure=True)

    assert [word for word in aws.words() if word.startswith("delete")] == ["delete shop-test", "delete shop-prod"]


def test_what_came_while_it_was_asked_is_deleted_as_well_and_as_it_is_then(aws: Aws, clients: Clients) -> None:
    delivering = replace(TEST, status=Status.UPDATE_IN_PROGRESS)
    later = estate_of(Test=delivering, Prod=PROD, root=ROOT)
    aws.surveys = [estate_of(Test=TEST, root=ROOT), later]
    aws.ends = {"shop-test": [Status.UPDATE_COMPLETE]}

    down.down(SETTINGS, clients, sure=True)

    updated = replace(TEST, status=Status.UPDATE_COMPLETE)
    waited = ("watch", "shop-test", Status.UPDATE_IN_PROGRESS)
    deletions = [*deletion(updated), *deletion(PROD), *deletion(ROOT, ROLE)]
    assert aws.done == [STOPPED, waited, *deletions, ("sweep", later), ("prove", later)]


AGAIN = "invoke pipeline.down --yes"
OF_PRODUCTION = (f"Delete production ({WHERE})?", "shop-prod")
ASKED: list[tuple[Estate, dict[str, Any], list[tuple[str, str]], str]] = [
    (estate_of(), {}, [(f"Delete shop and everything in it ({WHERE})?", "")], AGAIN),
    (estate_of(root=ROOT), {}, [(f"Delete shop and everything in it ({WHERE})?", "")], AGAIN),
    (
        estate_of(root=ROOT),
        {"keep": True},
        [(f"Delete shop and everything in it but its tables and buckets ({WHERE})?", "")],
        f"{AGAIN} --keep-data",
    ),
    (
        estate_of(Test=TEST, root=ROOT),
        {"keep": True},
        [(f"Delete shop-test, shop and everything in them but their tables and buckets ({WHERE})?", "")],
        f"{AGAIN} --keep-data",
    ),
    (
        WHOLE,
        {"unprotect": True},
        [(f"Delete shop-test, shop-prod, shop and everything in them ({WHERE})?", ""), OF_PRODUCTION],
        f"{AGAIN} --unprotect",
    ),
    (
        estate_of(Test=TEST, Prod=PROD),
        {},
        [(f"Delete shop-test, shop-prod and everything in them ({WHERE})?", ""), OF_PRODUCTION],
        AGAIN,
    ),
    (
        WHOLE,
        {"environment": "test"},
        [(f"Delete shop-test and everything in it ({WHERE})?", "")],
        f"{AGAIN} --environment Test",
    ),
    (WHOLE, {"environment": "Prod"}, [OF_PRODUCTION], f"{AGAIN} --environment Prod"),
]
"""What is there, the words of the command, what is asked with which name, and what whoever is sure may type."""


@pytest.mark.parametrize("case", ASKED)
def test_it_is_asked_for_all_with_the_place_and_for_production_by_its_name(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, case: Any
) -> None:
    there, words, questions, again = case
    aws.surveys = [there]
    asked: list[Any] = []

    def confirm(question: str, *, name: str = "", **more: Any) -> None:
        assert aws.done == []
        asked.append((question, name, more))

    monkeypatch.setattr(console, "confirm", confirm)

    down.down(SETTINGS, clients, sure=False, **words)

    assert asked == [(*question, {"sure": False, "again": again}) for question in questions]


def test_production_goes_when_the_name_of_its_stack_is_typed(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.surveys = [WHOLE]
    monkeypatch.setattr(sys, "stdin", Typed("y\nshop-prod\n"))

    down.down(SETTINGS, clients, sure=False)

    assert "delete shop-prod" in aws.words()


@pytest.mark.parametrize(
    "answers",
    ["y\nShop-Prod\n", "y\nProd\n", "y\ny\n", "y\n", "n\nshop-prod\n"],
    ids=["case", "environment", "yes", "end of input", "no"],
)
def test_where_the_name_is_typed_otherwise_nothing_is_changed(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, answers: str
) -> None:
    aws.surveys = [WHOLE]
    monkeypatch.setattr(sys, "stdin", Typed(answers))

    with pytest.raises(Error, match=r"^Not confirmed; nothing was changed\.$"):
        down.down(SETTINGS, clients, sure=False)

    assert aws.done == []


@pytest.mark.parametrize("environment", ["", "Prod"])
def test_where_nobody_can_be_asked_nothing_is_done(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    aws.surveys = [WHOLE]
    monkeypatch.setattr(sys, "stdin", Typed("y\nshop-prod\n", at_terminal=False))

    with pytest.raises(Misconfigured, match=r"There is no terminal to ask on\.\n  Next: invoke pipeline\.down --yes"):
        down.down(SETTINGS, clients, environment, sure=False)

    assert aws.done == []


@pytest.mark.parametrize(
    ("there", "environment", "words"),
    [
        (estate_of(root=replace(ROOT, protected=True)), "", "stack shop is"),
        (
            estate_of(Test=TEST, Prod=replace(PROD, protected=True), root=replace(ROOT, protected=True)),
            "",
            "stacks shop-prod, shop are",
        ),
        (estate_of(Test=TEST, Prod=replace(PROD, protected=True), root=ROOT), "prod", "stack shop-prod is"),
    ],
    ids=["pipeline", "both", "production alone"],
)
def test_what_is_protected_stays_and_so_does_the_rest_unless_somebody_says_otherwise(
    aws: Aws, clients: Clients, there: Estate, environment: str, words: str
) -> None:
    aws.surveys = [there]

    with pytest.raises(Misconfigured) as raised:
        down.down(SETTINGS, clients, environment, sure=True, keep=True)

    option = " --environment Prod" if environment else ""
    assert str(raised.value) == (
        f"The {words} protected from being deleted; nothing was changed.\n"
        f"  Next: invoke pipeline.down --unprotect{option} --keep-data"
    )
    assert aws.done == []


def test_a_protection_is_taken_back_right_before_its_stack_goes(aws: Aws, clients: Clients) -> None:
    protected = replace(PROD, protected=True)
    aws.surveys = [estate_of(Test=TEST, Prod=protected)]

    down.down(SETTINGS, clients, sure=True, unprotect=True)

    unprotected = ("protect", "shop-prod", False)
    assert aws.done[:-2] == [STOPPED, *deletion(TEST), unprotected, *deletion(PROD)]


def test_the_protection_of_another_environment_is_in_nobodys_way(aws: Aws, clients: Clients) -> None:
    aws.surveys = [estate_of(Test=TEST, Prod=replace(PROD, protected=True), root=replace(ROOT, protected=True))]

    down.down(SETTINGS, clients, "Test", sure=True)

    assert aws.done[:-2] == [STOPPED, *deletion(TEST)]


def test_the_data_of_all_stacks_is_kept_before_the_first_is_deleted(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.surveys = [WHOLE]
    aws.kept = (Kept("shop-table", "AWS::DynamoDB::Table"),)

    down.down(SETTINGS, clients, sure=True, keep=True)

    kept = [("keep", "shop-test", ""), ("keep", "shop-prod", ""), ("keep", "shop", ROLE)]
    updated = [replace(one, status=Status.UPDATE_COMPLETE) for one in (TEST, PROD, ROOT)]
    roles = ["", "", ROLE]
    deletions = [step for one, role in zip(updated, roles, strict=True) for step in deletion(one, role)]
    assert aws.done == [STOPPED, *kept, *deletions, ("sweep", WHOLE), ("prove", WHOLE)]
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "Kept       table shop-table  its template retains it",
        "Proved     nothing else is left",
    ]


def test_where_the_data_of_one_stack_cannot_be_kept_none_is_deleted(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.surveys = [WHOLE]

    def keep(_settings: object, _clients: object, one: Stack, _role: str) -> Stack:
        if one is PROD:
            raise Error("it cannot be kept")
        return one

    monkeypatch.setattr(retention, "keep", keep)

    with pytest.raises(Error, match="cannot be kept"):
        down.down(SETTINGS, clients, sure=True, keep=True)

    assert aws.done == [STOPPED]


@pytest.mark.parametrize(
    "status", [Status.DELETE_IN_PROGRESS, Status.DELETE_FAILED, Status.REVIEW_IN_PROGRESS, Status.ROLLBACK_COMPLETE]
)
def test_where_nothing_can_be_kept_any_more_or_nothing_is_there_yet_nothing_is_kept(
    aws: Aws, clients: Clients, status: Status
) -> None:
    there = replace(TEST, status=status)
    aws.surveys = [estate_of(Test=there)]

    down.down(SETTINGS, clients, sure=True, keep=True)

    assert aws.done[:-2] == [STOPPED, *deletion(there)]


def test_an_operation_in_progress_is_waited_for(aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    aws.surveys = [estate_of(root=replace(ROOT, status=Status.UPDATE_IN_PROGRESS))]
    aws.ends = {"shop": [Status.UPDATE_COMPLETE, Status.DELETE_COMPLETE]}

    down.down(SETTINGS, clients, sure=True)

    updated = replace(ROOT, status=Status.UPDATE_COMPLETE)
    assert aws.done[:-2] == [STOPPED, ("watch", "shop", Status.UPDATE_IN_PROGRESS), *deletion(updated, ROLE)]
    assert "Attached   to stack shop, UPDATE_IN_PROGRESS; it is deleted after that" in capsys.readouterr().err


def test_what_was_interrupted_goes_on_where_it_was(aws: Aws, clients: Clients) -> None:
    deleting = replace(PROD, status=Status.DELETE_IN_PROGRESS)
    aws.surveys = [estate_of(Prod=deleting, root=ROOT)]

    down.down(SETTINGS, clients, sure=True, keep=True)

    kept = replace(ROOT, status=Status.UPDATE_COMPLETE)
    assert aws.done[:-2] == [STOPPED, ("keep", "shop", ROLE), *deletion(deleting), *deletion(kept, ROLE)]


def test_what_a_late_function_wrote_is_emptied_once_more(aws: Aws, clients: Clients) -> None:
    aws.ends = {"shop": [Status.DELETE_FAILED, Status.DELETE_COMPLETE]}

    down.delete_stack(clients, ROOT, ROLE)

    assert aws.done == deletion(ROOT, ROLE) * 2


FIRST = Event(
    "1",
    datetime(2026, 1, 1, tzinfo=UTC),
    "shop-test",
    "arn:shop-test",
    "Queue",
    "q",
    "AWS::SQS::Queue",
    "DELETE_FAILED",
    "it is stubborn",
)


@pytest.mark.parametrize(
    ("there", "name", "option"),
    [(estate_of(root=ROOT), "shop", ""), (WHOLE, "shop-test", " --environment Test")],
    ids=["pipeline", "environment"],
)
def test_a_deletion_that_fails_twice_is_told_with_the_first_cause_and_where_to_look(
    aws: Aws, clients: Clients, there: Estate, name: str, option: str
) -> None:
    aws.surveys = [there]
    aws.ends = {name: [Status.DELETE_FAILED, Status.DELETE_FAILED]}
    aws.first = replace(FIRST, stack=name)

    with pytest.raises(Error) as raised:
        down.down(SETTINGS, clients, sure=True)

    assert str(raised.value) == (
        f"The stack {name} is DELETE_FAILED.\n"
        "  First cause: Queue  it is stubborn (AWS::SQS::Queue, DELETE_FAILED)\n"
        f"  Next: invoke pipeline.log --failures{option}"
    )
    assert [word for word in aws.words() if word.startswith("delete")] == [f"delete {name}"] * 2


def test_a_cause_that_is_well_known_keeps_its_own_next_step(aws: Aws, clients: Clients) -> None:
    aws.ends = {"shop-test": [Status.DELETE_FAILED, Status.DELETE_FAILED]}
    aws.first = replace(FIRST, reason="is not authorized to perform: sqs:DeleteQueue")

    with pytest.raises(Error, match="Next: add the action that the reason names to its policy"):
        down.delete_stack(clients, TEST, environment="Test")


def test_an_environment_whose_role_went_with_the_pipeline_is_told_with_the_way_out(aws: Aws, clients: Clients) -> None:
    aws.surveys = [estate_of(Test=TEST)]
    aws.refusals = {"shop-test": f"Role {ROLE} is invalid or cannot be assumed"}

    with pytest.raises(Error) as raised:
        down.down(SETTINGS, clients, sure=True)

    assert str(raised.value) == (
        "The stack shop-test is there, and the role with which it could be deleted is gone.\n"
        "  Next: invoke pipeline.up, then invoke pipeline.run gives it another, then invoke pipeline.down"
    )


@pytest.mark.parametrize(
    ("name", "refusal"), [("shop", "Role x cannot be assumed"), ("shop-test", "it is not in the mood")]
)
def test_another_refusal_of_a_deletion_is_not_explained_away(
    aws: Aws, clients: Clients, name: str, refusal: str
) -> None:
    aws.surveys = [WHOLE]
    aws.refusals = {name: refusal}

    with pytest.raises(ClientError, match=refusal):
        down.down(SETTINGS, clients, sure=True)


def test_without_a_stack_only_the_rest_is_swept(aws: Aws, clients: Clients) -> None:
    aws.surveys = [estate_of()]

    down.down(SETTINGS, clients, sure=True)

    assert aws.done == [STOPPED, ("sweep", estate_of()), ("prove", estate_of())]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ({}, ""),
        ({"keep": True}, " --keep-data"),
        (
            {"environment": "test", "keep": True, "unprotect": True},
            " --environment Test --keep-data --unprotect",
        ),
    ],
)
def test_ctrl_c_names_the_command_that_goes_on(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any], options: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    aws.surveys = [WHOLE]
    monkeypatch.setattr(estate, "sweep", interrupt)

    with pytest.raises(Interrupted, match=rf"what was begun goes on\.\n  Next: invoke pipeline\.down{options}$"):
        down.down(SETTINGS, clients, sure=True, **words)
