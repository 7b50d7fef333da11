from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from lambdas.delivery import stack_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue/1"
NESTED = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue-Nested-ABC/2"
BUCKET = ("Bucket", "AWS::S3::Bucket", "a-bucket")
QUEUE = ("Queue", "AWS::SQS::Queue", "a-queue")
CHILD = ("Nested", "AWS::CloudFormation::Stack", NESTED)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = get_session().create_client(
        "cloudformation", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def told(stub: Stubber, stack_id: str, *events: tuple[tuple[str, str, str], str, str], more: str = "") -> None:
    """A page of the events of a stack; they are given oldest first, and AWS tells them newest first."""
    page = [
        {
            "StackId": stack_id,
            "StackName": stack_id.split("/")[1],
            "EventId": str(number),
            "Timestamp": START + timedelta(seconds=number),
            "LogicalResourceId": logical_id,
            "ResourceType": kind,
            "PhysicalResourceId": physical_id,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }
        for number, ((logical_id, kind, physical_id), status, reason) in enumerate(events)
    ]
    answer: dict[str, Any] = {"StackEvents": page[::-1]}
    stub.add_response("describe_stack_events", answer | ({"NextToken": more} if more else {}))


def own(stack_id: str) -> tuple[str, str, str]:
    return stack_id.split("/")[1], "AWS::CloudFormation::Stack", stack_id


def refused(stub: Stubber, *events: dict[str, str]) -> None:
    defaults = {"EventType": "VALIDATION_ERROR", "ValidationFailureMode": "FAIL", "OperationId": "now"}
    named = {"LogicalResourceId": "Bucket", "ResourceType": "AWS::S3::Bucket", "ValidationStatusReason": "taken"}
    told = [
        {"EventId": str(number), "StackId": ROOT, "Timestamp": START - timedelta(seconds=number)}
        | {**defaults, **named, **event}
        for number, event in enumerate(events)
    ]
    expected = {"StackName": ROOT, "Filters": {"FailedEvents": True}}
    stub.add_response("describe_events", {"OperationEvents": told}, expected)


def test_the_earliest_failure_that_no_other_brought_about_is_the_cause(stub: Stubber) -> None:
    told(
        stub,
        ROOT,
        (own(ROOT), "UPDATE_IN_PROGRESS", "User Initiated"),
        (QUEUE, "CREATE_FAILED", "Resource creation cancelled"),
        (BUCKET, "UPDATE_FAILED", "Access Denied"),
        (QUEUE, "DELETE_FAILED", "it is in use"),
        (own(ROOT), "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
    )

    cause = stack_failure.first_cause(stub.client, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket) in shop-app-queue is UPDATE_FAILED: Access Denied"


def test_a_failure_of_an_earlier_operation_is_none_of_this(stub: Stubber) -> None:
    told(
        stub,
        ROOT,
        (BUCKET, "CREATE_FAILED", "long ago"),
        (own(ROOT), "UPDATE_IN_PROGRESS", "User Initiated"),
        (QUEUE, "UPDATE_FAILED", "now"),
    )

    assert stack_failure.first_cause(stub.client, ROOT).endswith("is UPDATE_FAILED: now")


def test_events_are_read_page_by_page_back_to_the_start(stub: Stubber) -> None:
    told(stub, ROOT, (QUEUE, "CREATE_FAILED", "second"), more="next")
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (BUCKET, "CREATE_FAILED", "first"), more="never read")

    assert stack_failure.first_cause(stub.client, ROOT).endswith("first")


def test_the_cause_of_a_nested_failure_is_looked_for_in_the_nested_stack(stub: Stubber) -> None:
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (CHILD, "CREATE_FAILED", "Embedded stack was not created"))
    told(stub, NESTED, (own(NESTED), "CREATE_IN_PROGRESS", ""), (BUCKET, "CREATE_FAILED", "Access Denied"))

    cause = stack_failure.first_cause(stub.client, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket) in shop-app-queue-Nested-ABC is CREATE_FAILED: Access Denied"


def test_a_nested_failure_that_tells_no_cause_is_told_itself(stub: Stubber) -> None:
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (CHILD, "CREATE_FAILED", "Template format error"))
    told(stub, NESTED, (own(NESTED), "CREATE_IN_PROGRESS", ""))

    assert stack_failure.first_cause(stub.client, ROOT).endswith("is CREATE_FAILED: Template format error")


def test_what_was_refused_before_anything_was_touched_is_told_by_resource(stub: Stubber) -> None:
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (own(ROOT), "CREATE_FAILED", "Call DescribeEvents"))
    refused(
        stub,
        {},
        {"EventType": "PROVISIONING_ERROR"},
        {"ValidationFailureMode": "WARN"},
        {"LogicalResourceId": "Second"},
        {"OperationId": "before"},
    )

    cause = stack_failure.first_cause(stub.client, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket): taken; Second (AWS::S3::Bucket): taken"


def test_a_refusal_that_cannot_be_read_does_not_hide_that_there_was_one(stub: Stubber) -> None:
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (own(ROOT), "CREATE_FAILED", "Call DescribeEvents"))
    stub.add_client_error("describe_events", "AccessDenied", "no")

    assert stack_failure.first_cause(stub.client, ROOT).endswith("is CREATE_FAILED: Call DescribeEvents")


def test_where_nothing_failed_there_is_no_cause(stub: Stubber) -> None:
    told(stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""))

    assert stack_failure.first_cause(stub.client, ROOT) == ""
