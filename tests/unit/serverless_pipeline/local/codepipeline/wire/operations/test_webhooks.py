"""Webhooks: put, list, delete, register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire.operations import tags, webhooks
from tests.support.engine import ACCOUNT, CALLER, SCOPE, InMemory

ARN = SCOPE.arn("webhook:hook")


@pytest.fixture
def in_memory(in_memory: InMemory) -> InMemory:
    """With a pipeline, at an address."""
    in_memory.store.url = "http://aws"
    in_memory.record()
    return in_memory


def definition(**more: Any) -> dict[str, Any]:
    return {
        "name": "hook",
        "targetPipeline": "p",
        "targetAction": "Source",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}, {"jsonPath": "$.ref"}],
        "authentication": "GITHUB_HMAC",
        "authenticationConfiguration": {"SecretToken": "between us"},
        **more,
    }


def put(in_memory: InMemory, given: list[dict[str, str]] | None = None, **more: Any) -> dict[str, Any]:
    request = {"webhook": definition(**more), **({"tags": given} if given else {})}
    return dict(webhooks.put(in_memory.engine, CALLER, request)["webhook"])


def listed(in_memory: InMemory, **more: Any) -> dict[str, Any]:
    return webhooks.list_(in_memory.engine, CALLER, more)


def test_a_webhook_is_answered_and_listed_without_its_secret(in_memory: InMemory) -> None:
    answer = put(in_memory, [{"key": "team", "value": "red"}])

    (webhook,) = in_memory.store.webhooks.values()
    assert answer == {
        "definition": definition(authenticationConfiguration={"SecretToken": "****"}),
        "url": f"http://aws/_webhook/{webhook.token}",
        "arn": ARN,
        "tags": [{"key": "team", "value": "red"}],
    }
    assert listed(in_memory) == {"webhooks": [answer]}
    assert tags.list_(in_memory.engine, CALLER, {"resourceArn": ARN})["tags"] == answer["tags"]


def test_a_webhook_that_is_put_anew_keeps_its_address_its_tags_and_its_history(in_memory: InMemory) -> None:
    before = put(in_memory, [{"key": "team", "value": "red"}])
    (webhook,) = in_memory.store.webhooks.values()
    webhook.triggered, webhook.error = 7.0, ("TargetNotFound", "gone")

    after = put(in_memory, authentication="IP", authenticationConfiguration={"AllowedIPRange": "10.0.0.0/8"})

    assert after == {
        **before,
        "definition": definition(authentication="IP", authenticationConfiguration={"AllowedIPRange": "10.0.0.0/8"}),
        "lastTriggered": 7.0,
    }


def test_webhooks_are_listed_in_pages_that_are_spelled_in_capitals(in_memory: InMemory) -> None:
    for name in ("a", "b", "c"):
        put(in_memory, name=name)

    first = listed(in_memory, MaxResults=2)
    rest = listed(in_memory, MaxResults=2, NextToken=first["NextToken"])

    assert [one["definition"]["name"] for page in (first, rest) for one in page["webhooks"]] == ["a", "b", "c"]
    assert sorted(rest) == ["webhooks"]
    elsewhere = replace(CALLER, scope=Scope(ACCOUNT, "eu-south-1"))
    assert webhooks.list_(in_memory.engine, elsewhere, {}) == {"webhooks": []}


def test_what_went_wrong_is_listed(in_memory: InMemory) -> None:
    put(in_memory)
    (webhook,) = in_memory.store.webhooks.values()
    webhook.error = ("TargetNotFound", "gone")

    (one,) = listed(in_memory)["webhooks"]

    assert (one["errorCode"], one["errorMessage"]) == ("TargetNotFound", "gone")


def test_a_webhook_is_deleted_and_deleting_it_again_is_no_mistake(in_memory: InMemory) -> None:
    put(in_memory)

    assert [webhooks.delete(in_memory.engine, CALLER, {"name": "hook"}) for _ in range(2)] == [{}, {}]
    assert in_memory.store.webhooks == {}


def test_whether_a_webhook_is_to_be_registered_is_remembered(in_memory: InMemory) -> None:
    put(in_memory)
    (webhook,) = in_memory.store.webhooks.values()

    webhooks.register(in_memory.engine, CALLER, {"webhookName": "hook"})
    between = webhook.registered
    webhooks.deregister(in_memory.engine, CALLER, {"webhookName": "hook"})

    assert (between, webhook.registered) == (True, False)


@pytest.mark.parametrize("operation", [webhooks.register, webhooks.deregister])
def test_a_webhook_that_is_not_there_is_not_registered(in_memory: InMemory, operation: Any) -> None:
    with pytest.raises(Refusal) as refused:
        operation(in_memory.engine, CALLER, {"webhookName": "hook"})

    assert refused.value.code == "WebhookNotFoundException"


AUTHENTICATION = "InvalidWebhookAuthenticationParametersException"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"authenticationConfiguration": {}}, AUTHENTICATION),
        ({"authenticationConfiguration": {"SecretToken": "s", "AllowedIPRange": "10.0.0.0/8"}}, AUTHENTICATION),
        ({"authentication": "UNAUTHENTICATED"}, AUTHENTICATION),
        ({"authentication": "IP", "authenticationConfiguration": {"AllowedIPRange": "10.0.0.300/8"}}, AUTHENTICATION),
        ({"filters": [{"jsonPath": "$..ref"}]}, "InvalidWebhookFilterPatternException"),
    ],
)
def test_a_definition_that_cannot_work_is_refused(in_memory: InMemory, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        put(in_memory, **more)

    assert (refused.value.code, in_memory.store.webhooks) == (code, {})


def test_an_account_has_three_hundred_webhooks_in_a_region(in_memory: InMemory) -> None:
    for number in range(webhooks.MOST):
        put(in_memory, name=f"hook{number}")

    with pytest.raises(Refusal) as refused:
        put(in_memory)

    assert refused.value.code == "LimitExceededException"
    assert put(in_memory, name="hook0")


@pytest.mark.parametrize(
    ("authentication", "words"),
    [
        ("GITHUB_HMAC", "Optional['authenticationConfig' should contain only one property: 'SecretToken']"),
        ("IP", "Optional['authenticationConfig' should contain only one property: 'AllowedIPRange']"),
        ("UNAUTHENTICATED", "Optional['authenticationConfig' should be empty]"),
    ],
)
def test_an_authentication_that_does_not_fit_is_refused_in_awss_words(
    in_memory: InMemory, authentication: str, words: str
) -> None:
    given = {"SecretToken": "s", "AllowedIPRange": "10.0.0.0/8"}

    with pytest.raises(Refusal) as refused:
        put(in_memory, authentication=authentication, authenticationConfiguration=given)

    assert refused.value.message == words


def test_a_webhook_may_be_there_before_its_pipeline(in_memory: InMemory) -> None:
    assert put(in_memory, targetPipeline="later")["definition"]["targetPipeline"] == "later"
