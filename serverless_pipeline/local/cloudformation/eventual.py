"""Change sets of nested stacks that take a while to be deleted, as on AWS; off unless a test asks for it.

CloudFormation deletes a change set with `IncludeNestedStacks` after it has answered: the set is described and listed as
DELETE_PENDING, then as DELETE_IN_PROGRESS, until it and those of the nested stacks are gone
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html, `Status`). Meanwhile its
name is taken, it can neither be executed nor be deleted once more, and the stack itself may be deleted.

How long that lasts, in seconds, stands in the variable `SERVERLESS_PIPELINE_EVENTUAL` of the process that starts the
embedded AWS; without it, a change set is gone at once.
"""

import os
import time
from collections.abc import Callable, Mapping

from serverless_pipeline.local.cloudformation import change_sets
from serverless_pipeline.local.cloudformation.change_sets import Parameters, Record, Response

VARIABLE = "SERVERLESS_PIPELINE_EVENTUAL"

_STARTED = "_deletion_started"
_PENDING = 0.5
"""The part of the time for which a deletion has not begun."""


def install() -> None:
    """Delete change sets of nested stacks in as many seconds as the environment says."""
    if seconds := duration(os.environ):
        from ministack.services.cloudformation import handlers

        actions = handlers._ACTION_HANDLERS  # noqa: SLF001 - MiniStack has no other place to add to
        actions["DeleteChangeSet"] = slowly(actions["DeleteChangeSet"], time.monotonic)
        for name in ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "ListChangeSets"):
            actions[name] = settled(actions[name], seconds, time.monotonic)


def duration(environment: Mapping[str, str]) -> float:
    """The seconds that a deletion takes."""
    return float(environment.get(VARIABLE) or 0)


def slowly(delete: Callable[[Parameters], Response], clock: Callable[[], float]) -> Callable[[Parameters], Response]:
    """Only begin to delete a change set that looks into nested stacks."""

    def begin(parameters: Parameters) -> Response:
        from ministack.services.cloudformation.helpers import _error, _xml

        record = change_sets.sought(parameters)
        if not record.get("IncludeNestedStacks"):
            return delete(parameters)
        if _STARTED in record:
            message = f"Cannot delete ChangeSet in status {record['Status']}"
            return _error("InvalidChangeSetStatus", message)  # type: ignore[no-any-return]
        for one in (record, *change_sets.below(record)):
            one.update({_STARTED: clock(), "Status": "DELETE_PENDING", "ExecutionStatus": "UNAVAILABLE"})
        return _xml(200, "DeleteChangeSetResponse", "<DeleteChangeSetResult/>")  # type: ignore[no-any-return]

    return begin


def settled(
    act: Callable[[Parameters], Response], seconds: float, clock: Callable[[], float]
) -> Callable[[Parameters], Response]:
    """Before anything is done with change sets, they are as far as they would be by now."""

    def settle(parameters: Parameters) -> Response:
        _advance(change_sets.all_of_them(), seconds, clock())
        return act(parameters)

    return settle


def _advance(records: dict[str, Record], seconds: float, now: float) -> None:
    for identity, record in list(records.items()):
        passed = now - record.get(_STARTED, now)
        if passed >= seconds:
            records.pop(identity)
        elif passed >= seconds * _PENDING:
            record["Status"] = "DELETE_IN_PROGRESS"
