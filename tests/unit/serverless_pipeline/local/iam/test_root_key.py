from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import root_key

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("empty_ministack")

SIGNED: ContextVar[object | None] = ContextVar("signed", default=None)
WELCOME = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "execute-api:Invoke"]


@pytest.fixture
def sessions() -> dict[str, Any]:
    """The sessions of a MiniStack in which this was installed."""
    sessions: dict[str, Any] = {}
    seams.REGISTER_SESSION.replace(sessions.__setitem__)
    seams.SIGNED_REQUEST.replace(SIGNED)
    seams.AUTH_ERROR.replace(lambda *words: ("refused", *words))
    seams.ENFORCE.replace(lambda *words, **context: ("decided", words, context))
    seams.IS_ROOT_ACCESS_KEY.replace(lambda _key: True)
    root_key.install("AKIA", "secret", "000000000000")
    return sessions


@pytest.fixture
def decide(sessions: dict[str, Any]) -> Callable[..., Any]:
    assert sessions
    return seams.ENFORCE


def test_the_key_of_this_start_is_a_session_of_the_root_principal(sessions: dict[str, Any]) -> None:
    assert sessions == {
        "AKIA": {
            "Arn": "arn:aws:iam::000000000000:root",
            "UserId": "000000000000",
            "AccountId": "000000000000",
            "PrincipalType": "Root",
            "SecretAccessKey": "secret",
        }
    }


@pytest.mark.usefixtures("empty_ministack", "sessions")
@pytest.mark.parametrize("key", ["test", "000000000000", "", "AKIA"])
def test_no_key_is_root_by_its_name(key: str) -> None:
    assert seams.IS_ROOT_ACCESS_KEY(key) is False


@pytest.mark.usefixtures("empty_ministack", "sessions")
def test_the_module_that_copied_the_rule_has_the_new_one() -> None:
    assert seams._module("services.sts").is_root_access_key is seams.IS_ROOT_ACCESS_KEY.value


@pytest.mark.parametrize("action", WELCOME)
def test_a_stranger_is_welcome_where_a_resource_policy_decides(decide: Callable[..., Any], action: str) -> None:
    assert decide("", action, action.partition(":")[0], "eu-west-1") is None


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:ListAllMyBuckets", "s3:DeleteObject"])
def test_a_stranger_is_refused_all_else_of_s3(decide: Callable[..., Any], action: str) -> None:
    assert decide("", action, "s3", "eu-west-1") == ("refused", "AccessDenied", "Access Denied")


@pytest.mark.parametrize(
    ("key", "action", "service"),
    [("", "lambda:Invoke", "lambda"), ("AKIA", "s3:GetObject", "s3"), ("AKIA", "s3:PutObject", "s3")],
)
def test_whatever_else_is_asked_ministack_decides(
    decide: Callable[..., Any], key: str, action: str, service: str
) -> None:
    decision = decide(key, action, service, "eu-west-1", resource_arn="arn")

    assert decision == ("decided", (key, action, service, "eu-west-1"), {"resource_arn": "arn"})


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject"])
def test_who_signed_is_no_stranger(decide: Callable[..., Any], action: str) -> None:
    token = SIGNED.set("a request")

    decision = decide("", action, "s3", "eu-west-1")

    SIGNED.reset(token)
    assert decision[0] == "decided"
