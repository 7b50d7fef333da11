from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY

from serverless_pipeline.cloudformation import change_set, changes, stack
from serverless_pipeline.cloudformation.change_set import ChangeSet, Overtaken
from serverless_pipeline.cloudformation.changes import Change
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

ID, OTHER = "arn:aws:cloudformation:::changeSet/ours/1", "arn:aws:cloudformation:::changeSet/theirs/2"
STACK = "arn:aws:cloudformation:::stack/shop/1"
ROLE = "arn:aws:iam::123456789012:role/deployer"
DESIRED = Desired("shop", "https://home/root.yml", {"Word": "one", "Kept": None}, {"Application": "shop"}, ROLE)
CHANGES = (Change("", "Table", "", "AWS::DynamoDB::Table", "Add"),)
REQUEST = {
    "StackName": "shop",
    "TemplateURL": "https://home/root.yml",
    "Parameters": [
        {"ParameterKey": "Word", "ParameterValue": "one"},
        {"ParameterKey": "Kept", "UsePreviousValue": True},
    ],
    "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    "Tags": [{"Key": "Application", "Value": "shop"}],
    "IncludeNestedStacks": True,
    "RoleARN": ROLE,
    "ChangeSetName": ANY,
    "ClientToken": ANY,
}


class Aws:
    """A CloudFormation that answers what is told it beforehand; the stack is in the states of `states`, one a look."""

    def __init__(self, stubber: Stubber, patched: pytest.MonkeyPatch) -> None:
        self.stubber = stubber
        self.states: list[Status | None] = []
        patched.setattr(stack, "find", self._find)
        patched.setattr(changes, "read", lambda *_: iter(CHANGES))
        patched.setattr(Patience, "towards", lambda *_, **options: Patience(sleep=lambda _: None, **options))

    def _find(self, _clients: object, name: str) -> Stack | None:
        assert name in ("shop", STACK)
        status = self.states.pop(0)
        return Stack("shop", STACK, status) if status else None

    def creates(self, kind: str = "UPDATE") -> None:
        self.stubber.add_response("create_change_set", {"Id": ID, "StackId": STACK}, {**REQUEST, "ChangeSetType": kind})

    def describes(self, *answers: tuple[str, str]) -> None:
        for status, reason in answers:
            answer = {"Status": status, "StatusReason": reason}
            self.stubber.add_response("describe_change_set", answer, {"ChangeSetName": ID})

    def executes(self) -> None:
        asked = {"ChangeSetName": ID, "ClientRequestToken": ANY}
        self.stubber.add_response("execute_change_set", {}, asked)

    def deletes(self) -> None:
        self.stubber.add_response("delete_change_set", {}, {"ChangeSetName": ID, "StackName": STACK})

    def lists(self, *identities: str) -> None:
        summaries = [{"ChangeSetId": one, "ChangeSetName": "x", "CreationTime": NOW} for one in identities]
        self.stubber.add_response("list_change_sets", {"Summaries": summaries}, {"StackName": STACK})


NOW = datetime.now(UTC)


@pytest.fixture
def aws(cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(cloudformation, monkeypatch)


def test_a_stack_that_is_not_there_is_created_without_asking(aws: Aws, clients: Clients) -> None:
    aws.states = [None]
    aws.creates("CREATE")
    aws.describes(("CREATE_PENDING", ""), ("CREATE_IN_PROGRESS", ""), ("CREATE_COMPLETE", ""))
    aws.executes()

    assert change_set.deploy(clients, DESIRED, lambda _: pytest.fail("nobody asks about a new stack")) == "Creating"


def test_a_stack_that_is_there_is_updated_once_its_changes_are_approved(aws: Aws, clients: Clients) -> None:
    approved: list[Sequence[Change]] = []
    aws.states = [Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.executes()

    assert change_set.deploy(clients, DESIRED, approved.append) == "Updating"
    assert approved == [CHANGES]


def test_a_stack_in_review_is_created(aws: Aws, clients: Clients) -> None:
    aws.states = [Status.REVIEW_IN_PROGRESS]
    aws.lists()
    aws.creates("CREATE")
    aws.describes(("CREATE_COMPLETE", ""))
    aws.executes()

    assert change_set.deploy(clients, DESIRED) == "Creating"


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information",
        "No updates are to be performed.",
    ],
)
def test_a_change_set_that_finds_nothing_is_deleted_and_nothing_begins(aws: Aws, clients: Clients, reason: str) -> None:
    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("FAILED", reason))
    aws.deletes()

    assert change_set.deploy(clients, DESIRED) == "Unchanged"


def test_a_change_set_that_cannot_be_made_is_told_and_deleted(aws: Aws, clients: Clients) -> None:
    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("FAILED", "Template error"))
    aws.deletes()

    with pytest.raises(Error, match=r"cannot plan the change: Template error\n  Next: invoke pipeline\.lint"):
        change_set.deploy(clients, DESIRED)


def test_what_was_refused_is_deleted(aws: Aws, clients: Clients) -> None:
    def refuse(_: object) -> None:
        raise Error("no")

    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.deletes()

    with pytest.raises(Error, match=r"^no$"):
        change_set.deploy(clients, DESIRED, refuse)


def test_of_a_look_at_a_new_stack_nothing_is_left_though_the_change_set_goes_slowly(aws: Aws, clients: Clients) -> None:
    aws.states = [None, Status.REVIEW_IN_PROGRESS]
    aws.creates("CREATE")
    aws.describes(("CREATE_COMPLETE", ""))
    aws.deletes()
    aws.lists(ID)
    aws.lists(ID)
    aws.lists()
    aws.stubber.add_response("delete_stack", {}, {"StackName": STACK})

    with change_set.prepared(clients, DESIRED) as planned:
        assert planned == ChangeSet(ID, STACK, creates=True, empty=False, changes=CHANGES)


def test_a_stack_in_review_stays_where_somebody_else_plans_something(aws: Aws, clients: Clients) -> None:
    aws.states = [None, Status.REVIEW_IN_PROGRESS]
    aws.creates("CREATE")
    aws.describes(("CREATE_COMPLETE", ""))
    aws.deletes()
    aws.lists(OTHER)

    with change_set.prepared(clients, DESIRED):
        pass


def test_a_stack_that_was_there_is_not_deleted_with_the_change_set(aws: Aws, clients: Clients) -> None:
    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.deletes()

    with change_set.prepared(clients, DESIRED):
        pass


@pytest.mark.parametrize("status", ["DELETE_PENDING", "DELETE_IN_PROGRESS", "CREATE_PENDING", "CREATE_IN_PROGRESS"])
def test_a_change_set_that_is_being_deleted_since_an_answer_was_lost_or_is_still_made_is_left_to_it(
    aws: Aws, clients: Clients, status: str
) -> None:
    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.stubber.add_client_error("delete_change_set", "InvalidChangeSetStatus", f"Cannot delete in status {status}")

    with change_set.prepared(clients, DESIRED):
        pass


def test_a_change_set_that_cannot_be_deleted_is_told(aws: Aws, clients: Clients) -> None:
    aws.states = [Status.CREATE_COMPLETE, Status.CREATE_COMPLETE]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.stubber.add_client_error("delete_change_set", "InvalidChangeSetStatus", "in status EXECUTE_IN_PROGRESS")

    with pytest.raises(ClientError, match="EXECUTE_IN_PROGRESS"), change_set.prepared(clients, DESIRED):
        pass


@pytest.mark.parametrize("status", [None, Status.UPDATE_IN_PROGRESS])
def test_a_change_set_whose_stack_is_gone_or_moves_is_left_alone(
    aws: Aws, clients: Clients, status: Status | None
) -> None:
    aws.states = [Status.CREATE_COMPLETE, status]
    aws.lists()
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))

    with change_set.prepared(clients, DESIRED):
        pass


def test_only_our_own_change_sets_that_were_forgotten_for_an_hour_are_swept(aws: Aws, clients: Clients) -> None:
    long_ago, lately = NOW - timedelta(minutes=61), NOW - timedelta(minutes=30)
    summaries = [
        {"ChangeSetId": "arn:forgotten", "ChangeSetName": f"{stack.CHANGE_SET}1", "CreationTime": long_ago},
        {"ChangeSetId": "arn:running", "ChangeSetName": f"{stack.CHANGE_SET}2", "CreationTime": lately},
        {"ChangeSetId": "arn:theirs", "ChangeSetName": "by-hand", "CreationTime": long_ago},
    ]
    aws.states = [Status.CREATE_COMPLETE]
    aws.stubber.add_response("list_change_sets", {"Summaries": summaries}, {"StackName": STACK})
    aws.stubber.add_response("delete_change_set", {}, {"ChangeSetName": "arn:forgotten", "StackName": STACK})
    aws.creates()
    aws.describes(("CREATE_COMPLETE", ""))
    aws.executes()

    assert change_set.deploy(clients, DESIRED) == "Updating"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ChangeSetNotFound", "gone"),
        ("ChangeSetNotFoundException", "gone"),
        ("InvalidChangeSetStatus", "executed"),
        ("AlreadyExistsException", "Stack [shop] already exists"),
        ("ValidationError", "Stack is in UPDATE_IN_PROGRESS state and can not be updated"),
        ("ValidationError", "Stack [shop] is in [UPDATE_IN_PROGRESS] state"),
        ("ValidationError", "Stack is in state DELETE_COMPLETE"),
        ("ValidationError", "Stack shop is in REVIEW_IN_PROGRESS"),
    ],
)
def test_who_comes_second_is_told_so(aws: Aws, clients: Clients, code: str, message: str) -> None:
    aws.states = [None]
    aws.stubber.add_client_error("create_change_set", code, message)

    with pytest.raises(Overtaken, match=r"changed the stack shop at the same time\.\n  Next: invoke pipeline\.wait"):
        change_set.deploy(clients, DESIRED)


def test_another_refusal_is_told_as_it_is(aws: Aws, clients: Clients) -> None:
    aws.states = [None]
    aws.stubber.add_client_error("create_change_set", "AccessDenied", "not you")

    with pytest.raises(ClientError, match="not you"):
        change_set.deploy(clients, DESIRED)


def test_a_name_begins_with_the_digest_of_the_templates_and_nobody_else_has_it(
    aws: Aws, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[dict[str, Any]] = []
    monkeypatch.setattr(change_set, "_discard", lambda *_, **__: None)
    monkeypatch.setattr(change_set, "_planned", lambda *_, **__: None)

    def note(**request: Any) -> dict[str, str]:
        requests.append(request)
        return {"Id": ID, "StackId": STACK}

    monkeypatch.setattr(clients.cloudformation, "create_change_set", note)
    for _ in range(2):
        aws.states = [None]
        with change_set.prepared(clients, DESIRED):
            pass

    names = [request["ChangeSetName"] for request in requests]
    assert all(re.fullmatch(f"serverless-pipeline-{DESIRED.digest}-[0-9a-f]{{12}}", name) for name in names)
    assert len(set(names)) == 2


def test_without_a_role_none_is_named() -> None:
    assert "RoleARN" not in change_set._request(Desired("shop", "https://home/root.yml"))
