from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudformation import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.cloudformation.records import Response
    from tests.support.cloudformation import CloudFormation

SET = "arn:changeSet/ours & theirs/2"
EXECUTION = {"ChangeSetName": SET, "StackName": "shop"}


class Stack:
    """The stack `shop` in a MiniStack that answers with `status`."""

    def __init__(self, service: CloudFormation) -> None:
        self.status = 200
        self.service = service
        self.id = service.add_stack("shop")["StackId"]
        self.plain = f"<Stack><StackId>{self.id}</StackId></Stack>"
        service.add_change_set(SET)
        service.actions.update(ExecuteChangeSet=self._answer, UpdateStack=self._answer, DescribeStacks=self._describe)
        origin.install()

    def ask(self, operation: str, **parameters: str) -> str:
        body: bytes = self.service.actions[operation](parameters)[2]
        return body.decode()

    def _answer(self, _parameters: Mapping[str, str]) -> Response:
        return self.status, {}, b""

    def _describe(self, _parameters: Mapping[str, str]) -> Response:
        return 200, {}, self.plain.encode()


@pytest.fixture
def stack(cloudformation: CloudFormation) -> Stack:
    return Stack(cloudformation)


def test_a_stack_names_the_change_set_that_was_executed(stack: Stack) -> None:
    stack.ask("ExecuteChangeSet", **EXECUTION)

    own = f"<StackId>{stack.id}</StackId><ChangeSetId>arn:changeSet/ours &amp; theirs/2</ChangeSetId>"
    assert stack.ask("DescribeStacks") == f"<Stack>{own}</Stack>"


def test_a_stack_that_no_change_set_made_names_none(stack: Stack) -> None:
    assert stack.ask("DescribeStacks") == stack.plain


def test_a_change_set_that_is_refused_made_nothing(stack: Stack) -> None:
    stack.status = 400

    stack.ask("ExecuteChangeSet", **EXECUTION)

    assert stack.ask("DescribeStacks") == stack.plain


def test_a_change_set_that_is_not_there_made_nothing(stack: Stack) -> None:
    stack.ask("ExecuteChangeSet", ChangeSetName="another", StackName="shop")

    assert stack.ask("DescribeStacks") == stack.plain


@pytest.mark.parametrize("name", ["shop", "arn:stack/shop/1"])
def test_an_update_without_a_change_set_makes_it_forgotten(stack: Stack, name: str) -> None:
    stack.ask("ExecuteChangeSet", **EXECUTION)

    stack.ask("UpdateStack", StackName=name)

    assert stack.ask("DescribeStacks") == stack.plain


def test_an_update_that_is_refused_changes_nothing(stack: Stack) -> None:
    stack.ask("ExecuteChangeSet", **EXECUTION)
    stack.status = 400

    stack.ask("UpdateStack", StackName="shop")

    assert stack.ask("DescribeStacks") != stack.plain
