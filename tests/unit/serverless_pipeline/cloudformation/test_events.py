from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.cloudformation import events, stack
from serverless_pipeline.cloudformation.events import Event, Reader
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.errors import TimedOut
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

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


ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
ROOT, INNER = f"{ARN}/shop/1", f"{ARN}/shop-Inner-X/2"


def described(
    identity: str, stack_id: str, logical_id: str, status: str, after: int = 0, **more: Any
) -> dict[str, Any]:
    """An event as CloudFormation has it."""
    return {
        "EventId": identity,
        "StackId": stack_id,
        "StackName": stack_id.split("/")[1],
        "LogicalResourceId": logical_id,
        "ResourceStatus": status,
        "Timestamp": START + timedelta(seconds=after),
        **more,
    }


def answer(stubber: Stubber, stack_id: str, *newest_first: dict[str, Any]) -> None:
    stubber.add_response("describe_stack_events", {"StackEvents": list(newest_first)}, {"StackName": stack_id})


def test_an_event_is_read_whole() -> None:
    event: Any = described(
        "1", ROOT, "Site", "CREATE_FAILED", PhysicalResourceId="site", ResourceType="AWS::S3::Bucket",
        ResourceStatusReason="taken",
    )  # fmt: skip

    read = Event.from_response(event)

    assert read == Event("1", START, "shop", ROOT, "Site", "site", "AWS::S3::Bucket", "CREATE_FAILED", "taken")


def test_what_an_event_leaves_out_is_empty() -> None:
    event: Any = {"EventId": "1", "Timestamp": START, "StackName": "shop", "StackId": ROOT}

    assert Event.from_response(event) == Event("1", START, "shop", ROOT, "", "", "", "")


@pytest.mark.parametrize(
    ("logical_id", "kind", "of_stack"),
    [("root", stack.KIND, True), ("Inner", stack.KIND, False), ("root", "AWS::S3::Bucket", False)],
)
def test_an_event_is_of_its_stack_where_it_has_its_name(logical_id: str, kind: str, *, of_stack: bool) -> None:
    assert failed(logical_id, "", kind=kind).is_of_stack is of_stack


def test_the_events_of_all_stacks_come_in_their_order_and_once(clients: Clients, cloudformation: Stubber) -> None:
    held = Tree(ROOT, "", (), {"Inner": Tree(INNER, "Inner")})
    answer(cloudformation, ROOT, described("3", ROOT, "Inner", "B", 3), described("1", ROOT, "shop", "A", 1))
    answer(cloudformation, INNER, described("2", INNER, "Note", "C", 2))
    answer(cloudformation, ROOT, described("4", ROOT, "shop", "D", 4), described("3", ROOT, "Inner", "B", 3))
    answer(cloudformation, INNER, described("2", INNER, "Note", "C", 2))
    reader = Reader(clients, held)

    assert [[event.id for event in reader.read()] for _ in range(2)] == [["1", "2", "3"], ["4"]]


def test_a_stack_that_appears_in_an_event_is_read_in_the_same_look(clients: Clients, cloudformation: Stubber) -> None:
    more = {"ResourceType": stack.KIND, "PhysicalResourceId": INNER}
    answer(cloudformation, ROOT, described("1", ROOT, "Inner", "CREATE_IN_PROGRESS", 1, **more))
    answer(cloudformation, INNER, described("2", INNER, "Note", "CREATE_IN_PROGRESS", 2))

    assert [event.id for event in Reader(clients, Tree(ROOT)).read()] == ["1", "2"]


def test_a_nested_stack_that_has_no_id_yet_is_not_read(clients: Clients, cloudformation: Stubber) -> None:
    more = {"ResourceType": stack.KIND, "PhysicalResourceId": ""}
    answer(cloudformation, ROOT, described("1", ROOT, "Inner", "CREATE_IN_PROGRESS", 1, **more))

    assert [event.id for event in Reader(clients, Tree(ROOT)).read()] == ["1"]


def test_within_a_moment_a_stack_ends_after_what_it_holds(clients: Clients, cloudformation: Stubber) -> None:
    held = Tree(ROOT, "", (), {"Inner": Tree(INNER, "Inner")})
    kind: dict[str, Any] = {"ResourceType": stack.KIND}
    answer(cloudformation, ROOT, described("1", ROOT, "shop", "CREATE_COMPLETE", **kind))
    answer(
        cloudformation,
        INNER,
        described("3", INNER, "shop-Inner-X", "CREATE_COMPLETE", **kind),
        described("2", INNER, "Note", "CREATE_COMPLETE"),
    )

    assert [event.id for event in Reader(clients, held).read()] == ["2", "3", "1"]


def test_reading_stops_where_it_was_to_begin(clients: Clients, cloudformation: Stubber) -> None:
    answer(
        cloudformation,
        ROOT,
        described("3", ROOT, "shop", "B", 3),
        described("2", ROOT, "shop", "B", 2),
        described("1", ROOT, "shop", "A", 1),
    )

    reader = Reader(clients, Tree(ROOT), since=START + timedelta(seconds=2))

    assert [event.id for event in reader.read()] == ["2", "3"]


def test_a_stack_that_is_gone_has_no_events(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_client_error("describe_stack_events", "ValidationError", "Stack [shop] does not exist")

    assert Reader(clients, Tree(ROOT)).read() == []


def test_what_was_seen_before_a_look_broke_off_comes_with_the_next(clients: Clients, cloudformation: Stubber) -> None:
    held = Tree(ROOT, "", (), {"Inner": Tree(INNER, "Inner")})
    answer(cloudformation, ROOT, described("1", ROOT, "shop", "A", 1))
    cloudformation.add_client_error("describe_stack_events", "Throttling", "Rate exceeded")
    answer(cloudformation, ROOT, described("1", ROOT, "shop", "A", 1))
    answer(cloudformation, INNER, described("2", INNER, "Note", "C", 2))
    reader = Reader(clients, held)

    with pytest.raises(ClientError, match="Rate exceeded"):
        reader.read()
    assert [event.id for event in reader.read()] == ["1", "2"]


def test_the_start_is_that_of_the_last_operation_of_the_stack_itself(clients: Clients, cloudformation: Stubber) -> None:
    kind: dict[str, Any] = {"ResourceType": stack.KIND}
    answer(
        cloudformation,
        ROOT,
        described("5", ROOT, "shop", "UPDATE_COMPLETE", 5, **kind),
        described("4", ROOT, "Inner", "UPDATE_IN_PROGRESS", 4, **kind),
        described("3", ROOT, "shop", "UPDATE_IN_PROGRESS", 3, **kind),
        described("1", ROOT, "shop", "CREATE_IN_PROGRESS", 1, **kind),
    )

    assert events.start(clients, ROOT) == START + timedelta(seconds=3)


def test_where_no_start_is_remembered_there_is_none(clients: Clients, cloudformation: Stubber) -> None:
    answer(cloudformation, ROOT, described("1", ROOT, "shop", "REVIEW_IN_PROGRESS", ResourceType=stack.KIND))

    assert events.start(clients, ROOT) is None


@pytest.mark.parametrize(("since", "ids"), [(2, ["2", "3"]), (None, ["1", "2", "3"])])
def test_the_last_operation_is_what_happened_since_its_start(
    monkeypatch: pytest.MonkeyPatch, since: int | None, ids: list[str]
) -> None:
    happened = [failed(str(number), "", after=number) for number in (1, 2, 3)]
    monkeypatch.setattr(events, "start", lambda *_: None if since is None else START + timedelta(seconds=since))
    monkeypatch.setattr(events, "history", lambda *_: happened)

    assert [event.id for event in events.last_operation(None, Tree(ROOT))] == ids  # type: ignore[arg-type]


def test_what_was_found_before_anything_began_is_part_of_the_history(clients: Clients, cloudformation: Stubber) -> None:
    reason = {"ResourceStatusReason": "see DescribeEvents for what failed"}
    answer(cloudformation, ROOT, described("2", ROOT, "shop", "UPDATE_FAILED", 2, **reason))
    failure = {"EventId": "1", "StackId": ROOT, "LogicalResourceId": "Site", "Timestamp": START}
    asked = {"StackName": ROOT, "Filters": {"FailedEvents": True}}
    invalid = failure | {"ValidationStatusReason": "the name is taken"}
    cloudformation.add_response("describe_events", {"OperationEvents": [failure, invalid]}, asked)

    first, second = events.history(clients, Tree(ROOT))

    assert (first.id, first.stack, first.status, first.reason) == (
        "1",
        "shop",
        "VALIDATION_FAILED",
        "the name is taken",
    )
    assert second.id == "2"


def test_a_stack_that_is_forgotten_while_it_is_followed_was_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find", lambda *_: None)
    monkeypatch.setattr(events, "Reader", lambda *_, **__: Silent())
    root = stack.Stack("root", "arn:root", stack.Status.DELETE_IN_PROGRESS)

    (look,) = events.follow(None, root, Tree("arn:root"), Patience())  # type: ignore[arg-type]

    assert look.stack == replace(root, status=stack.Status.DELETE_COMPLETE)
    assert look.is_last
