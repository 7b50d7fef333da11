from __future__ import annotations

from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import decisions, sessions
from serverless_pipeline.local.iam.sessions import Session

ROLE = "arn:aws:iam::123456789012:role/machine"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:queue"
CALLER: ContextVar[str] = ContextVar("caller", default="somebody")


@pytest.fixture
def asked(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What IAM was asked; it denies what is done to nothing else than the queue."""
    del empty_ministack
    asked: list[Any] = []

    def enforce(key: str, *words: str, resource_arn: str) -> str | None:
        CALLER.set(key)
        asked.append((key, *words, resource_arn))
        return None if resource_arn == QUEUE else "denied"

    def evaluate(policy: Any, question: Any, service: str) -> Any:
        asked.append((policy, vars(question), service))
        return SimpleNamespace(decision=policy)

    seams.ENFORCE.replace(enforce)
    seams.EVAL_CONTEXT.replace(SimpleNamespace)
    seams.EVALUATE_RESOURCE_POLICY.replace(evaluate)
    seams.GET_ACCOUNT_ID.replace(lambda: "999999999999")
    monkeypatch.setattr(decisions, "_keys", {})
    monkeypatch.setattr(sessions, "begin", lambda arn, name: Session(f"key of {arn} as {name}", "", ""))
    return asked


def test_a_role_may_what_iam_allows_it(asked: list[Any]) -> None:
    assert decisions.may(ROLE, "sqs:ReceiveMessage", QUEUE)
    assert not decisions.may(ROLE, "sqs:ReceiveMessage", f"{QUEUE}2")
    assert asked[0] == (f"key of {ROLE} as service", "sqs:ReceiveMessage", "sqs", "eu-west-1", QUEUE)


def test_a_role_has_one_session(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    decisions.may(ROLE, "sqs:ReceiveMessage", QUEUE)
    monkeypatch.setattr(sessions, "begin", None)

    decisions.may(ROLE, "sqs:DeleteMessage", QUEUE)

    assert len({key for key, *_ in asked}) == 1


def test_whose_request_is_served_stays_as_it_is(asked: list[Any]) -> None:
    decisions.may(ROLE, "sqs:ReceiveMessage", QUEUE)

    assert (CALLER.get(), len(asked)) == ("somebody", 1)


@pytest.mark.parametrize(
    ("source", "account"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:topic", "123456789012"),
        ("arn:aws:s3:::bucket", "999999999999"),
    ],
)
def test_a_policy_is_asked_about_the_service_and_what_it_acts_for(asked: list[Any], source: str, account: str) -> None:
    assert decisions.lets_in("Allow", "sns.amazonaws.com", "sqs:SendMessage", QUEUE, source)

    assert asked == [
        (
            "Allow",
            {
                "principal_arn": "*",
                "principal_type": "Service",
                "principal_account": "",
                "action": "sqs:SendMessage",
                "resource_arn": QUEUE,
                "region": "eu-west-1",
                "service_context": {"aws:sourcearn": source, "aws:sourceaccount": account},
            },
            "sns.amazonaws.com",
        )
    ]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("decision", ["Deny", "ImplicitDeny"])
def test_what_it_does_not_allow_is_shut(decision: str) -> None:
    assert not decisions.lets_in(decision, "sns.amazonaws.com", "sqs:SendMessage", QUEUE, QUEUE)
