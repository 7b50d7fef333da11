"""What happened to a stack and to those nested in it: events, oldest first, each once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.cloudformation import stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_cloudformation.type_defs import DescribeStackEventsOutputTypeDef, StackEventTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.cloudformation.tree import Tree
    from serverless_pipeline.patience import Patience

_STARTS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
_CONSEQUENCE = "cancelled"
_SEE_ELSEWHERE = "DescribeEvents"


@dataclass(frozen=True)
class Event:
    """One event of a resource, or of the stack itself: then its logical ID is the stack's name."""

    id: str
    time: datetime
    stack: str
    stack_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""

    @classmethod
    def from_response(cls, event: StackEventTypeDef) -> Event:
        return cls(
            id=event["EventId"],
            time=event["Timestamp"],
            stack=event["StackName"],
            stack_id=event["StackId"],
            logical_id=event.get("LogicalResourceId", ""),
            physical_id=event.get("PhysicalResourceId", ""),
            type=event.get("ResourceType", ""),
            status=event.get("ResourceStatus", ""),
            reason=event.get("ResourceStatusReason", ""),
        )

    @property
    def is_of_stack(self) -> bool:
        """Whether the event is about its own stack, not about a resource in it."""
        return self.type == stack.KIND and self.logical_id == self.stack

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    def words(self, root: str) -> str:
        """What it is about, and why: `Actions/DeployFunction  the reason`; a nested stack by its logical ID."""
        place = _place(self.stack, root)
        where = self.logical_id if not place else place if self.is_of_stack else f"{place}/{self.logical_id}"
        return f"{where}  {self.reason}".rstrip()

    @property
    def is_interesting(self) -> bool:
        """Whether it is worth a line: a failure, a rollback, a stack, or anything that has more to say than it is."""
        return (
            self.failed
            or self.type == stack.KIND
            or "ROLLBACK" in self.status
            or (bool(self.reason) and not self.reason.endswith("Initiated"))
        )


def _place(stack_name: str, root: str) -> str:
    """The logical ID of a nested stack, empty for the root: CloudFormation names it `<root>-<logical ID>-<random>`."""
    return "" if stack_name == root else stack_name.removeprefix(f"{root}-").partition("-")[0]


class Reader:
    """Reads the events of a root stack and of those nested in it, and remembers which it has answered already."""

    def __init__(self, clients: Clients, tree: Tree, *, since: datetime | None = None) -> None:
        self._clients = clients
        self._since = since
        self._stacks = [one.stack_id for one in tree.trees()]
        self._seen: set[str] = set()
        self._unread: list[Event] = []

    def read(self) -> list[Event]:
        """What is new since the last look, oldest first; stacks that appear in an event are read as well.

        What was seen before a look broke off is answered with the next one.
        """
        for stack_id in self._stacks:
            fresh = [event for event in self._newest_first(stack_id) if event.id not in self._seen]
            self._seen.update(event.id for event in fresh)
            self._unread += reversed(fresh)
            self._add_stacks(fresh)
        events, self._unread = sorted(self._unread, key=self._order), []
        return events

    def _newest_first(self, stack_id: str) -> Iterator[Event]:
        """The events of one stack back to what was seen already, or to where the reading began."""
        try:
            for page in _pages(self._clients, stack_id):
                for item in page["StackEvents"]:
                    event = Event.from_response(item)
                    if event.id in self._seen or (self._since and event.time < self._since):
                        return
                    yield event
        except ClientError as error:
            if not aws.is_absent(error):
                raise

    def _order(self, event: Event) -> tuple[datetime, int]:
        """By time; within a millisecond a stack ends after what it holds."""
        ends = event.type == stack.KIND and not event.status.endswith("_IN_PROGRESS")
        return event.time, len(self._stacks) - self._stacks.index(event.stack_id) if ends else 0

    def _add_stacks(self, events: Iterable[Event]) -> None:
        """Read the nested stacks that these events name from now on; `read` comes to them in the same look."""
        for event in events:
            is_nested = event.type == stack.KIND and event.physical_id.startswith("arn:")
            if is_nested and event.physical_id not in self._stacks:
                self._stacks.append(event.physical_id)


@dataclass(frozen=True)
class Look:
    """One look at an operation: the stack as it stands, None where AWS asked to be asked less often, and its news."""

    stack: Stack | None
    events: tuple[Event, ...]

    @property
    def is_last(self) -> bool:
        """Whether the operation has ended."""
        return self.stack is not None and not self.stack.status.in_progress


def follow(
    clients: Clients, root: Stack, tree: Tree, patience: Patience, *, since: datetime | None = None
) -> Iterator[Look]:
    """Look at the operation until it has ended; events are answered once, as they come.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    reader = Reader(clients, tree, since=since)
    looks = patience.looks(
        lambda: _look(clients, root, reader),
        lambda now, _: bool(now.events),
        lambda now: now.stack is not None,
        what=f"the stack {root.name}",
    )
    for look in looks:
        yield look
        if look.is_last:
            return


def _look(clients: Clients, root: Stack, reader: Reader) -> Look:
    """The state first, then the events, so that none is missed at the end; a stack that is forgotten was deleted."""
    try:
        now = stack.find(clients, root.id) or replace(root, status=stack.Status.DELETE_COMPLETE)
        return Look(now, tuple(reader.read()))
    except ClientError as error:
        if not aws.is_throttled(error):
            raise
        return Look(None, ())


def history(clients: Clients, tree: Tree) -> list[Event]:
    """All that CloudFormation remembers of the stack and of those nested in it, oldest first."""
    events = Reader(clients, tree).read()
    unspecific = {event.stack_id for event in events if event.failed and _SEE_ELSEWHERE in event.reason}
    invalid = [event for stack_id in unspecific for event in _invalid(clients, stack_id)]
    return sorted([*invalid, *events], key=lambda event: event.time) if invalid else events


def last_operation(clients: Clients, tree: Tree) -> list[Event]:
    """The events of the stack's last operation, oldest first; all where CloudFormation remembers no start of one."""
    since = start(clients, tree.stack_id)
    return [event for event in history(clients, tree) if since is None or event.time >= since]


def start(clients: Clients, stack_id: str) -> datetime | None:
    """When the stack's last operation began, by CloudFormation's clock; None if it remembers none."""
    events = (Event.from_response(item) for page in _pages(clients, stack_id) for item in page["StackEvents"])
    return next((event.time for event in events if event.is_of_stack and event.status in _STARTS), None)


def _pages(clients: Clients, stack_id: str) -> Iterator[DescribeStackEventsOutputTypeDef]:
    pages = clients.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    return aws.moving(pages, f"the events of {stack_id}")


def first_cause(events: Iterable[Event]) -> Event | None:
    """The event that made the others fail: the first failed resource that no other failure cancelled.

    A nested stack fails because something in it did, so an event about a stack counts only if there is no other.
    """
    failed = [event for event in events if event.failed and _CONSEQUENCE not in event.reason.lower()]
    resources = [event for event in failed if event.type != stack.KIND]
    return next(iter(resources or failed), None)


def _invalid(clients: Clients, stack_id: str) -> Iterator[Event]:
    """What CloudFormation found before it began, resource by resource; the stack's own event only says how much."""
    name = stack_id.split("/")[1]
    ask = clients.cloudformation.describe_events
    for page in aws.pages(ask, f"the failures of {name}", StackName=stack_id, Filters={"FailedEvents": True}):
        for item in page["OperationEvents"]:
            if reason := item.get("ValidationStatusReason"):
                failure = {"StackName": name, "ResourceStatus": "VALIDATION_FAILED", "ResourceStatusReason": reason}
                yield Event.from_response(cast("StackEventTypeDef", item | failure))
