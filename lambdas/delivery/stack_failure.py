"""Why an operation on a stack failed: the first event that no other failure brought about."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.job.ending import JobError
from lambdas.job.pages import moving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        DescribeEventsInputPaginateTypeDef,
        OperationEventTypeDef,
        StackEventTypeDef,
    )

STACK = "AWS::CloudFormation::Stack"

_STARTS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
_FOLLOWS_FROM_ANOTHER = "cancelled"


def first_cause(stacks: CloudFormationClient, stack_id: str) -> str:
    """The first failure in the last operation of a stack, in words; empty if none is told.

    Where a nested stack failed, it is the first failure in that. Where nothing in the stack failed, it was refused
    before anything in it was touched.
    """
    failures = [event for event in operation(stacks, stack_id) if _is_failure(event)]
    inner = next((event for event in failures if not _is_own(event)), None)
    if inner:
        return _nested_cause(stacks, inner) or _words(inner)
    return (validation_errors(stacks, stack_id) or _words(failures[0])) if failures else ""


def validation_errors(stacks: CloudFormationClient, stack_id: str, change_set: str | None = None) -> str:
    """What CloudFormation found when it looked at a template and what is there, in words; empty if it tells nothing.

    It looks before it touches a stack, or before it makes the change set. Its other words only point here:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    request: DescribeEventsInputPaginateTypeDef = {"StackName": stack_id, "Filters": {"FailedEvents": True}}
    if change_set:
        request["ChangeSetName"] = change_set
    try:
        pages = moving(stacks.get_paginator("describe_events").paginate(**request), f"the failures of {stack_id}")
        events = [event for page in pages for event in page.get("OperationEvents", [])]
    except (BotoCoreError, ClientError, JobError) as error:
        print(f"What CloudFormation found cannot be told: {error}", flush=True)
        return ""
    newest = max(events, key=itemgetter("Timestamp"))["OperationId"] if events else ""
    return "; ".join(
        f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {event.get('ValidationStatusReason')}"
        for event in events
        if event["OperationId"] == newest and _is_validation_error(event)
    )


def operation(stacks: CloudFormationClient, stack_id: str) -> list[StackEventTypeDef]:
    """The events of the last operation of a stack, oldest first."""
    return list(_back_to_start(stacks, stack_id))[::-1]


def _back_to_start(stacks: CloudFormationClient, stack_id: str) -> Iterator[StackEventTypeDef]:
    pages = stacks.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    for page in moving(pages, f"the events of {stack_id}"):
        for event in page["StackEvents"]:
            yield event
            if _is_own(event) and event.get("ResourceStatus") in _STARTS:
                return


def _nested_cause(stacks: CloudFormationClient, event: StackEventTypeDef) -> str:
    """The first failure in the nested stack that an event is about; empty if it is about none, or none is told."""
    nested = event.get("PhysicalResourceId", "")
    is_nested = event.get("ResourceType") == STACK and nested.startswith("arn:")
    return first_cause(stacks, nested) if is_nested else ""


def _is_failure(event: StackEventTypeDef) -> bool:
    is_cancelled = _FOLLOWS_FROM_ANOTHER in event.get("ResourceStatusReason", "").lower()
    return event.get("ResourceStatus", "").endswith("_FAILED") and not is_cancelled


def _is_validation_error(event: OperationEventTypeDef) -> bool:
    return event.get("EventType") == "VALIDATION_ERROR" and event.get("ValidationFailureMode") == "FAIL"


def _is_own(event: StackEventTypeDef) -> bool:
    """Whether it is about the stack itself, not about something in it."""
    return event.get("PhysicalResourceId") == event["StackId"]


def _words(event: StackEventTypeDef) -> str:
    resource = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}) in {event['StackName']}"
    return f"{resource} is {event.get('ResourceStatus')}: {event.get('ResourceStatusReason', 'AWS gives no reason')}"
