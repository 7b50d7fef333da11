from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudformation import records

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation


@pytest.mark.parametrize(("value", "word"), [("shop", "shop"), (None, ""), ("", "")])
def test_a_parameter_is_a_word_or_nothing(cloudformation: CloudFormation, value: str | None, word: str) -> None:
    del cloudformation

    assert records.word({"StackName": value}, "StackName") == word
    assert records.word({}, "StackName") == ""


def test_a_stack_is_found_by_its_name_and_by_its_id(cloudformation: CloudFormation) -> None:
    cloudformation.add_stack("other")
    shop = cloudformation.add_stack("shop")

    assert records.stack("shop") is shop
    assert records.stack("arn:stack/shop/1") is shop
    assert [records.stack(name) for name in ("nobody", "arn:stack/shop/2", "")] == [{}, {}, {}]


def test_a_stack_without_an_id_is_not_found_by_no_name(cloudformation: CloudFormation) -> None:
    cloudformation.add_stack("shop", StackId="")

    assert records.stack("") == {}


def test_stacks_come_in_the_order_in_which_they_were_made(cloudformation: CloudFormation) -> None:
    names = ["shop", "alpha", "shop-Inner-1"]
    for name in names:
        cloudformation.add_stack(name)

    assert [stack["StackName"] for stack in records.stacks()] == names


@pytest.mark.parametrize("stack", ["shop", "arn:stack/shop/1"])
def test_a_change_set_is_found_by_its_name_in_its_stack(cloudformation: CloudFormation, stack: str) -> None:
    cloudformation.add_stack("shop")
    cloudformation.add_change_set("other", "other", ChangeSetName="plan")
    plan = cloudformation.add_change_set("own", ChangeSetName="plan")

    assert records.change_set({"ChangeSetName": "plan", "StackName": stack}) is plan
    assert records.change_set({"ChangeSetName": "own"}) is plan
    assert records.change_set({"ChangeSetName": "plan", "StackName": "nobody"}) == {}


def test_below_a_change_set_are_those_of_the_nested_stacks_on_every_level(cloudformation: CloudFormation) -> None:
    root = cloudformation.add_change_set("root")
    inner = cloudformation.add_change_set("inner", ParentChangeSetId="root")
    innermost = cloudformation.add_change_set("innermost", ParentChangeSetId="inner")
    cloudformation.add_change_set("other", ParentChangeSetId="another")

    assert list(records.below(root)) == [inner, innermost]
    assert list(records.below(innermost)) == []


def test_nothing_is_below_a_change_set_that_is_not_there(cloudformation: CloudFormation) -> None:
    cloudformation.add_change_set("root")

    assert list(records.below({})) == []


@pytest.mark.parametrize(
    ("codes", "status", "body"),
    [
        ((), 400, b"ValidationError: no"),
        (("InvalidChangeSetStatus",), 400, b"InvalidChangeSetStatus: no"),
        (("AccessDenied",), 403, b"AccessDenied: no"),
    ],
)
def test_a_refusal_has_the_status_of_its_code(
    cloudformation: CloudFormation, codes: tuple[str, ...], status: int, body: bytes
) -> None:
    del cloudformation

    assert records.refusal("no", *codes) == (status, {}, body)
