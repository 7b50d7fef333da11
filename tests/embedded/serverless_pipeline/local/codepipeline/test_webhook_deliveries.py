"""A delivery to the address of a webhook starts its pipeline, if the webhook believes who sent it."""

from __future__ import annotations

import hmac
import json
import secrets
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.codepipeline import World
from tests.support.embedded import endpoint_of
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

    Declare = Callable[..., dict[str, Any]]

SECRET = "between-us"
PUSH = {"ref": "refs/heads/main"}


@pytest.fixture
def guarded(clients: Clients) -> World:
    """The embedded AWS behind its gate."""
    endpoint = endpoint_of(clients)
    return World(endpoint.url, endpoint.secret_access_key, endpoint.access_key_id)


def hook(world: World, pipeline: str, **more: Any) -> str:
    """The address of a webhook that waits for a push to the main branch."""
    definition = {
        "name": f"{world.prefix}-hook",
        "targetPipeline": pipeline,
        "targetAction": "Source",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}],
        "authentication": "GITHUB_HMAC",
        "authenticationConfiguration": {"SecretToken": SECRET},
        **more,
    }
    return str(world.codepipeline.put_webhook(webhook=definition)["webhook"]["url"])


def send(url: str, payload: object, secret: str = SECRET, algorithm: str = "sha256", **headers: str) -> int:
    """The status that a delivery gets."""
    body = json.dumps(payload).encode()
    signature = f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"
    header = "X-Hub-Signature-256" if algorithm == "sha256" else "X-Hub-Signature"
    request = urllib.request.Request(url, body, {header: signature, "Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def triggers(world: World, pipeline: str) -> list[str]:
    """What started the executions, newest first."""
    listed = world.codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
    return [one["trigger"]["triggerType"] for one in listed]


def test_a_delivery_that_is_signed_with_the_secret_starts_the_pipeline(guarded: World, approval: Declare) -> None:
    name, _ = guarded.create(("Source", [guarded.source()]), ("Commit", [approval("Gate")]))
    url = hook(guarded, name)

    statuses = [
        send(url, PUSH, secret="another"),
        send(url, PUSH, secret="another", algorithm="sha1"),
        send(url, {"ref": "refs/heads/other"}),
        send(f"{url}x", PUSH),
        send(url, PUSH, Origin="http://evil.example"),
    ]
    before = triggers(guarded, name)
    right = [send(url, PUSH), send(url, PUSH, algorithm="sha1")]

    assert (statuses, before) == ([403, 403, 200, 404, 403], ["CreatePipeline"])
    assert (right, triggers(guarded, name)) == ([200, 200], ["Webhook", "Webhook", "CreatePipeline"])
    (listed,) = [one for one in guarded.codepipeline.list_webhooks()["webhooks"] if one["url"] == url]
    assert listed["definition"]["authenticationConfiguration"] == {"SecretToken": "****"}
    assert listed["lastTriggered"]


def test_a_webhook_that_is_deleted_answers_no_more(guarded: World, approval: Declare) -> None:
    name, _ = guarded.create(("Source", [guarded.source()]), ("Commit", [approval("Gate")]))
    url = hook(guarded, name, authentication="IP", authenticationConfiguration={"AllowedIPRange": "127.0.0.0/8"})

    before = send(url, PUSH)
    guarded.codepipeline.delete_webhook(name=f"{guarded.prefix}-hook")

    assert (before, send(url, PUSH)) == (200, 404)
    assert triggers(guarded, name) == ["Webhook", "CreatePipeline"]


def test_a_body_that_is_too_large_is_not_read(guarded: World, approval: Declare) -> None:
    name, _ = guarded.create(("Source", [guarded.source()]), ("Commit", [approval("Gate")]))
    url = hook(guarded, name, authentication="UNAUTHENTICATED", authenticationConfiguration={})

    assert send(url, {**PUSH, "more": secrets.token_hex(600_000)}) == 413
    assert triggers(guarded, name) == ["CreatePipeline"]


def test_a_stack_makes_a_webhook_and_a_type_of_action(guarded: World, approval: Declare) -> None:
    name, _ = guarded.create(("Source", [guarded.source()]), ("Commit", [approval("Gate")]))
    counts = {"MinimumCount": 0, "MaximumCount": 1}
    template = {
        "Resources": {
            "Hook": {
                "Type": "AWS::CodePipeline::Webhook",
                "Properties": {
                    "TargetPipeline": name,
                    "TargetAction": "Source",
                    "TargetPipelineVersion": 1,
                    "Authentication": "GITHUB_HMAC",
                    "AuthenticationConfiguration": {"SecretToken": SECRET},
                    "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/{Nothing}"}, {"JsonPath": "$.ref"}],
                    "RegisterWithThirdParty": True,
                },
            },
            "Kind": {
                "Type": "AWS::CodePipeline::CustomActionType",
                "Properties": {
                    "Category": "Test",
                    "Provider": guarded.prefix,
                    "Version": "1",
                    "InputArtifactDetails": counts,
                    "OutputArtifactDetails": counts,
                    "ConfigurationProperties": [{"Name": "Key", "Required": True, "Key": True, "Secret": False}],
                },
            },
        },
        "Outputs": {
            "Url": {"Value": {"Fn::GetAtt": ["Hook", "Url"]}},
            "Name": {"Value": {"Ref": "Hook"}},
            "Kind": {"Value": {"Ref": "Kind"}},
        },
    }
    stacks = guarded.client("cloudformation")
    stacks.create_stack(StackName=guarded.prefix, TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName=guarded.prefix, WaiterConfig={"Delay": 1})
    outputs = {
        one["OutputKey"]: one["OutputValue"]
        for one in stacks.describe_stacks(StackName=guarded.prefix)["Stacks"][0]["Outputs"]
    }
    listed = {one["definition"]["name"]: one["url"] for one in guarded.codepipeline.list_webhooks()["webhooks"]}

    stacks.delete_stack(StackName=guarded.prefix)
    stacks.get_waiter("stack_delete_complete").wait(StackName=guarded.prefix, WaiterConfig={"Delay": 1})

    assert (listed[outputs["Name"]], outputs["Kind"]) == (outputs["Url"], f"Test|{guarded.prefix}|1")
    assert send(outputs["Url"], PUSH) == 404
    kinds = guarded.codepipeline.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert [one for one in kinds if one["id"]["provider"] == guarded.prefix] == []
