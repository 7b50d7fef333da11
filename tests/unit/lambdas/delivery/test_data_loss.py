from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.delivery import data_loss

if TYPE_CHECKING:
    from botocore.stub import Stubber
    from mypy_boto3_cloudformation import CloudFormationClient

CHANGE_SET = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/job-1/4711"
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-test/1"
TABLE = "AWS::DynamoDB::Table"


@pytest.fixture(autouse=True)
def stateful_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """These types hold data, as the function's environment says."""
    monkeypatch.setenv("STATEFUL_TYPES", "AWS::DynamoDB::Table,AWS::S3::Bucket")


def change(name: str, type_: str, **entry: str) -> dict[str, Any]:
    return {"Type": "Resource", "ResourceChange": {"LogicalResourceId": name, "ResourceType": type_, **entry}}


def expect_changes(stub: Stubber, *changes: dict[str, Any]) -> None:
    stub.add_response(
        "describe_change_set", {"Changes": list(changes)}, {"StackName": STACK, "ChangeSetName": CHANGE_SET}
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"Action": "Remove"}, "would be removed"),
        ({"Action": "Remove", "PolicyAction": "Delete"}, "would be removed"),
        ({"Action": "Modify", "Replacement": "True"}, "would be replaced"),
        ({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndDelete"}, "would be replaced"),
        ({"Action": "Modify", "Replacement": "Conditional"}, "might be replaced"),
    ],
)
def test_data_that_is_removed_or_replaced_and_that_nothing_keeps_is_lost(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, entry: dict[str, str], words: str
) -> None:
    expect_changes(cloudformation_stub, change("Votes", TABLE, **entry))

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == [f"Votes ({TABLE}) {words}"]


@pytest.mark.parametrize(
    "entry",
    [
        {"Action": "Add"},
        {"Action": "Import"},
        {"Action": "Modify", "Replacement": "False"},
        {"Action": "Modify"},
        {"Action": "Remove", "PolicyAction": "Retain"},
        {"Action": "Remove", "PolicyAction": "RetainExceptOnCreate"},
        {"Action": "Remove", "PolicyAction": "Snapshot"},
        {"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndRetain"},
        {"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"},
        {"Action": "Modify", "Replacement": "Conditional", "PolicyAction": "ReplaceAndRetain"},
    ],
)
def test_what_stays_or_is_kept_is_not_lost(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, entry: dict[str, str]
) -> None:
    expect_changes(cloudformation_stub, change("Votes", TABLE, **entry))

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == []


def test_what_holds_no_data_may_go(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    expect_changes(cloudformation_stub, change("Role", "AWS::IAM::Role", Action="Remove"), {"Type": "Resource"})

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == []


@pytest.mark.parametrize("value", [None, ""])
def test_where_no_type_is_told_none_holds_data(
    stacks: CloudFormationClient, cloudformation_stub: Stubber, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("STATEFUL_TYPES")
    if value is not None:
        monkeypatch.setenv("STATEFUL_TYPES", value)
    expect_changes(cloudformation_stub, change("Votes", TABLE, Action="Remove"))

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == []


def test_all_pages_of_a_change_set_are_looked_at(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    request = {"StackName": STACK, "ChangeSetName": CHANGE_SET}
    first = {"Changes": [change("Votes", TABLE, Action="Remove")], "NextToken": "more"}
    cloudformation_stub.add_response("describe_change_set", first, request)
    cloudformation_stub.add_response("describe_change_set", {"NextToken": "rest"}, request | {"NextToken": "more"})
    last = {"Changes": [change("Site", "AWS::S3::Bucket", Action="Modify", Replacement="True")]}
    cloudformation_stub.add_response("describe_change_set", last, request | {"NextToken": "rest"})

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == [
        f"Votes ({TABLE}) would be removed",
        "Site (AWS::S3::Bucket) would be replaced",
    ]


def test_a_change_set_that_cannot_be_read_is_no_harmless_one(
    stacks: CloudFormationClient, cloudformation_stub: Stubber
) -> None:
    cloudformation_stub.add_client_error("describe_change_set", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        list(data_loss.losses(stacks, STACK, CHANGE_SET))


def test_what_a_nested_stack_would_lose_is_lost(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    nested = f"{CHANGE_SET}-nested"
    inner = change(
        "Inner",
        data_loss.STACK,
        Action="Modify",
        Replacement="Conditional",
        ChangeSetId=nested,
        PhysicalResourceId="in",
    )
    expect_changes(cloudformation_stub, inner)
    answer = {"Changes": [change("Votes", TABLE, Action="Remove")]}
    cloudformation_stub.add_response("describe_change_set", answer, {"StackName": "in", "ChangeSetName": nested})

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == [f"Inner/Votes ({TABLE}) would be removed"]


def test_a_nested_stack_that_goes_is_a_loss(stacks: CloudFormationClient, cloudformation_stub: Stubber) -> None:
    expect_changes(cloudformation_stub, change("Inner", data_loss.STACK, Action="Remove"))

    assert list(data_loss.losses(stacks, STACK, CHANGE_SET)) == [f"Inner ({data_loss.STACK}) would be removed"]
