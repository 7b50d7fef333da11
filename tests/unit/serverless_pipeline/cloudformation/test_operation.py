from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import events, operation, progress, tree
from serverless_pipeline.cloudformation.events import Event, Look
from serverless_pipeline.cloudformation.operation import Failure
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAILED = Stack("shop", "arn:shop", Status.UPDATE_ROLLBACK_COMPLETE, reason="somebody cancelled it")
START = datetime(2026, 1, 1, tzinfo=UTC)
HELD = Tree("arn:shop", "", (Resource("Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE"),))


def event(logical_id: str, reason: str = "", status: str = "UPDATE_FAILED") -> Event:
    return Event(logical_id, START, "shop", "arn:shop", logical_id, "", "AWS::S3::Bucket", status, reason)


class Aws:
    """An operation whose looks are known beforehand, and what was shown of it."""

    def __init__(self, patched: pytest.MonkeyPatch, *looks: Look) -> None:
        self.looks = looks
        self.shown: list[tuple[Event, ...]] = []
        self.opened: dict[str, Any] = {}
        self.followed: dict[str, Any] = {}
        patched.setattr(events, "start", lambda *_: START)
        patched.setattr(events, "follow", self._follow)
        patched.setattr(progress, "opened", self._opened)
        patched.setattr(tree, "look", lambda *_: HELD)

    def _follow(self, _clients: object, root: Stack, held: Tree, _patience: Patience, **more: Any) -> Iterator[Look]:
        self.followed = {"root": root, "held": held, **more}
        yield from self.looks

    @contextmanager
    def _opened(self, name: str, resources: int, *, verbose: bool) -> Iterator[Aws]:
        self.opened = {"name": name, "resources": resources, "verbose": verbose}
        yield self

    def show(self, fresh: Sequence[Event]) -> None:
        self.shown.append(tuple(fresh))


def test_an_operation_is_shown_look_by_look_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    running, ended = replace(FAILED, status=Status.UPDATE_IN_PROGRESS), replace(FAILED, status=Status.UPDATE_COMPLETE)
    one, two = event("One"), event("Two")
    aws = Aws(monkeypatch, Look(running, (one,)), Look(None, ()), Look(ended, (two,)))

    stack = operation.watch(None, running, Patience(), verbose=True)  # type: ignore[arg-type]

    assert stack is ended
    assert aws.shown == [(one,), (), (two,)]
    assert aws.opened == {"name": "shop", "resources": 1, "verbose": True}
    assert aws.followed == {"root": running, "held": HELD, "since": START}


def test_what_was_looked_at_before_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch, Look(FAILED, ()))
    monkeypatch.setattr(tree, "look", lambda *_: pytest.fail("it was handed on"))

    operation.watch(None, FAILED, Patience(), before=Tree("arn:shop"))  # type: ignore[arg-type]

    assert aws.opened == {"name": "shop", "resources": 0, "verbose": False}
    assert aws.followed["held"] == Tree("arn:shop")


def test_a_failure_is_the_first_cause_and_what_failed_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first, cancelled = event("Site", "no such key"), event("Other", "Resource update cancelled")
    happened = [event("Fine", status="UPDATE_COMPLETE"), cancelled, first]
    monkeypatch.setattr(tree, "look", lambda *_: HELD)
    monkeypatch.setattr(events, "last_operation", lambda *_: happened)

    assert operation.failure(None, FAILED) == Failure(FAILED, first, (cancelled,))  # type: ignore[arg-type]


def test_a_failure_ends_in_words_with_the_place_the_meaning_and_the_next_command() -> None:
    failure = Failure(FAILED, event("Site", "shop-site already exists"))

    assert str(failure.error()) == (
        "The stack shop is UPDATE_ROLLBACK_COMPLETE.\n"
        "  First cause: Site  shop-site already exists (AWS::S3::Bucket, UPDATE_FAILED)\n"
        "  Usually: something of that name is there that this stack did not make, perhaps left by an earlier one\n"
        "  Next: delete it or choose another stack_name, then invoke pipeline.up"
    )


def test_a_reason_that_nobody_knows_has_no_meaning_and_leads_to_the_log() -> None:
    failure = Failure(FAILED, event("Site", "the moon is full"))

    assert failure.meaning is None
    assert str(failure.error()) == (
        "The stack shop is UPDATE_ROLLBACK_COMPLETE.\n"
        "  First cause: Site  the moon is full (AWS::S3::Bucket, UPDATE_FAILED)\n"
        "  Next: invoke pipeline.log --failures"
    )


def test_a_rollback_that_failed_leads_to_its_recovery_whatever_the_reason() -> None:
    stuck = replace(FAILED, status=Status.UPDATE_ROLLBACK_FAILED)

    assert Failure(stuck, event("Site", "it already exists")).error().hint == "invoke pipeline.recover"


def test_a_failure_without_events_tells_the_reason_of_the_stack() -> None:
    assert str(Failure(FAILED, None).error()) == (
        "The stack shop is UPDATE_ROLLBACK_COMPLETE.\n  somebody cancelled it\n  Next: invoke pipeline.log"
    )
    assert str(Failure(replace(FAILED, reason=""), None).error()) == (
        "The stack shop is UPDATE_ROLLBACK_COMPLETE.\n  Next: invoke pipeline.log"
    )


def test_an_operation_that_failed_is_concluded_by_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "failure", lambda _, root: Failure(root, None))

    with pytest.raises(Error, match="somebody cancelled it"):
        operation.conclude(None, FAILED)  # type: ignore[arg-type]


def test_an_operation_that_ended_well_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "failure", lambda *_: pytest.fail("nobody asks why it ended well"))

    operation.conclude(None, replace(FAILED, status=Status.UPDATE_COMPLETE))  # type: ignore[arg-type]
