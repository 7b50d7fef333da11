from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import stacks
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    import pytest

INNER = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-Roles-X1/1"


def test_the_root_comes_before_those_nested_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = Resource("Roles", INNER, stack.KIND, "UPDATE_COMPLETE")
    bucket = Resource("Bucket", "shop-bucket", "AWS::S3::Bucket", "CREATE_COMPLETE")
    below = Tree("arn:aws:cloudformation:::stack/shop/1", "", (bucket, nested), {"Roles": Tree(INNER, "Roles")})
    monkeypatch.setattr(stack, "demand", lambda *_: Stack("shop", "arn:shop", Status.UPDATE_ROLLBACK_COMPLETE))
    monkeypatch.setattr(tree, "look", lambda *_: below)

    rows = stacks.find(Settings(stack_name="shop"), None)  # type: ignore[arg-type]

    assert rows == [("shop", "UPDATE_ROLLBACK_COMPLETE"), ("shop-Roles-X1", "UPDATE_COMPLETE")]


def test_each_stack_is_a_line_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    stacks.show([("shop", "CREATE_COMPLETE"), ("shop-Roles-X1", "UPDATE_COMPLETE")])

    assert capsys.readouterr().out.splitlines() == ["shop           CREATE_COMPLETE", "shop-Roles-X1  UPDATE_COMPLETE"]
