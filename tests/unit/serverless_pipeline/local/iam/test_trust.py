"""Roles that are handed over: MiniStack's IAM decides, in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import trust
from serverless_pipeline.local.iam.trust import Unassumable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/worker"
FUNCTION = "AWS::Lambda::Function"
CANNOT = "The role defined for the function cannot be assumed by Lambda."


@pytest.fixture
def iam() -> Iterator[Callable[..., None]]:
    """Puts the role into MiniStack's IAM, as it trusts somebody."""

    def put(*services: str, effect: str = "Allow", **condition: dict[str, str]) -> None:
        statement = {
            "Effect": effect,
            "Principal": {"Service": list(services)},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
        seams.ROLES.value.set_scoped(
            ACCOUNT, None, "worker", {"AssumeRolePolicyDocument": json.dumps({"Statement": [statement]})}
        )

    yield put
    seams.ROLES.value.clear()


def test_a_role_lets_in_the_service_that_it_trusts(iam: Callable[..., None]) -> None:
    iam(trust.LAMBDA)

    assert trust.lets_in(ROLE, trust.LAMBDA)
    assert not trust.lets_in(ROLE, "states.amazonaws.com")
    assert not trust.lets_in(ROLE.replace("worker", "other"), trust.LAMBDA)
    assert not trust.lets_in("worker", trust.LAMBDA)


def test_a_role_that_denies_lets_nobody_in(iam: Callable[..., None]) -> None:
    iam(trust.LAMBDA, effect="Deny")

    assert not trust.lets_in(ROLE, trust.LAMBDA)


@pytest.mark.parametrize(
    ("condition", "source", "expected"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "", True),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, "", False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:mine"}}, "", True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:function:mine"}}, "function:mine", True),
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:lambda:*:*:function:mine"}}, "function:other", False),
    ],
)
def test_for_whom_is_asked_where_it_is_known(
    iam: Callable[..., None],
    condition: dict[str, dict[str, str]],
    source: str,
    expected: bool,  # noqa: FBT001
) -> None:
    iam(trust.LAMBDA, **condition)

    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:{source}" if source else ""
    assert trust.lets_in(ROLE, trust.LAMBDA, arn) is expected


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        (FUNCTION, {"Role": ROLE}, f"^{CANNOT} "),
        ("AWS::StepFunctions::StateMachine", {"RoleArn": ROLE}, "^Neither the global service principal states"),
        ("AWS::Events::Rule", {"Targets": [{"Id": "a"}, {"RoleArn": ROLE}]}, f"^Provided role '{ROLE}' cannot be"),
        ("AWS::ApiGateway::Account", {"CloudWatchRoleArn": ROLE}, "^The role ARN does not have required permissions"),
        ("AWS::Scheduler::Schedule", {"Target": {"RoleArn": ROLE}}, "^The execution role you provide must allow"),
    ],
)
def test_each_service_refuses_a_role_in_its_own_words(
    iam: Callable[..., None], kind: str, properties: dict[str, Any], words: str
) -> None:
    iam("ec2.amazonaws.com")

    with pytest.raises(Unassumable, match=words):
        trust.demand(kind, properties)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (FUNCTION, {}),
        (FUNCTION, {"Role": ROLE}),
        ("AWS::ApiGateway::Method", {"Integration": {"Credentials": "arn:aws:iam::1:role/later"}}),
        ("AWS::S3::Bucket", {"ReplicationConfiguration": {"Role": "arn:aws:iam::1:role/unknown"}}),
        ("Custom::Thing", {"Role": "arn"}),
    ],
)
def test_any_other_is_not_looked_at(iam: Callable[..., None], kind: str, properties: dict[str, Any]) -> None:
    iam(trust.LAMBDA)

    trust.demand(kind, properties)


def test_cloudformation_looks_before_it_makes_and_where_an_update_changes_the_role(iam: Callable[..., None]) -> None:
    iam("ec2.amazonaws.com")
    done: list[str] = []
    create = trust.provisioning(lambda *_: done.append("made"))
    change = trust.updating(lambda *_: done.append("changed"))

    change(FUNCTION, "f", {"Role": ROLE}, {"Role": ROLE, "Timeout": 3}, "stack", "F")
    with pytest.raises(Unassumable):
        change(FUNCTION, "f", {"Role": "arn:other"}, {"Role": ROLE}, "stack", "F")
    with pytest.raises(Unassumable):
        create(FUNCTION, "F", {"Role": ROLE}, "stack")
    create(FUNCTION, "F", {}, "stack")

    assert done == ["changed", "made"]


def test_lambda_refuses_it_as_well(iam: Callable[..., None]) -> None:
    iam(trust.LAMBDA)
    create, configure = trust.creating(lambda _: (201, {}, b"")), trust.configuring(lambda *_: (200, {}, b""))

    status, _, body = create({"Role": f"{ROLE}2"})

    assert (status, json.loads(body)["message"]) == (400, CANNOT)
    assert json.loads(body)["__type"] == "InvalidParameterValueException"
    assert configure("f", {"Role": f"{ROLE}2"})[0] == 400
    assert (create({"Role": ROLE})[0], configure("f", {"Timeout": 3})[0]) == (201, 200)
