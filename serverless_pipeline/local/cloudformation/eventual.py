"""Change sets of nested stacks that take a while to be deleted, as on AWS; off unless asked for.

CloudFormation deletes a change set with `IncludeNestedStacks` after it has answered: the set is described and listed as
DELETE_PENDING, then as DELETE_IN_PROGRESS, until it and those of the nested stacks are gone
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html, `Status`). Meanwhile its
name is taken, it can neither be executed nor be deleted once more, and the stack itself may be deleted.

How long that lasts is said by the setting `local_eventual`; without it, a change set is gone at once.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.change_sets import Operation
from serverless_pipeline.local.cloudformation.records import Parameters, Record, Response

_STARTED = "_deletion_started"
_PENDING = 0.5
"""The part of the time for which a deletion has not begun."""


def install(seconds: float) -> None:
    """Delete change sets of nested stacks in as many seconds."""
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["DeleteChangeSet"] = slowly(actions["DeleteChangeSet"], time.monotonic)
    for name in ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "ListChangeSets"):
        actions[name] = settled(actions[name], seconds, time.monotonic)


def slowly(delete: Operation, clock: Callable[[], float]) -> Operation:
    """Only begin to delete a change set that looks into nested stacks."""

    def begin(parameters: Parameters) -> Response:
        record = records.change_set(parameters)
        if not record.get("IncludeNestedStacks"):
            return delete(parameters)
        if _STARTED in record:
            message = f"Cannot delete ChangeSet in status {record['Status']}"
            return records.refusal(message, "InvalidChangeSetStatus")
        for one in (record, *records.below(record)):
            one.update({_STARTED: clock(), "Status": "DELETE_PENDING", "ExecutionStatus": "UNAVAILABLE"})
        return seams.CLOUDFORMATION_XML(HTTPStatus.OK, "DeleteChangeSetResponse", "<DeleteChangeSetResult/>")  # type: ignore[no-any-return]

    return begin


def settled(act: Operation, seconds: float, clock: Callable[[], float]) -> Operation:
    """Before anything is done with change sets, they are as far as they would be by now."""

    def settle(parameters: Parameters) -> Response:
        _advance(seams.CHANGE_SETS.value, seconds, clock())
        return act(parameters)

    return settle


def _advance(change_sets: dict[str, Record], seconds: float, now: float) -> None:
    for identity, record in list(change_sets.items()):
        elapsed = now - record.get(_STARTED, now)
        if elapsed >= seconds:
            change_sets.pop(identity)
        elif elapsed >= seconds * _PENDING:
            record["Status"] = "DELETE_IN_PROGRESS"
