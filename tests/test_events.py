from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline import bucket, change_set, events, stack
from serverless_pipeline.errors import TimedOut
from serverless_pipeline.events import Event
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings
from serverless_pipeline.stack import Desired

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.stack import Stack

INNER = """
Parameters: {Value: {Type: String}}
Resources:
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Value}
"""
ROOT = """
Parameters: {Value: {Type: String}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "%s", Parameters: {Value: !Ref Value}}
"""
START = datetime(2026, 1, 1, tzinfo=UTC)


def begun(clients: Clients) -> tuple[Stack, str]:
    """A root stack with one nested, whose creation has just begun, and the URL of its template."""
    home = bucket.name(Settings(stack_name="test-events"), clients)
    bucket.ensure(clients, home)
    bucket.publish(clients, home, "inner.yml", INNER.encode())
    bucket.publish(clients, home, "root.yml", (ROOT % bucket.url(clients, home, "inner.yml")).encode())
    name, url = f"events-{uuid.uuid4().hex[:8]}", bucket.url(clients, home, "root.yml")
    change_set.deploy(clients, Desired(name, url, {"Value": "one"}))
    return stack.demand(clients, name), url


def followed(clients: Clients, root: Stack) -> list[Event]:
    return list(events.follow(clients, root, Patience(timeout=30), since=events.start(clients, root)))


def told(happened: list[Event], root: Stack) -> list[str]:
    return [f"{'' if event.stack == root.name else 'Inner/'}{event.logical_id} {event.status}" for event in happened]


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


@pytest.mark.embedded
def test_following_tells_root_and_nested_stacks_oldest_first_and_each_event_once(clients: Clients) -> None:
    root, _ = begun(clients)

    happened = followed(clients, root)

    assert [event.time for event in happened] == sorted(event.time for event in happened)
    assert len({event.id for event in happened}) == len(happened)
    words = told(happened, root)
    assert words[0] == f"{root.name} CREATE_IN_PROGRESS"
    assert "Inner/Note CREATE_COMPLETE" in words
    assert words[-1] == f"{root.name} CREATE_COMPLETE"


@pytest.mark.embedded
def test_following_an_update_tells_nothing_of_the_creation(clients: Clients) -> None:
    root, url = begun(clients)
    followed(clients, root)

    change_set.deploy(clients, Desired(root.name, url, {"Value": "two"}))
    words = told(followed(clients, root), root)

    assert words[0] == f"{root.name} UPDATE_IN_PROGRESS"
    assert "Inner/Note UPDATE_COMPLETE" in words
    assert not [text for text in words if "CREATE" in text]


@pytest.mark.embedded
def test_the_history_tells_all_operations(clients: Clients) -> None:
    root, url = begun(clients)
    followed(clients, root)
    change_set.deploy(clients, Desired(root.name, url, {"Value": "two"}))
    followed(clients, root)

    words = told(events.history(clients, root), root)

    assert words[:2] == [f"{root.name} REVIEW_IN_PROGRESS", f"{root.name} CREATE_IN_PROGRESS"]
    assert words[-1] == f"{root.name} UPDATE_COMPLETE"
    assert {"Inner/Note CREATE_COMPLETE", "Inner/Note UPDATE_COMPLETE"} <= set(words)


@pytest.mark.embedded
def test_following_a_stack_at_rest_ends_at_once(clients: Clients) -> None:
    root, _ = begun(clients)
    followed(clients, root)

    happened = list(events.follow(clients, root, Patience(timeout=0), since=events.start(clients, root)))

    assert happened[-1].status == "CREATE_COMPLETE"


def test_following_gives_up_when_the_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    running = stack.Stack("root", "arn:root", stack.Status.CREATE_IN_PROGRESS)
    monkeypatch.setattr(stack, "find", lambda *_: running)
    monkeypatch.setattr(events, "Reader", lambda *_, **__: Silent())

    with pytest.raises(TimedOut):
        list(events.follow(None, running, Patience(timeout=0)))  # type: ignore[arg-type]


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

    happened = list(events.follow(None, root, Patience(sleep=pauses.append)))  # type: ignore[arg-type]

    assert [event.logical_id for event in happened] == ["Bucket"]
    assert len(pauses) == 1


def test_another_refusal_is_not_taken_for_throttling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    monkeypatch.setattr(events, "Reader", lambda *_, **__: Throttling())
    monkeypatch.setattr(stack, "find", refuse)
    root = stack.Stack("root", "arn:root", stack.Status.CREATE_IN_PROGRESS)

    with pytest.raises(ClientError, match="AccessDenied"):
        list(events.follow(None, root, Patience(sleep=lambda _: None)))  # type: ignore[arg-type]


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
