from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import recover
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

ARN = "arn:aws:cloudformation:::stack"
STUCK = Stack("shop", f"{ARN}/shop/1", Status.UPDATE_ROLLBACK_FAILED)
RECOVERED = replace(STUCK, status=Status.UPDATE_ROLLBACK_COMPLETE)
INNER = Tree(
    f"{ARN}/shop-TestEnvironment-X1/2",
    "TestEnvironment",
    (
        Resource("TestEnvironment/Table", "shop-table", "AWS::DynamoDB::Table", "UPDATE_FAILED"),
        Resource("TestEnvironment/Role", "shop-role", "AWS::IAM::Role", "UPDATE_COMPLETE"),
    ),
)
HELD = Tree(
    STUCK.id,
    "",
    (
        Resource("TestEnvironment", INNER.stack_id, stack.KIND, "UPDATE_FAILED"),
        Resource("Bucket", "shop-bucket", "AWS::S3::Bucket", "UPDATE_FAILED"),
    ),
    {"TestEnvironment": INNER},
)
SETTINGS = Settings(stack_name="shop")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The stack is stuck; what `watch` answers stands under `ended`, what it got under `before`."""
    notes: dict[str, Any] = {"ended": RECOVERED}

    def watch(_clients: object, root: Stack, _patience: object, *, before: Tree) -> Stack:
        notes.update(root=root, before=before)
        if notes["ended"] is None:
            raise KeyboardInterrupt
        ended: Stack = notes["ended"]
        return ended

    monkeypatch.setattr(stack, "demand", lambda *_: STUCK)
    monkeypatch.setattr(tree, "look", lambda *_: HELD)
    monkeypatch.setattr(operation, "watch", watch)
    return notes


def test_a_resource_of_a_nested_stack_is_skipped_by_its_stacks_name() -> None:
    """As AWS wants it: `NestedStackName.ResourceLogicalID` (API reference, ContinueUpdateRollback)."""
    assert recover.names(HELD, ["TestEnvironment/Table", "Bucket"]) == ["shop-TestEnvironment-X1.Table", "Bucket"]
    assert recover.names(HELD, []) == []


@pytest.mark.parametrize("path", ["Nothing", "TestEnvironment", "TestEnvironment/Role", "Table"])
def test_what_did_not_fail_cannot_be_skipped(path: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        recover.names(HELD, [path, "Bucket"])

    assert str(caught.value) == (
        f"--skip: the stack has no resource {path}; what failed to roll back: Bucket, TestEnvironment/Table\n"
        "  Next: invoke pipeline.recover --skip <one of these>"
    )


def test_where_nothing_failed_nothing_can_be_skipped() -> None:
    with pytest.raises(Misconfigured, match="what failed to roll back: nothing"):
        recover.names(Tree("shop"), ["Bucket"])


def test_the_rollback_goes_on_without_a_list_where_nothing_is_skipped(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": STUCK.id})

    recover.recover(SETTINGS, clients, "", sure=False)

    assert (watched["root"], watched["before"]) == (STUCK, HELD)
    words = "stack shop, UPDATE_ROLLBACK_COMPLETE; invoke pipeline.up updates it again"
    assert capsys.readouterr().err == f"Recovered  {words}\n"


@pytest.mark.usefixtures("watched")
def test_what_is_skipped_is_asked_about_and_handed_on(
    clients: Clients, cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[tuple[str, bool, str]] = []
    monkeypatch.setattr(console, "confirm", lambda question, *, sure, again: questions.append((question, sure, again)))
    skipped = ["Bucket", "shop-TestEnvironment-X1.Table"]
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": STUCK.id, "ResourcesToSkip": skipped})

    recover.recover(SETTINGS, clients, "Bucket, TestEnvironment/Table,", sure=True)

    question = "Leave Bucket, shop-TestEnvironment-X1.Table as it is and call the stack shop rolled back?"
    again = "invoke pipeline.recover --skip Bucket, TestEnvironment/Table, --yes"
    assert questions == [(question, True, again)]


def test_a_rollback_that_failed_again_tells_why(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched["ended"] = STUCK
    monkeypatch.setattr(operation, "failure", lambda _, root: operation.Failure(root, None))
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": STUCK.id})

    with pytest.raises(Error, match="The stack shop is UPDATE_ROLLBACK_FAILED"):
        recover.recover(SETTINGS, clients, "", sure=False)


def test_ctrl_c_names_the_command_that_attaches_again(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber
) -> None:
    watched["ended"] = None
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": STUCK.id})

    with pytest.raises(Interrupted, match=r"the rollback goes on\.\n  Next: invoke pipeline\.wait"):
        recover.recover(SETTINGS, clients, "", sure=False)


def test_a_stack_that_needs_none_is_left_alone(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "demand", lambda *_: RECOVERED)

    recover.recover(SETTINGS, clients, "Bucket", sure=False)

    assert capsys.readouterr().err == (
        "Unchanged  stack shop is UPDATE_ROLLBACK_COMPLETE; only UPDATE_ROLLBACK_FAILED needs this\n"
    )
