from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudformation import origin
from tests.support.cloudformation import FINE

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

PLAN = {"ChangeSetName": "arn:plan"}


@pytest.fixture
def installed(cloudformation: CloudFormation) -> CloudFormation:
    """A stack with a change set that can be executed."""
    cloudformation.add_stack("shop")
    cloudformation.add_change_set("arn:plan", "shop")
    names = ("ExecuteChangeSet", *origin.GIVING_ROLES)
    cloudformation.actions.update(dict.fromkeys(names, cloudformation.answer))
    cloudformation.actions["DescribeStacks"] = lambda _: (200, {"x": "y"}, b"<StackId>arn:stack/shop/1</StackId>")
    origin.install()
    return cloudformation


def test_a_stack_names_the_change_set_that_made_it(installed: CloudFormation) -> None:
    answer = installed.actions["ExecuteChangeSet"](PLAN)

    described = installed.actions["DescribeStacks"]({})

    assert (answer, installed.requests) == (FINE, [PLAN])
    assert described == (
        200,
        {"x": "y"},
        b"<StackId>arn:stack/shop/1</StackId><ChangeSetId>arn:plan</ChangeSetId>",
    )


def test_names_are_written_as_xml(installed: CloudFormation) -> None:
    installed.add_stack("odd", StackId="arn:<odd>", ChangeSetId="arn:<plan>")

    describe = origin.naming(lambda _: (200, {}, b"<StackId>arn:&lt;odd&gt;</StackId>"))

    assert describe({})[2] == b"<StackId>arn:&lt;odd&gt;</StackId><ChangeSetId>arn:&lt;plan&gt;</ChangeSetId>"


def test_one_that_no_change_set_made_names_none(installed: CloudFormation) -> None:
    assert installed.actions["DescribeStacks"]({})[2] == b"<StackId>arn:stack/shop/1</StackId>"


@pytest.mark.parametrize(("status", "change_set"), [(400, PLAN), (200, {"ChangeSetName": "nobody"})])
def test_a_change_set_that_is_not_executed_made_nothing(
    installed: CloudFormation, status: int, change_set: dict[str, str]
) -> None:
    origin.remembering(lambda _: (status, {}, b""))(change_set)

    assert origin.KEY not in installed.stacks["shop"]


@pytest.mark.parametrize("name", ["shop", "arn:stack/shop/1"])
@pytest.mark.parametrize(("status", "kept"), [(200, False), (400, True)])
def test_an_update_without_a_change_set_forgets_it(
    installed: CloudFormation, name: str, status: int, *, kept: bool
) -> None:
    installed.actions["ExecuteChangeSet"](PLAN)

    answer = origin.forgetting(lambda _: (status, {}, b""))({"StackName": name})

    assert answer == (status, {}, b"")
    assert (origin.KEY in installed.stacks["shop"]) is kept


def test_update_stack_forgets(installed: CloudFormation) -> None:
    installed.actions["ExecuteChangeSet"](PLAN)

    installed.actions["UpdateStack"]({"StackName": "shop"})
    installed.actions["UpdateStack"]({"StackName": "nobody"})

    assert origin.KEY not in installed.stacks["shop"]


@pytest.mark.parametrize("name", origin.GIVING_ROLES)
@pytest.mark.parametrize("stack", ["shop", "arn:stack/shop/1"])
def test_a_stack_names_the_service_role_that_it_was_given_last(
    installed: CloudFormation, name: str, stack: str
) -> None:
    for parameters in ({"RoleARN": "arn:role"}, {}):
        installed.actions[name]({"StackName": stack, **parameters})

    described = installed.actions["DescribeStacks"]({})[2]

    assert described == b"<StackId>arn:stack/shop/1</StackId><RoleARN>arn:role</RoleARN>"


@pytest.mark.parametrize(("status", "stack"), [(400, "shop"), (200, "nobody")])
def test_an_operation_that_is_refused_gives_none(installed: CloudFormation, status: int, stack: str) -> None:
    origin.keeping_role(lambda _: (status, {}, b""))({"StackName": stack, "RoleARN": "arn:role"})

    assert origin.ROLE not in installed.stacks["shop"]
