from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import CHANGE_SET
from serverless_pipeline.commands import diff
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import S3, Settings
from tests.support.waiting import until

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

CHOSEN = Settings(stack_name="looked-at", source=S3(), template="app/environment.yml")


@pytest.fixture(params=["clients", "slow"])
def account(request: pytest.FixtureRequest) -> Clients:
    """The embedded AWS that deletes change sets at once, and the one that takes a while to do so, as AWS does."""
    client: Clients = request.getfixturevalue(request.param)
    return client


def test_a_first_look_plans_everything_and_leaves_nothing(account: Clients) -> None:
    home = bucket.name(CHOSEN, account)

    difference = diff.look(CHOSEN, account)

    assert not difference.is_empty
    assert {change.kind for change in difference.changes} == {"added"}
    assert {"Roles", "Roles/RunTaskRole"} <= {change.path for change in difference.changes}
    assert named(account) == []
    until(lambda: home not in bucket.names(account), "the bucket to be deleted")


def test_a_look_at_a_stack_in_review_leaves_what_somebody_else_planned(account: Clients) -> None:
    plan: dict[str, Any] = {"StackName": CHOSEN.stack_name, "ChangeSetType": "CREATE", "IncludeNestedStacks": True}
    document = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    others = account.cloudformation.create_change_set(**plan, ChangeSetName="others", TemplateBody=document)["Id"]

    diff.look(CHOSEN, account)

    sets = account.cloudformation.list_change_sets(StackName=CHOSEN.stack_name)["Summaries"]
    assert [item["ChangeSetId"] for item in sets if not item["ChangeSetName"].startswith(CHANGE_SET)] == [others]
    review = stack.demand(account, CHOSEN.stack_name)
    assert review.status is stack.Status.REVIEW_IN_PROGRESS
    stack.delete(account, review)


def named(clients: Clients) -> list[str]:
    """The states of what is called like the stack."""
    pages = clients.cloudformation.get_paginator("describe_stacks").paginate()
    return [one["StackStatus"] for page in pages for one in page["Stacks"] if one["StackName"] == CHOSEN.stack_name]
