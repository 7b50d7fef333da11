from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.delivery import stack_failure

if TYPE_CHECKING:
    from botocore.stub import Stubber
    from mypy_boto3_cloudformation import CloudFormationClient

START = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue/1"
NESTED = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-app-queue-Nested-ABC/2"
CHANGE_SET = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/planned/3"
BUCKET = ("Bucket", "AWS::S3::Bucket", "a-bucket")
QUEUE = ("Queue", "AWS::SQS::Queue", "a-queue")
CHILD = ("Nested", "AWS::CloudFormation::Stack", NESTED)


def expect_events(
    stub: Stubber,
    stack_id: str,
    *events: tuple[tuple[str, str, str], str, str],
    page: str = "",
    following: str = "",
) -> None:
    """A page of the events of a stack; they are written oldest first, and AWS tells them newest first."""
    entries = [
        {
            "StackId": stack_id,
            "StackName": stack_id.split("/")[1],
            "EventId": str(number),
            "Timestamp": START + timedelta(seconds=number),
            "LogicalResourceId": logical_id,
            "ResourceType": type_,
            "PhysicalResourceId": physical_id,
            "ResourceStatus": status,
        }
        | ({"ResourceStatusReason": reason} if reason else {})
        for number, ((logical_id, type_, physical_id), status, reason) in enumerate(events)
    ]
    response: dict[str, Any] = {"StackEvents": entries[::-1]} | ({"NextToken": following} if following else {})
    request = {"StackName": stack_id} | ({"NextToken": page} if page else {})
    stub.add_response("describe_stack_events", response, request)


def own(stack_id: str) -> tuple[str, str, str]:
    return stack_id.split("/")[1], "AWS::CloudFormation::Stack", stack_id


def refusal(**entry: Any) -> dict[str, Any]:
    """An event about a bucket whose name is taken; others differ in `entry`."""
    return {
        "StackId": ROOT,
        "EventId": "1",
        "OperationId": "now",
        "Timestamp": START,
        "EventType": "VALIDATION_ERROR",
        "ValidationFailureMode": "FAIL",
        "LogicalResourceId": "Bucket",
        "ResourceType": "AWS::S3::Bucket",
        "ValidationStatusReason": "taken",
    } | entry


def expect_refusals(stub: Stubber, *events: dict[str, Any], page: str = "", following: str = "", **of: str) -> None:
    response: dict[str, Any] = {"OperationEvents": list(events)} | ({"NextToken": following} if following else {})
    request: dict[str, Any] = {"StackName": ROOT, "Filters": {"FailedEvents": True}} | of
    stub.add_response("describe_events", response, request | ({"NextToken": page} if page else {}))


def test_the_earliest_failure_that_no_other_brought_about_is_the_cause(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "UPDATE_IN_PROGRESS", "User Initiated"),
        (QUEUE, "CREATE_FAILED", "Resource creation cancelled"),
        (BUCKET, "UPDATE_FAILED", "Access Denied"),
        (QUEUE, "DELETE_FAILED", "it is in use"),
        (own(ROOT), "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
    )

    cause = stack_failure.first_cause(stacks, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket) in shop-app-queue is UPDATE_FAILED: Access Denied"


@pytest.mark.parametrize("start", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_failure_of_an_earlier_operation_is_none_of_this(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, start: str
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (BUCKET, "CREATE_FAILED", "long ago"),
        (own(ROOT), start, "User Initiated"),
        (BUCKET, start, "it begins"),
        (QUEUE, "UPDATE_FAILED", "now"),
    )

    cause = stack_failure.first_cause(stacks, ROOT)

    assert cause == "Queue (AWS::SQS::Queue) in shop-app-queue is UPDATE_FAILED: now"


def test_events_are_read_page_by_page_back_to_the_start(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    start = (own(ROOT), "CREATE_IN_PROGRESS", "")
    expect_events(cloudformation_stub, ROOT, (QUEUE, "CREATE_FAILED", "second"), following="next")
    expect_events(
        cloudformation_stub, ROOT, start, (BUCKET, "CREATE_FAILED", "first"), page="next", following="never read"
    )

    events = stack_failure.operation(stacks, ROOT)

    assert [event.get("ResourceStatusReason") for event in events] == [None, "first", "second"]


def test_a_failure_without_a_reason_is_told_as_one(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    expect_events(cloudformation_stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (QUEUE, "CREATE_FAILED", ""))

    cause = stack_failure.first_cause(stacks, ROOT)

    assert cause == "Queue (AWS::SQS::Queue) in shop-app-queue is CREATE_FAILED: AWS gives no reason"


def test_the_cause_of_a_nested_failure_is_looked_for_in_the_nested_stack(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "CREATE_IN_PROGRESS", ""),
        (CHILD, "CREATE_FAILED", "Embedded stack was not created"),
    )
    expect_events(
        cloudformation_stub, NESTED, (own(NESTED), "CREATE_IN_PROGRESS", ""), (BUCKET, "CREATE_FAILED", "Access Denied")
    )

    cause = stack_failure.first_cause(stacks, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket) in shop-app-queue-Nested-ABC is CREATE_FAILED: Access Denied"


def test_a_nested_failure_that_tells_no_cause_is_told_itself(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "CREATE_IN_PROGRESS", ""),
        (CHILD, "CREATE_FAILED", "Template format error"),
    )
    expect_events(cloudformation_stub, NESTED, (own(NESTED), "CREATE_IN_PROGRESS", ""))

    cause = stack_failure.first_cause(stacks, ROOT)

    nested = "Nested (AWS::CloudFormation::Stack) in shop-app-queue"
    assert cause == f"{nested} is CREATE_FAILED: Template format error"


def test_a_nested_stack_that_was_never_made_is_not_looked_into(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    nowhere = ("Nested", "AWS::CloudFormation::Stack", "")
    expect_events(
        cloudformation_stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (nowhere, "CREATE_FAILED", "no template")
    )

    assert stack_failure.first_cause(stacks, ROOT).endswith("is CREATE_FAILED: no template")


def test_another_resource_that_an_arn_names_is_no_nested_stack(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    topic = ("Topic", "AWS::SNS::Topic", "arn:aws:sns:eu-west-1:111122223333:topic")
    expect_events(
        cloudformation_stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (topic, "CREATE_FAILED", "no right")
    )

    assert stack_failure.first_cause(stacks, ROOT).endswith("is CREATE_FAILED: no right")


def test_what_was_refused_before_anything_was_touched_is_told_by_resource(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "CREATE_IN_PROGRESS", ""),
        (own(ROOT), "CREATE_FAILED", "Call DescribeEvents"),
    )
    expect_refusals(
        cloudformation_stub,
        refusal(OperationId="before", Timestamp=START - timedelta(seconds=1)),
        refusal(),
        refusal(EventType="PROVISIONING_ERROR"),
        following="next",
    )
    expect_refusals(
        cloudformation_stub,
        refusal(ValidationFailureMode="WARN"),
        refusal(LogicalResourceId="Second"),
        page="next",
    )

    cause = stack_failure.first_cause(stacks, ROOT)

    assert cause == "Bucket (AWS::S3::Bucket): taken; Second (AWS::S3::Bucket): taken"


def test_what_was_refused_before_a_change_set_was_made_is_told(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_refusals(cloudformation_stub, refusal(), ChangeSetName=CHANGE_SET)

    errors = stack_failure.validation_errors(stacks, ROOT, CHANGE_SET)

    assert errors == "Bucket (AWS::S3::Bucket): taken"


def test_a_refusal_that_tells_nothing_is_told_as_the_stack_tells_it(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "CREATE_IN_PROGRESS", ""),
        (own(ROOT), "CREATE_FAILED", "first"),
        (own(ROOT), "ROLLBACK_FAILED", "second"),
    )
    expect_refusals(cloudformation_stub)

    assert stack_failure.first_cause(stacks, ROOT).endswith("is CREATE_FAILED: first")


def test_a_refusal_that_cannot_be_read_does_not_hide_that_there_was_one(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    expect_events(
        cloudformation_stub,
        ROOT,
        (own(ROOT), "CREATE_IN_PROGRESS", ""),
        (own(ROOT), "CREATE_FAILED", "Call DescribeEvents"),
    )
    cloudformation_stub.add_client_error("describe_events", "AccessDenied", "no right")

    assert stack_failure.first_cause(stacks, ROOT).endswith("is CREATE_FAILED: Call DescribeEvents")


def test_a_refusal_that_cannot_be_read_is_logged_and_tells_nothing(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation_stub.add_client_error("describe_events", "AccessDenied", "no right")

    assert stack_failure.validation_errors(stacks, ROOT) == ""
    assert capsys.readouterr().out.startswith("What CloudFormation found cannot be told: ")


def test_where_nothing_failed_there_is_no_cause(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    expect_events(
        cloudformation_stub, ROOT, (own(ROOT), "CREATE_IN_PROGRESS", ""), (QUEUE, "CREATE_COMPLETE", "failed before")
    )

    assert stack_failure.first_cause(stacks, ROOT) == ""
