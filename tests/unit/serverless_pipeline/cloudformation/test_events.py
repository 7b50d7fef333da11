from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.cloudformation import events, stack
from serverless_pipeline.cloudformation.events import Event
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.errors import TimedOut
from serverless_pipeline.patience import Patience

START = datetime(2026, 1, 1, tzinfo=UTC)


def failed(logical_id: str, reason: str, *, kind: str = "AWS::S3::Bucket", after: int = 0) -> Event:
    return Event(
        id=logical_id,
        time=START + timedelta(seconds=after),
        stack="root",
        stack_id="arn:root",
        logical_id=logical_id,
        physical_id="",
        type=kind,
        status="CREATE_FAILED",
        reason=reason,
    )


def test_following_gives_up_when_the_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    running = stack.Stack("root", "arn:root", stack.Status.CREATE_IN_PROGRESS)
    monkeypatch.setattr(stack, "find", lambda *_: running)
    monkeypatch.setattr(events, "Reader", lambda *_, **__: Silent())

    with pytest.raises(TimedOut):
        list(events.follow(None, running, Tree("arn:root"), Patience(timeout=0)))  # type: ignore[arg-type]


class Silent:
    def read(self) -> list[Event]:
        return []


def test_the_first_cause_is_the_failure_that_was_not_cancelled_by_another() -> None:
    happened = [failed("A", "Resource creation cancelled"), failed("B", "No such key"), failed("C", "Too late")]

    assert events.first_cause(happened) == happened[1]


def test_the_first_cause_lies_in_the_nested_stack_not_in_its_name() -> None:
    inner = failed("Function", "No such key", after=1)
    happened = [failed("Inner", "Embedded stack was not created", kind=stack.KIND), inner]

    assert events.first_cause(happened) == inner


def test_a_stack_that_failed_by_itself_is_its_own_cause() -> None:
    itself = failed("Inner", "TemplateURL must be an S3 address", kind=stack.KIND)

    assert events.first_cause([itself]) == itself


def test_where_nothing_failed_there_is_no_cause() -> None:
    assert events.first_cause([]) is None


class Throttling:
    """Events of an AWS that wants to be asked less often, once."""

    def __init__(self) -> None:
        self.looks = 0

    def read(self) -> list[Event]:
        self.looks += 1
        if self.looks == 1:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DescribeStackEvents")
        return [failed("Bucket", "taken")]


def test_throttling_makes_the_next_look_later_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([stack.Status.CREATE_IN_PROGRESS, stack.Status.ROLLBACK_COMPLETE])
    monkeypatch.setattr(stack, "find", lambda *_: stack.Stack("root", "arn:root", next(states)))
    monkeypatch.setattr(events, "Reader", lambda *_, **__: Throttling())
    pauses: list[float] = []
    root = stack.Stack("root", "arn:root", stack.Status.CREATE_IN_PROGRESS)

    looks = list(events.follow(None, root, Tree("arn:root"), Patience(sleep=pauses.append)))  # type: ignore[arg-type]

    assert [[event.logical_id for event in look.events] for look in looks] == [[], ["Bucket"]]
    assert [look.stack and look.stack.status for look in looks] == [None, stack.Status.ROLLBACK_COMPLETE]
    assert len(pauses) == 1


def test_another_refusal_is_not_taken_for_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    monkeypatch.setattr(events, "Reader", lambda *_, **__: Throttling())
    monkeypatch.setattr(stack, "find", refuse)
    root = stack.Stack("root", "arn:root", stack.Status.CREATE_IN_PROGRESS)

    with pytest.raises(ClientError, match="AccessDenied"):
        list(events.follow(None, root, Tree("arn:root"), Patience(sleep=lambda _: None)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "kind", "reason", "interesting"),
    [
        ("CREATE_FAILED", "AWS::S3::Bucket", "taken", True),
        ("CREATE_COMPLETE", "AWS::CloudFormation::Stack", "", True),
        ("ROLLBACK_IN_PROGRESS", "AWS::CloudFormation::Stack", "it failed", True),
        ("UPDATE_IN_PROGRESS", "AWS::S3::Bucket", "Requested update requires a new physical resource", True),
        ("CREATE_IN_PROGRESS", "AWS::S3::Bucket", "Resource creation Initiated", False),
        ("CREATE_COMPLETE", "AWS::S3::Bucket", "", False),
    ],
)
def test_what_is_interesting(status: str, kind: str, reason: str, *, interesting: bool) -> None:
    event = replace(failed("Thing", reason, kind=kind), status=status)

    assert event.is_interesting is interesting


NESTED = "shop-TestEnvironment-1ABC2DEF3GHI"


def of(logical_id: str, *, at: str = "shop", kind: str = "AWS::S3::Bucket", reason: str = "") -> Event:
    return Event("1", START, at, f"arn:{at}", logical_id, "", kind, "CREATE_FAILED", reason)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (of("shop", kind=stack.KIND), "shop"),
        (of("ArtifactBucket"), "ArtifactBucket"),
        (of("ArtifactBucket", reason="Access denied"), "ArtifactBucket  Access denied"),
        (of("SiteBucket", at=NESTED), "TestEnvironment/SiteBucket"),
        (of(NESTED, at=NESTED, kind=stack.KIND), "TestEnvironment"),
    ],
)
def test_an_event_of_a_nested_stack_is_told_with_the_logical_id_of_that_stack(event: Event, expected: str) -> None:
    assert event.words("shop") == expected
