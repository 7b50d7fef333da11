"""A change set: what CloudFormation would do to a stack and to those nested in it, before it does it.

It is executed or deleted, whatever happens in between, and so is the empty stack in review that the change set of a new
stack makes. One that was left by a client that was killed goes with the next execution, or after an hour.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.cloudformation import changes, stack
from serverless_pipeline.cloudformation.stack import CHANGE_SET, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_cloudformation.type_defs import ListChangeSetsOutputTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.changes import Change
    from serverless_pipeline.cloudformation.stack import Desired

_NOTHING = ("didn't contain changes", "No updates are to be performed")
_UNFINISHED = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
_FORGOTTEN = timedelta(hours=1)
_PLANNING = 3600.0
"""Seconds after which a change set that is still made is not waited for any longer."""
_DELETION = 60.0
"""Seconds after which a deleted change set is not waited for any longer."""
_DELETING = ("DELETE_PENDING", "DELETE_IN_PROGRESS")

_OVERTAKEN = ("ChangeSetNotFound", "ChangeSetNotFoundException", "InvalidChangeSetStatus")
_BUSY = (
    "already exists",
    "_IN_PROGRESS state",
    "_IN_PROGRESS] state",
    "in state DELETE_COMPLETE",
    "is in REVIEW_IN_PROGRESS",
)


class Overtaken(Error):
    """Somebody else changed the stack between two looks at it; the next look sees what they did."""


@dataclass
class ChangeSet:
    """A change set that can be executed once, or one that found nothing to change."""

    id: str
    stack_id: str
    creates: bool
    empty: bool
    changes: tuple[Change, ...]
    executed: bool = False

    def execute(self, clients: Clients) -> None:
        """Begin what it planned."""
        clients.cloudformation.execute_change_set(ChangeSetName=self.id, ClientRequestToken=_token())
        self.executed = True


def deploy(clients: Clients, desired: Desired, approve: Callable[[Sequence[Change]], None] = lambda _: None) -> str:
    """Create the stack, or update the one that is there; answers what began: `Creating`, `Updating` or `Unchanged`.

    `approve` sees the changes of an update before the first is made, and raises to refuse them. The stack must not be
    in a dead end, nor in the middle of an operation.
    """
    with prepared(clients, desired) as planned:
        if planned.empty:
            return "Unchanged"
        if not planned.creates:
            approve(planned.changes)
        with _alone(desired.name):
            planned.execute(clients)
    return "Creating" if planned.creates else "Updating"


@contextmanager
def prepared(clients: Clients, desired: Desired) -> Iterator[ChangeSet]:
    """A change set for as long as the block lasts; nothing of it is left unless the block executed it.

    Raises:
        Error: CloudFormation cannot make one; says why.
    """
    existing = stack.find(clients, desired.name)
    creates = existing is None or existing.status is Status.REVIEW_IN_PROGRESS
    if existing:
        _sweep(clients, existing.id)
    with _alone(desired.name):
        created = clients.cloudformation.create_change_set(
            ChangeSetName=f"{CHANGE_SET}{desired.digest}-{_unique()}",
            ClientToken=_token(),
            ChangeSetType="CREATE" if creates else "UPDATE",
            **_request(desired),
        )
    change_set_id, stack_id = created["Id"], created["StackId"]
    planned = None
    try:
        with _alone(desired.name):
            planned = _planned(clients, change_set_id, stack_id, creates=creates)
        yield planned
    finally:
        if planned is None or not planned.executed:
            _discard(clients, change_set_id, stack_id, creates=creates)


def _request(desired: Desired) -> dict[str, Any]:
    parameters = [
        {"ParameterKey": key, "UsePreviousValue": True}
        if value is None
        else {"ParameterKey": key, "ParameterValue": value}
        for key, value in desired.parameters.items()
    ]
    return {
        "StackName": desired.name,
        "TemplateURL": desired.url,
        "Parameters": parameters,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Tags": [{"Key": key, "Value": value} for key, value in desired.tags.items()],
        "IncludeNestedStacks": True,
        **({"RoleARN": desired.role} if desired.role else {}),
    }


def _planned(clients: Clients, change_set_id: str, stack_id: str, *, creates: bool) -> ChangeSet:
    """The change set when CloudFormation has looked at everything."""
    describe = partial(clients.cloudformation.describe_change_set, ChangeSetName=change_set_id)
    patience = Patience.towards(clients, timeout=_PLANNING, again="invoke pipeline.status")
    what = f"the change set {change_set_id}"
    answer = patience.until(describe, lambda answer: answer["Status"] not in _UNFINISHED, what=what)
    reason = answer.get("StatusReason", "")
    if answer["Status"] == "CREATE_COMPLETE":
        listed = tuple(changes.read(clients, change_set_id))
        return ChangeSet(change_set_id, stack_id, creates=creates, empty=False, changes=listed)
    if any(words in reason for words in _NOTHING):
        return ChangeSet(change_set_id, stack_id, creates=creates, empty=True, changes=())
    raise Error(f"CloudFormation cannot plan the change: {reason or answer['Status']}", hint="invoke pipeline.lint")


def _discard(clients: Clients, change_set_id: str, stack_id: str, *, creates: bool) -> None:
    """Delete the change set; with it the stack that exists for it only.

    A change set that looks into nested stacks is deleted after the answer, so it is waited for: as long as it is
    listed, nobody knows whether the stack is somebody else's too.
    """
    existing = stack.find(clients, stack_id)
    if existing is None or existing.status.in_progress:
        return
    _delete(clients, change_set_id, stack_id)
    if creates and existing.status is Status.REVIEW_IN_PROGRESS:
        patience = Patience.towards(clients, timeout=_DELETION, again="invoke pipeline.down")
        what = f"the deletion of the change set {change_set_id}"
        others = patience.until(lambda: _ids(clients, stack_id), lambda ids: change_set_id not in ids, what=what)
        if not others:
            clients.cloudformation.delete_stack(StackName=stack_id)


def _delete(clients: Clients, change_set_id: str, stack_id: str) -> None:
    """Delete a change set; one that is being deleted is left to it: boto3 asks again if the answer was lost.

    One that is still made cannot be deleted yet; it goes as those do that a killed client left.
    """
    try:
        clients.cloudformation.delete_change_set(ChangeSetName=change_set_id, StackName=stack_id)
    except clients.cloudformation.exceptions.InvalidChangeSetStatusException as error:
        if not any(status in str(error) for status in (*_DELETING, *_UNFINISHED)):
            raise


def _ids(clients: Clients, stack_id: str) -> set[str]:
    """The change sets of a stack, those included that are being deleted."""
    return {item["ChangeSetId"] for page in _pages(clients, stack_id) for item in page["Summaries"]}


def _pages(clients: Clients, stack_id: str) -> Iterator[ListChangeSetsOutputTypeDef]:
    pages = clients.cloudformation.get_paginator("list_change_sets").paginate(StackName=stack_id)
    return aws.moving(pages, f"the change sets of {stack_id}")


def _token() -> str:
    """A name that nobody else has; with it a request whose answer was lost may be sent again."""
    return f"{CHANGE_SET}{_unique()}"


def _unique() -> str:
    return uuid.uuid4().hex[:12]


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Tell a change set that somebody else's came before from other failures.

    Raises:
        Overtaken: the stack was changed, or is being changed, since it was looked at.
    """
    try:
        yield
    except ClientError as error:
        words = str(error)
        if aws.code(error) in _OVERTAKEN or any(mark in words for mark in _BUSY):
            hint = "invoke pipeline.wait, then type the same command again"
            raise Overtaken(f"Somebody else changed the stack {name} at the same time.", hint=hint) from error
        raise


def _sweep(clients: Clients, stack_id: str) -> None:
    """Delete change sets of ours that a killed client forgot long ago."""
    before = datetime.now(UTC) - _FORGOTTEN
    for page in _pages(clients, stack_id):
        for item in page["Summaries"]:
            if item["ChangeSetName"].startswith(CHANGE_SET) and item["CreationTime"] < before:
                _delete(clients, item["ChangeSetId"], stack_id)
