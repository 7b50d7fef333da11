"""Acting as a role: MiniStack's IAM decides, in this process."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import roles
from serverless_pipeline.local.iam.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "111122223333"
PIPELINE = f"arn:aws:codepipeline:eu-west-1:{ACCOUNT}:p"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/pipeline"
ACTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/action"
CODEPIPELINE = {"Service": "codepipeline.amazonaws.com"}
REFUSED = f"CodePipeline is not authorized to perform AssumeRole on role {ROLE}"
ACTION_REFUSED = f"{ROLE} is not authorized to perform AssumeRole on role {ACTION_ROLE}"


@pytest.fixture
def iam() -> Iterator[Callable[..., None]]:
    """Puts a role into MiniStack's IAM, with its trust policy and its policies; all are gone after the test."""
    store = seams.ROLES.value

    def put(arn: str, trust_policy: object, *policies: dict[str, Any]) -> None:
        role = {
            "RoleId": "AROA1",
            "AssumeRolePolicyDocument": trust_policy,
            "InlinePolicies": {str(number): json.dumps(policy) for number, policy in enumerate(policies)},
            "AttachedPolicies": [],
        }
        store.set_scoped(arn.split(":")[4], None, arn.rsplit("/", 1)[-1], role)

    yield put
    store.clear()


def trust(principal: object, effect: str = "Allow", action: str = "sts:AssumeRole", **more: Any) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def refusal(check: Callable[..., object], *arguments: Any) -> str:
    with pytest.raises(roles.NotAssumableError) as refused:
        check(*arguments)
    return str(refused.value)


def condition(operator: str, key: str, value: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def test_a_role_that_trusts_codepipeline_can_be_assumed(iam: Callable[..., None]) -> None:
    iam(ROLE, trust(CODEPIPELINE))

    roles.check(ROLE, PIPELINE)


def test_a_trust_policy_may_be_a_document_or_have_a_single_statement(iam: Callable[..., None]) -> None:
    statement = json.loads(trust(CODEPIPELINE))["Statement"][0]
    iam(ROLE, {"Version": "2012-10-17", "Statement": statement})

    roles.check(ROLE, PIPELINE)


@pytest.mark.parametrize(
    "trust_policy",
    [
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        trust(CODEPIPELINE, action="sts:TagSession"),
        trust(CODEPIPELINE, effect="Deny"),
        {},
    ],
    ids=["another service", "the account", "another action", "denied", "nobody"],
)
def test_a_role_that_does_not_let_codepipeline_in_is_refused(iam: Callable[..., None], trust_policy: object) -> None:
    iam(ROLE, trust_policy)

    assert refusal(roles.check, ROLE, PIPELINE) == REFUSED


@pytest.mark.usefixtures("iam")
def test_a_role_that_does_not_exist_is_refused() -> None:
    assert refusal(roles.check, ROLE, PIPELINE) == REFUSED


def test_a_role_of_the_same_name_in_another_account_is_another_role(iam: Callable[..., None]) -> None:
    iam("arn:aws:iam::444455556666:role/service/pipeline", trust(CODEPIPELINE))

    assert refusal(roles.check, ROLE, PIPELINE) == REFUSED


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("aws:SourceAccount", ACCOUNT, True),
        ("aws:SourceAccount", "444455556666", False),
        ("aws:SourceArn", PIPELINE, True),
        ("aws:SourceArn", f"{PIPELINE}2", False),
        ("aws:RequestedRegion", "eu-west-1", True),
        ("aws:RequestedRegion", "us-east-1", False),
        ("aws:PrincipalAccount", ACCOUNT, True),
        ("aws:PrincipalType", "AssumedRole", True),
    ],
)
def test_the_conditions_of_a_trust_policy_count(
    iam: Callable[..., None], key: str, value: str, *, accepted: bool
) -> None:
    iam(ROLE, trust(CODEPIPELINE, **condition("StringEquals", key, value)))

    if accepted:
        roles.check(ROLE, PIPELINE)
    else:
        assert refusal(roles.check, ROLE, PIPELINE) == REFUSED


def test_a_pipelines_role_may_assume_an_actions_role_if_both_agree(iam: Callable[..., None]) -> None:
    iam(ROLE, trust(CODEPIPELINE), allow("sts:AssumeRole", ACTION_ROLE))
    iam(ACTION_ROLE, trust({"AWS": ROLE}))

    roles.check_action(ACTION_ROLE, ROLE, PIPELINE)


@pytest.mark.parametrize(
    ("policy", "trust_policy"),
    [
        (allow("sts:AssumeRole", f"{ACTION_ROLE}2"), trust({"AWS": ROLE})),
        (allow("s3:GetObject", ACTION_ROLE), trust({"AWS": ROLE})),
        (allow("sts:AssumeRole", ACTION_ROLE), trust({"AWS": f"{ROLE}2"})),
        (allow("sts:AssumeRole", ACTION_ROLE), trust(CODEPIPELINE)),
        (allow("sts:AssumeRole", ACTION_ROLE), {}),
    ],
    ids=["another resource", "another action", "another principal", "the service alone", "nobody"],
)
def test_a_pipelines_role_may_not_if_either_disagrees(
    iam: Callable[..., None], policy: dict[str, Any], trust_policy: object
) -> None:
    iam(ROLE, trust(CODEPIPELINE), policy)
    iam(ACTION_ROLE, trust_policy)

    assert refusal(roles.check_action, ACTION_ROLE, ROLE, PIPELINE) == ACTION_REFUSED


def test_an_actions_role_that_does_not_exist_is_refused(iam: Callable[..., None]) -> None:
    iam(ROLE, trust(CODEPIPELINE), allow("sts:AssumeRole", "*"))

    assert refusal(roles.check_action, ACTION_ROLE, ROLE, PIPELINE) == ACTION_REFUSED


@pytest.mark.parametrize(("region", "accepted"), [("eu-west-1", True), ("us-east-1", False)])
def test_the_conditions_of_the_policies_count(iam: Callable[..., None], region: str, *, accepted: bool) -> None:
    policy = allow("sts:AssumeRole", ACTION_ROLE)
    policy["Statement"][0] |= condition("StringEquals", "aws:RequestedRegion", region)
    iam(ROLE, trust(CODEPIPELINE), policy)
    iam(ACTION_ROLE, trust({"AWS": ROLE}))

    if accepted:
        roles.check_action(ACTION_ROLE, ROLE, PIPELINE)
    else:
        assert refusal(roles.check_action, ACTION_ROLE, ROLE, PIPELINE) == ACTION_REFUSED


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The sessions that MiniStack accepts, by their access key."""
    accepted: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(seams, "REGISTER_SESSION", accepted.__setitem__)
    return accepted


def test_a_session_of_a_role_is_one_that_ministack_accepts(
    iam: Callable[..., None], sessions: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    iam(ROLE, trust(CODEPIPELINE))
    monkeypatch.setattr(time, "time", lambda: 1000.5)
    monkeypatch.setattr(time, "time_ns", lambda: 7)

    credentials = roles.assume(ROLE, PIPELINE, "http://aws")

    assert credentials == Credentials(
        role=ROLE,
        endpoint_url="http://aws",
        region="eu-west-1",
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
        expiration=4600.5,
    )
    assert sessions == {
        credentials.access_key_id: {
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/pipeline/7",
            "UserId": "AROA1:7",
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": 4600.5,
            "AccountId": ACCOUNT,
            "PrincipalType": "AssumedRole",
        }
    }


@pytest.mark.usefixtures("iam")
def test_a_role_that_is_refused_has_no_session(sessions: dict[str, dict[str, Any]]) -> None:
    assert refusal(roles.assume, ROLE, PIPELINE, "http://aws") == REFUSED
    assert sessions == {}


SESSION = Credentials(ROLE, "http://aws", "eu-west-1", "key", "secret", "token", 1)


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """STS, as the session of the pipeline's role reaches it."""
    client = boto3.client("sts", region_name="eu-west-1", aws_access_key_id="k", aws_secret_access_key="s")
    monkeypatch.setattr(Credentials, "client", lambda _self, service: {"sts": client}[service])
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_an_action_gets_a_session_of_its_own_role_for_an_hour(sts: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 77)
    session = {
        "AccessKeyId": "ASIA0123456789ABCDEF",
        "SecretAccessKey": "theirs",
        "SessionToken": "more",
        "Expiration": datetime(2026, 1, 2, tzinfo=UTC),
    }
    request = {"RoleArn": ACTION_ROLE, "RoleSessionName": "77", "DurationSeconds": 3600}
    sts.add_response("assume_role", {"Credentials": session}, request)

    credentials = roles.assume_for_action(SESSION, ACTION_ROLE)

    assert credentials == Credentials(
        role=ACTION_ROLE,
        endpoint_url="http://aws",
        region="eu-west-1",
        access_key_id="ASIA0123456789ABCDEF",
        secret_access_key="theirs",
        session_token="more",
        expiration=1767312000,
    )


def test_an_actions_role_that_iam_refuses_is_named(sts: Stubber) -> None:
    sts.add_client_error("assume_role", "AccessDenied")

    assert refusal(roles.assume_for_action, SESSION, ACTION_ROLE) == ACTION_REFUSED
