"""What happened to a stack and to those nested in it: events, oldest first, each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline.cloudformation import stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.patience import Patience

_STARTS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
_FOLLOWS_FROM_ANOTHER = "cancelled"
_SEE_ELSEWHERE = "DescribeEvents"
_THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")


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
        """What it is about, and why: `TestEnvironment/SiteBucket  the reason`; a nested stack by its logical ID."""
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
            or not (not self.reason or self.reason.endswith("Initiated"))
        )


def _place(stack_name: str, root: str) -> str:
    """The logical ID of a nested stack, empty for the root: CloudFormation names it `<root>-<logical ID>-<random>`."""
    return "" if stack_name == root else stack_name.removeprefix(f"{root}-").partition("-")[0]


class Reader:
    """Reads the events of a stack tree and remembers which it has told."""

    def __init__(self, clients: Clients, root: Stack, *, since: datetime | None = None) -> None:
        self._clients = clients
        self._since = since
        held = stack.resources(clients, root)
        self._stacks = [root.id, *(one.physical_id for one in held if one.type == stack.KIND and one.physical_id)]
        self._told: set[str] = set()
        self._unread: list[Event] = []

    def read(self) -> list[Event]:
        """What is new since the last look, oldest first; stacks that appear in an event are read as well.

        What was seen before a look broke off is told with the next one.
        """
        for stack_id in self._stacks:
            fresh = [event for event in self._newest_first(stack_id) if event.id not in self._told]
            self._told.update(event.id for event in fresh)
            self._unread += reversed(fresh)
            self._notice(fresh)
        found, self._unread = sorted(self._unread, key=self._order), []
        return found

    def _newest_first(self, stack_id: str) -> Iterator[Event]:
        """The events of one stack back to what was told already, or to where the reading began."""
        pages = self._clients.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        try:
            for page in pages:
                for item in page["StackEvents"]:
                    event = Event.from_response(item)
                    if event.id in self._told or (self._since and event.time < self._since):
                        return
                    yield event
        except ClientError as error:
            if not stack.is_missing(error):
                raise

    def _order(self, event: Event) -> tuple[datetime, int]:
        """By time; within a millisecond a stack ends after what it holds."""
        ends = event.type == stack.KIND and not event.status.endswith("_IN_PROGRESS")
        return event.time, len(self._stacks) - self._stacks.index(event.stack_id) if ends else 0

    def _notice(self, events: Iterable[Event]) -> None:
        """Remember the nested stacks that these events name; `read` comes to them in the same look."""
        for event in events:
            is_nested = event.type == stack.KIND and event.physical_id.startswith("arn:")
            if is_nested and event.physical_id not in self._stacks:
                self._stacks.append(event.physical_id)


def history(clients: Clients, root: Stack) -> list[Event]:
    """All that CloudFormation remembers of the stack and of those nested in it, oldest first."""
    found = Reader(clients, root).read()
    unspecific = {event.stack_id for event in found if event.failed and _SEE_ELSEWHERE in event.reason}
    invalid = [event for stack_id in unspecific for event in _invalid(clients, stack_id)]
    return sorted([*invalid, *found], key=lambda event: event.time) if invalid else found


def _invalid(clients: Clients, stack_id: str) -> Iterator[Event]:
    """What CloudFormation found before it began, resource by resource; the stack's own event only says how much."""
    token: dict[str, Any] = {}
    while True:
        page = clients.cloudformation.describe_events(StackName=stack_id, Filters={"FailedEvents": True}, **token)
        for item in page["OperationEvents"]:
            if reason := item.get("ValidationStatusReason"):
                name = stack_id.split("/")[1]
                yield Event.from_response(
                    {**item, "StackName": name, "ResourceStatus": "VALIDATION_FAILED", "ResourceStatusReason": reason}  # type: ignore[typeddict-item, typeddict-unknown-key]
                )
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def follow(
    clients: Clients,
    root: Stack,
    patience: Patience,
    *,
    since: datetime | None = None,
    idle: Callable[[], None] = lambda: None,
) -> Iterator[Event]:
    """Events as they come, until the operation has ended; `idle` is called before each pause.

    Where AWS throttles, the next look is later.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    reader = Reader(clients, root, since=since)
    running = True
    while running:
        fresh: list[Event] = []
        try:
            now = stack.find(clients, root.id)
            fresh = reader.read()
            running = now is not None and now.status.in_progress
        except ClientError as error:
            if not is_throttled(error):
                raise
        yield from fresh
        if running:
            idle()
            patience.rest(news=bool(fresh))


def start(clients: Clients, root: Stack) -> datetime | None:
    """When the stack's last operation began, by CloudFormation's clock; None if it remembers none."""
    pages = clients.cloudformation.get_paginator("describe_stack_events").paginate(StackName=root.id)
    events = (Event.from_response(item) for page in pages for item in page["StackEvents"])
    return next((event.time for event in events if event.is_of_stack and event.status in _STARTS), None)


def is_throttled(error: ClientError) -> bool:
    """Whether AWS only asks to be asked less often."""
    return error.response.get("Error", {}).get("Code") in _THROTTLED


def first_cause(events: Iterable[Event]) -> Event | None:
    """The event that made the others fail: the first failed resource that no other failure cancelled.

    A nested stack fails because something in it did, so an event about a stack counts only if there is no other.
    """
    failed = [event for event in events if event.failed and _FOLLOWS_FROM_ANOTHER not in event.reason.lower()]
    resources = [event for event in failed if event.type != stack.KIND]
    return next(iter(resources or failed), None)
