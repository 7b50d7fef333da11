"""An embedded AWS that takes a second to delete a change set of nested stacks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

TEMPLATE = '{"Resources": {"Note": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "one"}}}}'


@pytest.fixture
def name() -> str:
    return f"eventual-{uuid.uuid4().hex[:8]}"


def plan(clients: Clients, name: str, *, nested: bool) -> str:
    answer = clients.cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="plan",
        ChangeSetType="CREATE",
        TemplateBody=TEMPLATE,
        IncludeNestedStacks=nested,
    )
    return answer["Id"]


def states(clients: Clients, name: str) -> list[str]:
    return [item["Status"] for item in clients.cloudformation.list_change_sets(StackName=name)["Summaries"]]


def test_a_deleted_change_set_of_nested_stacks_is_there_for_a_while(slow: Clients, name: str) -> None:
    identity = plan(slow, name, nested=True)

    slow.cloudformation.delete_change_set(ChangeSetName=identity)
    listed, described = states(slow, name), slow.cloudformation.describe_change_set(ChangeSetName=identity)
    seen = ["DELETE_PENDING"]
    until(lambda: not note(seen, states(slow, name)), "the deletion")

    assert listed == ["DELETE_PENDING"]
    assert (described["Status"], described["ExecutionStatus"]) == ("DELETE_PENDING", "UNAVAILABLE")
    assert seen == ["DELETE_PENDING", "DELETE_IN_PROGRESS"]
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        slow.cloudformation.describe_change_set(ChangeSetName=identity)


def note(seen: list[str], now: list[str]) -> list[str]:
    seen += [state for state in now if state != seen[-1]]
    return now


@pytest.mark.parametrize("act", ["execute_change_set", "delete_change_set"])
def test_a_change_set_that_is_being_deleted_can_only_be_looked_at(slow: Clients, name: str, act: str) -> None:
    identity = plan(slow, name, nested=True)
    slow.cloudformation.delete_change_set(ChangeSetName=identity)

    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        getattr(slow.cloudformation, act)(ChangeSetName=identity)


def test_its_stack_in_review_can_be_deleted_meanwhile(slow: Clients, name: str) -> None:
    slow.cloudformation.delete_change_set(ChangeSetName=plan(slow, name, nested=True))

    slow.cloudformation.delete_stack(StackName=name)

    until(lambda: not stacks(slow, name), "the deletion")


def stacks(clients: Clients, name: str) -> list[Any]:
    pages = clients.cloudformation.get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"] if stack["StackName"] == name]


def test_a_change_set_of_one_stack_alone_is_gone_at_once(slow: Clients, name: str) -> None:
    slow.cloudformation.delete_change_set(ChangeSetName=plan(slow, name, nested=False))

    assert states(slow, name) == []


def test_unless_asked_for_nothing_takes_a_while(clients: Clients, name: str) -> None:
    identity = plan(clients, name, nested=True)
    stack_id = clients.cloudformation.describe_change_set(ChangeSetName=identity)["StackId"]
    before = states(clients, stack_id)

    clients.cloudformation.delete_change_set(ChangeSetName=identity)
    after = states(clients, stack_id)
    clients.cloudformation.delete_stack(StackName=name)

    assert (before, after) == (["CREATE_COMPLETE"], [])
