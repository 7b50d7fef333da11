"""CloudFormation makes types of actions and webhooks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.cloudformation import schemas
from serverless_pipeline.local.codepipeline import outsiders, remarks
from serverless_pipeline.local.codepipeline.wire.operations import action_types, webhooks
from tests.support.engine import CALLER, InMemory

COUNTS = {"MinimumCount": "0", "MaximumCount": 1}


def type_properties(**more: Any) -> dict[str, Any]:
    return {
        "Category": "Build",
        "Provider": "Mill",
        "Version": 1,
        "InputArtifactDetails": COUNTS,
        "OutputArtifactDetails": COUNTS,
        "ConfigurationProperties": [
            {"Name": "Project", "Required": "true", "Key": True, "Secret": False, "Queryable": "true"}
        ],
        "Settings": {"EntityUrlTemplate": "https://mill"},
        **more,
    }


def hook_properties(**more: Any) -> dict[str, Any]:
    return {
        "TargetPipeline": "p",
        "TargetAction": "Source",
        "Authentication": "GITHUB_HMAC",
        "AuthenticationConfiguration": {"SecretToken": "between us"},
        "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}"}],
        **more,
    }


def tag(value: str) -> list[dict[str, str]]:
    return [{"Key": "team", "Value": value}, {"Key": "aws:cloudformation:stack-name", "Value": "shop"}]


def test_a_type_is_made_known_tagged_and_deleted(in_memory: InMemory) -> None:
    engine = in_memory.engine

    name, attributes = outsiders.create_type(engine, CALLER, type_properties(Tags=tag("red")))
    (known,) = in_memory.store.action_types.values()
    created = dict(known.tags)
    outsiders.update_type(engine, CALLER, name, type_properties(Tags=tag("red")), type_properties())

    assert (name, attributes) == ("Build|Mill|1", {"Id": "Build|Mill|1"})
    (described,) = action_types.list_(engine, CALLER, {"actionOwnerFilter": "Custom"})["actionTypes"]
    assert described["actionConfigurationProperties"] == [
        {"name": "Project", "required": True, "key": True, "secret": False, "queryable": True}
    ]
    assert (described["inputArtifactDetails"], described["settings"]) == (
        {"minimumCount": 0, "maximumCount": 1},
        {"entityUrlTemplate": "https://mill"},
    )
    assert (created, known.tags) == ({"team": "red"}, {})
    outsiders.delete_type(engine, CALLER, name)
    assert known.deleted


def test_a_webhook_is_put_put_anew_and_deleted(in_memory: InMemory) -> None:
    in_memory.record()
    engine, old = in_memory.engine, hook_properties(Tags=tag("red"))

    name, attributes = outsiders.put_webhook(engine, CALLER, "hook", {}, old)
    new = hook_properties(Filters=[{"JsonPath": "$.id"}], Tags=[{"Key": "cost", "Value": "1"}])
    again = outsiders.put_webhook(engine, CALLER, "hook", old, new)

    (one,) = webhooks.list_(engine, CALLER, {})["webhooks"]
    assert (name, attributes, again) == ("hook", {"Id": "hook", "Url": one["url"]}, (name, attributes))
    assert (one["definition"]["filters"], one["tags"]) == ([{"jsonPath": "$.id"}], [{"key": "cost", "value": "1"}])
    outsiders.delete_webhook(engine, CALLER, name)
    assert in_memory.store.webhooks == {}


def test_that_nobody_is_told_of_a_webhook_is_said(in_memory: InMemory) -> None:
    in_memory.record()
    remarks.look_at(in_memory.store)

    outsiders.put_webhook(in_memory.engine, CALLER, "hook", {}, hook_properties(RegisterWithThirdParty="true"))
    told = remarks.of_pipeline("hook")
    outsiders.put_webhook(in_memory.engine, CALLER, "hook", {"Name": "hook"}, hook_properties())

    assert told.startswith("no third party is told of the webhook")
    assert remarks.of_pipeline("hook") == ""
    assert [one for one in json.loads(remarks.document()) if one.startswith("hook")] == []


def test_what_aws_refuses_is_the_reason_of_the_resource(in_memory: InMemory) -> None:
    with pytest.raises(ValueError, match=r"only one property: 'SecretToken'\].*Error Code: InvalidWebhookAuth"):
        outsiders.put_webhook(in_memory.engine, CALLER, "hook", {}, hook_properties(AuthenticationConfiguration={}))


@pytest.mark.parametrize(
    ("kind", "replacing"),
    [(outsiders.ACTION_TYPE, outsiders.REPLACING_TYPE), (outsiders.WEBHOOK, outsiders.REPLACING_WEBHOOK)],
)
def test_what_aws_replaces_is_replaced(kind: str, replacing: tuple[str, ...]) -> None:
    schema = schemas.of(kind)

    assert schema is not None
    assert {path.rpartition("/")[2] for path in schema["createOnlyProperties"]} == set(replacing)
