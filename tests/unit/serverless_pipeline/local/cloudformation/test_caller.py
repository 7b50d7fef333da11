from __future__ import annotations

import json
from contextvars import copy_context
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import caller
from serverless_pipeline.local.cloudformation.caller import Unauthorized
from serverless_pipeline.local.iam import sessions, trust
from serverless_pipeline.local.iam.sessions import Session
from tests.support.cloudformation import FINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.cloudformation import CloudFormation

ROLE = "arn:aws:iam::123456789012:role/deployer"


class Iam:
    """Remembers what it was asked, and denies the actions in `denied`."""

    def __init__(self) -> None:
        self.questions: list[tuple[Any, ...]] = []
        self.denied: dict[str, Any] = {}

    def enforce(self, key: str, action: str, service: str, region: str, **context: Any) -> Any:
        self.questions.append((key, action, service, region, context))
        return self.denied.get(action)


@pytest.fixture
def iam(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Iam]:
    """IAM behind ours; nobody called yet, and there is a role that CloudFormation may assume."""
    service = Iam()
    seams.ENFORCE.replace(service.enforce)
    seams.EXTRACT_RESOURCE_ARN.replace(lambda *_: "*")
    monkeypatch.setattr(trust, "lets_in", lambda arn, service: (arn, service) == (ROLE, caller.SERVICE))
    cloudformation.actions.update(dict.fromkeys(caller.ACTING, cloudformation.answer))
    monkeypatch.setattr(caller, "_ACTIONS", {})
    monkeypatch.setattr(caller, "_ROLES", {})
    monkeypatch.setattr(sessions, "begin", lambda arn, name: Session(f"key of {arn} for {name}", "", ""))
    token = caller._KEY.set("")
    caller.install()
    yield service
    caller._KEY.reset(token)


def calls(key: str, action: str = "cloudformation:CreateChangeSet") -> None:
    """A request reaches the embedded AWS."""
    seams.ENFORCE(key, action, "cloudformation", "eu-west-1", resource_arn="arn:stack")


def test_iam_is_asked_in_the_name_of_who_called(iam: Iam) -> None:
    calls("somebody")

    caller.demand("dynamodb:CreateTable", "arn:table")
    caller.demand("iam:PassRole", "arn:role", {"iam:PassedToService": "lambda.amazonaws.com"})

    passed = {"resource_arn": "arn:role", "service_context": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert iam.questions[1:] == [
        (
            "somebody",
            "dynamodb:CreateTable",
            "dynamodb",
            "eu-west-1",
            {"resource_arn": "arn:table", "service_context": {}},
        ),
        ("somebody", "iam:PassRole", "iam", "eu-west-1", passed),
    ]


def test_nobody_is_asked_about(iam: Iam) -> None:
    calls("")

    caller.demand("dynamodb:CreateTable", "arn:table")

    assert [question[1] for question in iam.questions] == ["cloudformation:CreateChangeSet"]


@pytest.mark.parametrize(
    ("denial", "name"), [(SimpleNamespace(principal_arn="arn:user/somebody"), "arn:user/somebody"), ("no", "somebody")]
)
def test_what_iam_denies_is_said_in_awss_words(iam: Iam, denial: Any, name: str) -> None:
    calls("somebody")
    iam.denied["dynamodb:CreateTable"] = denial

    with pytest.raises(Unauthorized) as caught:
        caller.demand("dynamodb:CreateTable", "arn:table")

    assert str(caught.value) == (
        f"User: {name} is not authorized to perform: dynamodb:CreateTable on resource: arn:table because no "
        "identity-based policy allows the dynamodb:CreateTable action (Service: dynamodb, Status Code: 403)"
    )


def test_an_explicit_deny_is_told_from_what_nothing_allows(iam: Iam) -> None:
    calls("somebody")
    iam.denied["dynamodb:CreateTable"] = SimpleNamespace(principal_arn="arn:user", decision="Deny")

    with pytest.raises(
        Unauthorized, match=r"on resource: arn:table with an explicit deny in an identity-based policy \("
    ):
        caller.demand("dynamodb:CreateTable", "arn:table")


def test_the_decision_is_iams(iam: Iam) -> None:
    iam.denied["s3:PutObject"] = "denied"

    assert seams.ENFORCE("somebody", "s3:PutObject", "s3", "eu-west-1") == "denied"
    assert seams.ENFORCE("somebody", "s3:GetObject", "s3", "eu-west-1") is None


@pytest.mark.usefixtures("iam")
def test_what_was_asked_about_each_key_is_told(iam: Iam) -> None:
    del iam
    for key, action in (("a", "s3:PutObject"), ("b", "s3:GetObject"), ("a", "s3:GetObject"), ("", "s3:ListBucket")):
        calls(key, action)

    assert json.loads(caller.actions_by_key()) == {"a": ["s3:GetObject", "s3:PutObject"], "b": ["s3:GetObject"]}


@pytest.mark.usefixtures("iam")
def test_each_request_has_a_caller_of_its_own() -> None:
    for name in ("first", "second"):
        copy_context().run(calls, name)

    assert caller._KEY.get() == ""


@pytest.mark.parametrize("action", ["CreateStack", "UpdateStack", "DeleteStack"])
def test_a_service_role_acts_without_a_change_set_as_well(
    cloudformation: CloudFormation, iam: Iam, action: str
) -> None:
    del iam
    cloudformation.add_stack("shop")
    calls("somebody")

    cloudformation.actions[action]({"StackName": "shop", "RoleARN": ROLE})

    assert caller._KEY.get() == f"key of {ROLE} for AWSCloudFormation"


def test_a_service_role_acts_from_the_change_set_to_the_end(cloudformation: CloudFormation, iam: Iam) -> None:
    key = f"key of {ROLE} for AWSCloudFormation"
    cloudformation.add_stack("shop", "REVIEW_IN_PROGRESS")
    cloudformation.add_change_set("plan")
    calls("somebody")
    answer = cloudformation.actions["CreateChangeSet"]({"StackName": "shop", "RoleARN": ROLE})

    keys = [caller._KEY.get()]
    for action, parameters in (
        ("ExecuteChangeSet", {"ChangeSetName": "plan"}),
        ("DeleteStack", {"StackName": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"}),
    ):
        calls("somebody")
        cloudformation.actions[action](parameters)
        keys.append(caller._KEY.get())

    assert answer == FINE
    assert keys == [key] * 3
    handed_over = {"resource_arn": ROLE, "service_context": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    assert iam.questions[1] == ("somebody", "iam:PassRole", "iam", "eu-west-1", handed_over)


@pytest.mark.usefixtures("iam")
def test_another_stack_has_no_part_in_a_role(cloudformation: CloudFormation) -> None:
    cloudformation.actions["CreateChangeSet"]({"StackName": "shop", "RoleARN": ROLE})
    calls("somebody")

    cloudformation.actions["CreateChangeSet"]({"StackName": "other"})

    assert caller._KEY.get() == "somebody"


@pytest.mark.usefixtures("iam")
@pytest.mark.parametrize(
    ("status", "acts"),
    [("", False), ("DELETE_COMPLETE", False), ("REVIEW_IN_PROGRESS", True), ("CREATE_COMPLETE", True)],
)
def test_a_new_stack_has_no_part_in_the_role_of_an_earlier_one(
    cloudformation: CloudFormation, status: str, *, acts: bool
) -> None:
    cloudformation.actions["CreateChangeSet"]({"StackName": "shop", "RoleARN": ROLE})
    if status:
        cloudformation.add_stack("shop", status)
    calls("somebody")

    cloudformation.actions["CreateChangeSet"]({"StackName": "shop"})

    assert (caller._KEY.get() == "somebody") is not acts


def test_who_may_not_hand_a_role_over_is_refused(cloudformation: CloudFormation, iam: Iam) -> None:
    iam.denied["iam:PassRole"] = "no"
    calls("somebody")

    status, _, body = cloudformation.actions["CreateChangeSet"]({"StackName": "shop", "RoleARN": ROLE})

    assert status == 403
    assert body.startswith(b"AccessDenied: User: somebody is not authorized to perform: iam:PassRole on resource: arn")
    assert (cloudformation.requests, caller._KEY.get()) == ([], "somebody")


@pytest.mark.usefixtures("iam")
def test_a_role_that_cannot_be_assumed_is_refused(cloudformation: CloudFormation) -> None:
    answer = cloudformation.actions["CreateChangeSet"]({"StackName": "shop", "RoleARN": f"{ROLE}2"})

    assert answer == (400, {}, f"ValidationError: Role {ROLE}2 is invalid or cannot be assumed".encode())
    assert cloudformation.requests == []


@pytest.mark.usefixtures("iam")
@pytest.mark.parametrize(
    ("service", "query", "stack_id", "arn"),
    [
        ("cloudformation", {"ChangeSetName": "plan"}, "arn:stack/shop/1", "arn:stack/shop/1"),
        ("cloudformation", {"ChangeSetName": ["plan"]}, "arn:stack/shop/1", "arn:stack/shop/1"),
        ("cloudformation", {"ChangeSetName": "plan"}, "", "arn:aws:cloudformation:eu-west-1:1234:stack/shop/new"),
        ("cloudformation", {"ChangeSetName": "nobody"}, "arn:stack/shop/1", "*"),
        ("cloudformation", {}, "arn:stack/shop/1", "*"),
        ("s3", {"ChangeSetName": "plan"}, "arn:stack/shop/1", "*"),
    ],
)
def test_a_change_set_that_is_named_by_its_arn_belongs_to_a_stack(
    cloudformation: CloudFormation, service: str, query: dict[str, Any], stack_id: str, arn: str
) -> None:
    cloudformation.add_change_set("plan", StackId=stack_id)

    assert seams.EXTRACT_RESOURCE_ARN(service, "POST", "/", {}, b"", query, "eu-west-1", "1234") == arn


@pytest.mark.usefixtures("iam")
def test_an_arn_that_ministack_found_stays() -> None:
    find = caller.finding_stack(lambda *_: "arn:found")

    query = {"ChangeSetName": "plan"}
    assert find("cloudformation", "POST", "/", {}, b"", query, "eu-west-1", "1234") == "arn:found"
