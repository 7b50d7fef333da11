from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.commands import down
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, estate, retention
from serverless_pipeline.project.estate import Estate
from serverless_pipeline.project.retention import Kept
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

ROLE = "arn:aws:iam::123456789012:role/deployer"
SETTINGS = Settings(stack_name="shop", service_role=ROLE)
ROOT = Stack("shop", "arn:shop", Status.CREATE_COMPLETE)
WHERE = "local, account 000000000000, us-east-1"


class Aws:
    """A pipeline that is there; `done` has what was done to it, in order."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.done: list[Any] = []
        self.root: Stack | None = ROOT
        self.ends = [Status.DELETE_COMPLETE]
        self.kept: tuple[Kept, ...] = ()
        self.is_empty = False
        patched.setattr(estate, "survey", lambda *_: Estate("home", self.root, Tree("arn:shop")))
        patched.setattr(estate, "is_empty", lambda *_: self.is_empty)
        patched.setattr(estate, "stop", lambda _, name: iter([f"{name}-execution"]))
        patched.setattr(estate, "buckets_of", lambda *_: ("one", "two"))
        patched.setattr(estate, "sweep", lambda *_: iter(["bucket home"]))
        patched.setattr(estate, "prove", lambda *_: self.kept)
        patched.setattr(bucket, "empty", self._empty)
        patched.setattr(stack, "delete", lambda _, one, role: self.done.append(("delete", one.status, role)))
        patched.setattr(stack, "protect", lambda _, one, *, on: self.done.append(("protect", one.name, on)))
        patched.setattr(operation, "watch", self._watch)
        patched.setattr(operation, "failure", lambda _, root: operation.Failure(root, None))
        patched.setattr(retention, "keep", self._keep)
        patched.setattr(Patience, "towards", lambda *_, **__: Patience())

    def _empty(self, _clients: object, name: str, progress: Callable[[int], None]) -> int:
        self.done.append(("empty", name))
        for count in (4999, 5000, 10_000):
            progress(count)
        return 10_000

    def _watch(self, _clients: object, root: Stack, _patience: object) -> Stack:
        self.done.append(("watch", root.status))
        return replace(root, status=self.ends.pop(0))

    def _keep(self, settings: Settings, _clients: object, root: Stack) -> Stack:
        self.done.append(("keep", settings.stack_name))
        return replace(root, status=Status.UPDATE_COMPLETE)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


DELETED = [
    ("empty", "one"),
    ("empty", "two"),
    ("delete", Status.CREATE_COMPLETE, ROLE),
    ("watch", Status.CREATE_COMPLETE),
]


def test_everything_is_stopped_emptied_deleted_swept_and_proved(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    down.down(SETTINGS, clients, sure=True)

    assert aws.done == DELETED
    assert capsys.readouterr().err.splitlines() == [
        "Stopped    execution shop-execution",
        "Emptying   bucket one, 5,000 objects so far",
        "Emptying   bucket one, 10,000 objects so far",
        "Emptied    bucket one, 10000 objects",
        "Emptying   bucket two, 5,000 objects so far",
        "Emptying   bucket two, 10,000 objects so far",
        "Emptied    bucket two, 10000 objects",
        "Deleted    stack shop",
        "Deleted    bucket home",
        "Proved     nothing is left",
    ]


def test_where_nothing_is_there_nothing_is_asked(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.is_empty = True

    down.down(SETTINGS, clients, sure=False)

    assert aws.done == []
    assert capsys.readouterr().err == f"Unchanged  nothing of shop is there ({WHERE})\n"


ASKED = {
    False: ("everything in it", "invoke pipeline.down --yes"),
    True: ("everything in it but its tables and buckets", "invoke pipeline.down --yes --keep-data"),
}


@pytest.mark.parametrize("keep", [False, True])
def test_it_is_asked_with_the_place_before_anything_is_done(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, *, keep: bool
) -> None:
    what, again = ASKED[keep]
    questions: list[Any] = []

    def refuse(question: str, **more: Any) -> None:
        questions.append((question, more))
        raise Error("Not confirmed")

    monkeypatch.setattr(console, "confirm", refuse)

    with pytest.raises(Error, match="Not confirmed"):
        down.down(SETTINGS, clients, sure=False, keep=keep)

    assert questions == [(f"Delete stack shop and {what} ({WHERE})?", {"sure": False, "again": again})]
    assert aws.done == []


def test_a_protected_stack_stays_unless_somebody_says_otherwise(aws: Aws, clients: Clients) -> None:
    aws.root = replace(ROOT, protected=True)

    with pytest.raises(Misconfigured, match=r"shop is protected .*\n  Next: invoke pipeline\.down --unprotect"):
        down.down(SETTINGS, clients, sure=True)
    assert aws.done == []

    down.down(SETTINGS, clients, sure=True, unprotect=True)
    assert aws.done == [("protect", "shop", False), *DELETED]


def test_data_is_kept_before_the_stack_is_deleted(
    aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.kept = (Kept("shop-table", "AWS::DynamoDB::Table"),)

    down.down(SETTINGS, clients, sure=True, keep=True)

    assert [name for name, *_ in aws.done] == ["keep", "empty", "empty", "delete", "watch"]
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "Kept       table shop-table  its template retains it",
        "Proved     nothing else is left",
    ]


@pytest.mark.parametrize("status", [Status.DELETE_IN_PROGRESS, Status.DELETE_FAILED])
def test_a_deletion_that_has_begun_keeps_nothing_more(aws: Aws, clients: Clients, status: Status) -> None:
    aws.root = replace(ROOT, status=status)

    down.down(SETTINGS, clients, sure=True, keep=True)

    assert "keep" not in [name for name, *_ in aws.done]


def test_an_operation_in_progress_is_waited_for(aws: Aws, clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    aws.root = replace(ROOT, status=Status.UPDATE_IN_PROGRESS)
    aws.ends = [Status.UPDATE_COMPLETE, Status.DELETE_COMPLETE]

    down.down(SETTINGS, clients, sure=True)

    assert aws.done[0] == ("watch", Status.UPDATE_IN_PROGRESS)
    assert ("delete", Status.UPDATE_COMPLETE, ROLE) in aws.done
    assert "Attached   to stack shop, UPDATE_IN_PROGRESS; it is deleted after that" in capsys.readouterr().err


def test_what_a_late_function_wrote_is_emptied_once_more(aws: Aws, clients: Clients) -> None:
    aws.ends = [Status.DELETE_FAILED, Status.DELETE_COMPLETE]

    down.delete_stack(clients, ROOT, ROLE)

    assert aws.done == DELETED * 2


def test_a_deletion_that_fails_twice_is_told(aws: Aws, clients: Clients) -> None:
    aws.ends = [Status.DELETE_FAILED, Status.DELETE_FAILED]

    with pytest.raises(Error, match="The stack shop is DELETE_FAILED"):
        down.delete_stack(clients, ROOT)

    assert len(aws.done) == 8


def test_without_a_stack_only_the_rest_is_swept(aws: Aws, clients: Clients) -> None:
    aws.root = None

    down.down(SETTINGS, clients, sure=True)

    assert aws.done == []


@pytest.mark.parametrize(("keep", "again"), [(False, "down"), (True, "down --keep-data")])
def test_ctrl_c_names_the_command_that_goes_on(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch, again: str, *, keep: bool
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    assert aws.done == []
    monkeypatch.setattr(estate, "sweep", interrupt)

    with pytest.raises(Interrupted, match=rf"what was begun goes on\.\n  Next: invoke pipeline\.{again}$"):
        down.down(SETTINGS, clients, sure=True, keep=keep)
