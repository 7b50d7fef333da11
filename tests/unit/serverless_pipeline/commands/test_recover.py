from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import operation, stack, tree
from serverless_pipeline.cloudformation.events import Event
from serverless_pipeline.cloudformation.operation import Failure
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import recover
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.settings import Settings
from tests.support.stubs import stubbed

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

ARN = "arn:aws:cloudformation:::stack"
STUCK = Stack("shop", f"{ARN}/shop/1", Status.UPDATE_ROLLBACK_FAILED)
RECOVERED = replace(STUCK, status=Status.UPDATE_ROLLBACK_COMPLETE)
TEST = Stack("shop-test", f"{ARN}/shop-test/3", Status.UPDATE_ROLLBACK_FAILED)
INNER = Tree(
    f"{ARN}/shop-Roles-X1/2",
    "Roles",
    (
        Resource("Roles/Policy", "shop-policy", "AWS::IAM::ManagedPolicy", "UPDATE_FAILED"),
        Resource("Roles/Role", "shop-role", "AWS::IAM::Role", "UPDATE_COMPLETE"),
    ),
)
HELD = Tree(
    STUCK.id,
    "",
    (
        Resource("Roles", INNER.stack_id, stack.KIND, "UPDATE_FAILED"),
        Resource("Bucket", "shop-bucket", "AWS::S3::Bucket", "UPDATE_FAILED"),
    ),
    {"Roles": INNER},
)
TEST_HELD = Tree(TEST.id, "", (Resource("Table", "shop-table", "AWS::DynamoDB::Table", "UPDATE_FAILED"),))
SETTINGS = Settings(stack_name="shop")


@dataclass(frozen=True)
class Place:
    """A stack that is stuck, as it is named on the command line."""

    stack: Stack
    environment: str = ""

    @property
    def option(self) -> str:
        return f" --environment {self.environment}" if self.environment else ""


PIPELINE, ENVIRONMENT = Place(STUCK), Place(TEST, "Test")


def failure(_: object, root: Stack) -> Failure:
    """Why the rollback failed again."""
    time, kind, why = datetime(2026, 1, 1, tzinfo=UTC), "AWS::DynamoDB::Table", "it is stubborn"
    return Failure(root, Event("1", time, root.name, root.id, "Table", "t", kind, "UPDATE_FAILED", why))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The stacks are stuck; what `watch` answers stands under `ended`, what it got under `before`."""
    notes: dict[str, Any] = {"ended": RECOVERED}

    def watch(_clients: object, root: Stack, _patience: object, *, before: Tree) -> Stack:
        notes.update(root=root, before=before)
        if notes["ended"] is None:
            raise KeyboardInterrupt
        ended: Stack = notes["ended"]
        return ended

    monkeypatch.setattr(stack, "find", lambda _, name: {"shop": STUCK, "shop-test": TEST}.get(name))
    monkeypatch.setattr(tree, "look", lambda _, stack_id: {STUCK.id: HELD, TEST.id: TEST_HELD}[stack_id])
    monkeypatch.setattr(operation, "watch", watch)
    monkeypatch.setattr(operation, "failure", failure)
    return notes


def test_a_resource_of_a_nested_stack_is_skipped_by_its_stacks_name() -> None:
    """As AWS wants it: `NestedStackName.ResourceLogicalID` (API reference, ContinueUpdateRollback)."""
    assert recover.names(HELD, ["Roles/Policy", "Bucket"]) == ["shop-Roles-X1.Policy", "Bucket"]
    assert recover.names(HELD, []) == []


@pytest.mark.parametrize("path", ["Nothing", "Roles", "Roles/Role", "Policy"])
@pytest.mark.parametrize("option", ["", " --environment Test"])
def test_what_did_not_fail_cannot_be_skipped(path: str, option: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        recover.names(HELD, [path, "Bucket"], option)

    assert str(caught.value) == (
        f"--skip: the stack has no resource {path}; what failed to roll back: Bucket, Roles/Policy\n"
        f"  Next: invoke pipeline.recover --skip <one of these>{option}"
    )


def test_where_nothing_failed_nothing_can_be_skipped() -> None:
    with pytest.raises(Misconfigured, match="what failed to roll back: nothing"):
        recover.names(Tree("shop"), ["Bucket"])


def test_the_rollback_goes_on_without_a_list_where_nothing_is_skipped(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": STUCK.id})

    recover.recover(SETTINGS, clients, "", "", sure=False)

    assert (watched["root"], watched["before"]) == (STUCK, HELD)
    words = "stack shop, UPDATE_ROLLBACK_COMPLETE; invoke pipeline.up updates it again"
    assert capsys.readouterr().err == f"Recovered  {words}\n"


def test_in_an_environment_the_pipeline_goes_on(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    watched["ended"] = replace(TEST, status=Status.UPDATE_ROLLBACK_COMPLETE)
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": TEST.id})

    recover.recover(SETTINGS, clients, "test", "", sure=False)

    assert (watched["root"], watched["before"]) == (TEST, TEST_HELD)
    words = "stack shop-test, UPDATE_ROLLBACK_COMPLETE; invoke pipeline.run updates it again"
    assert capsys.readouterr().err == f"Recovered  {words}\n"


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ("Tset", "--environment: 'Tset' must be one of Test, Prod"),
        ("Prod", "There is no stack shop-prod in 000000000000, us-east-1.\n  Next: invoke pipeline.run"),
    ],
    ids=["misspelt", "not delivered yet"],
)
def test_an_environment_that_has_no_stack_is_told_with_what_makes_it(
    clients: Clients, environment: str, words: str
) -> None:
    with pytest.raises(Error) as raised:
        recover.recover(SETTINGS, clients, environment, "", sure=False)

    assert str(raised.value) == words


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("place", "skip", "skipped"),
    [
        (PIPELINE, "Bucket, Roles/Policy,", ["Bucket", "shop-Roles-X1.Policy"]),
        (ENVIRONMENT, "Table", ["Table"]),
    ],
)
def test_what_is_skipped_is_asked_about_and_handed_on(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, place: Place, skip: str, skipped: list[str]
) -> None:
    questions: list[tuple[str, bool, str]] = []
    monkeypatch.setattr(console, "confirm", lambda question, *, sure, again: questions.append((question, sure, again)))

    with stubbed(clients.cloudformation) as cloudformation:
        handed_on = {"StackName": place.stack.id, "ResourcesToSkip": skipped}
        cloudformation.add_response("continue_update_rollback", {}, handed_on)
        recover.recover(SETTINGS, clients, place.environment, skip, sure=True)

    question = f"Leave {', '.join(skipped)} as it is and call the stack {place.stack.name} rolled back?"
    assert questions == [(question, True, f"invoke pipeline.recover --skip {skip} --yes{place.option}")]


@pytest.mark.parametrize("place", [PIPELINE, ENVIRONMENT])
def test_a_rollback_that_failed_again_tells_why_and_what_goes_on_there(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, place: Place
) -> None:
    watched["ended"] = place.stack
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": place.stack.id})

    with pytest.raises(Error) as raised:
        recover.recover(SETTINGS, clients, place.environment, "", sure=False)

    assert str(raised.value) == (
        f"The stack {place.stack.name} is UPDATE_ROLLBACK_FAILED.\n"
        "  First cause: Table  it is stubborn (AWS::DynamoDB::Table, UPDATE_FAILED)\n"
        f"  Next: invoke pipeline.recover{place.option}"
    )


@pytest.mark.parametrize(("place", "command"), [(PIPELINE, "wait"), (ENVIRONMENT, "log --follow --environment Test")])
def test_ctrl_c_names_the_command_that_attaches_again(
    watched: dict[str, Any], clients: Clients, cloudformation: Stubber, place: Place, command: str
) -> None:
    watched["ended"] = None
    cloudformation.add_response("continue_update_rollback", {}, {"StackName": place.stack.id})

    with pytest.raises(Interrupted, match=rf"the rollback goes on\.\n  Next: invoke pipeline\.{command}$"):
        recover.recover(SETTINGS, clients, place.environment, "", sure=False)


def test_a_stack_that_needs_none_is_left_alone(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "find", lambda *_: RECOVERED)

    recover.recover(SETTINGS, clients, "", "Bucket", sure=False)

    assert capsys.readouterr().err == (
        "Unchanged  stack shop is UPDATE_ROLLBACK_COMPLETE; only UPDATE_ROLLBACK_FAILED needs this\n"
    )
