from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import stacks
from serverless_pipeline.errors import Error
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
INNER, CACHE = f"{ARN}/shop-Roles-X1/1", f"{ARN}/shop-prod-Cache-X2/1"
SETTINGS = Settings(stack_name="shop")


def nesting(name: str, logical_id: str, stack_id: str) -> Tree:
    """A stack with a bucket and one nested stack."""
    bucket = Resource("Bucket", "shop-bucket", "AWS::S3::Bucket", "CREATE_COMPLETE")
    nested = Resource(logical_id, stack_id, stack.KIND, "UPDATE_COMPLETE")
    return Tree(f"{ARN}/{name}/1", "", (bucket, nested), {logical_id: Tree(stack_id, logical_id)})


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stack]:
    """The stacks that are there, by name; the root and the last environment hold a stack each."""
    by_name = {
        "shop": Stack("shop", "root", Status.UPDATE_ROLLBACK_COMPLETE),
        "shop-test": Stack("shop-test", "test", Status.REVIEW_IN_PROGRESS),
        "shop-prod": Stack("shop-prod", "prod", Status.UPDATE_IN_PROGRESS),
    }
    held = {
        "root": nesting("shop", "Roles", INNER),
        "test": Tree(f"{ARN}/shop-test/1"),
        "prod": nesting("shop-prod", "Cache", CACHE),
    }
    monkeypatch.setattr(stack, "find", lambda _, name: by_name.get(name))
    monkeypatch.setattr(tree, "look", lambda _, stack_id: held[stack_id])
    return by_name


@pytest.mark.usefixtures("there")
def test_the_root_comes_first_then_the_environments_each_before_those_nested_in_it() -> None:
    clients: Any = None

    assert stacks.find(SETTINGS, clients) == [
        ("shop", "UPDATE_ROLLBACK_COMPLETE"),
        ("shop-Roles-X1", "UPDATE_COMPLETE"),
        ("shop-test", "REVIEW_IN_PROGRESS"),
        ("shop-prod", "UPDATE_IN_PROGRESS"),
        ("shop-prod-Cache-X2", "UPDATE_COMPLETE"),
    ]


def test_an_environment_that_was_not_delivered_yet_has_no_line(there: dict[str, Stack]) -> None:
    del there["shop-test"], there["shop-prod"]
    clients: Any = None

    assert [name for name, _ in stacks.find(SETTINGS, clients)] == ["shop", "shop-Roles-X1"]


def test_without_a_pipeline_the_next_command_is_named(there: dict[str, Stack], clients: Clients) -> None:
    there.clear()

    with pytest.raises(Error, match=r"There is no stack shop .*\n  Next: invoke pipeline\.up"):
        stacks.find(SETTINGS, clients)


def test_each_stack_is_a_line_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    stacks.show([("shop", "CREATE_COMPLETE"), ("shop-Roles-X1", "UPDATE_COMPLETE")])

    assert capsys.readouterr().out.splitlines() == ["shop           CREATE_COMPLETE", "shop-Roles-X1  UPDATE_COMPLETE"]
