"""Types of actions that an account makes known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.model.scope import Scope
from serverless_pipeline.local.codepipeline.wire.operations import action_types, tags
from tests.support.engine import ACCOUNT, CALLER, SCOPE, InMemory

COUNTS = {"minimumCount": 0, "maximumCount": 1}
ID = {"category": "Build", "owner": "Custom", "provider": "Mill", "version": "1"}
INVALID = "Invalid queryable property 'Project'. Queryable configuration properties must be required and non-secret."
MULTIPLE = (
    "Multiple queryable configuration properties found with names 'Project, Other'. Up to one queryable property may be"
    " specified."
)
ARN = SCOPE.arn("actiontype:Custom/Build/Mill/1")


def request(**more: Any) -> dict[str, Any]:
    names = {name: value for name, value in ID.items() if name != "owner"}
    return {**names, "inputArtifactDetails": COUNTS, "outputArtifactDetails": COUNTS, **more}


def prop(name: str = "Project", **more: Any) -> dict[str, Any]:
    return {"name": name, "required": True, "key": True, "secret": False, **more}


def refusal(in_memory: InMemory, **more: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        action_types.create(in_memory.engine, CALLER, request(**more))
    return refused.value.code, refused.value.message


def listed(in_memory: InMemory, **more: str) -> list[dict[str, str]]:
    answer = action_types.list_(in_memory.engine, CALLER, more)
    return [one["id"] for one in answer["actionTypes"]]


def test_a_type_is_answered_as_it_was_said(in_memory: InMemory) -> None:
    properties = [prop(queryable=True, description="what to build", type="String")]
    settings = {"entityUrlTemplate": "https://mill/{Config:Project}"}
    given = [{"key": "team", "value": "red"}]

    answer = action_types.create(
        in_memory.engine, CALLER, request(configurationProperties=properties, settings=settings, tags=given)
    )

    described = {
        "id": ID,
        "settings": settings,
        "actionConfigurationProperties": properties,
        "inputArtifactDetails": COUNTS,
        "outputArtifactDetails": COUNTS,
    }
    assert answer == {"actionType": described, "tags": given}
    custom = action_types.list_(in_memory.engine, CALLER, {"actionOwnerFilter": "Custom"})["actionTypes"]
    assert custom == [described]
    assert tags.list_(in_memory.engine, CALLER, {"resourceArn": ARN}) == {"tags": given}


def test_types_are_listed_by_owner_and_region(in_memory: InMemory) -> None:
    action_types.create(in_memory.engine, CALLER, request())
    elsewhere = replace(CALLER, scope=Scope(ACCOUNT, "eu-south-1"))
    action_types.create(in_memory.engine, elsewhere, request(provider="Other"))

    assert listed(in_memory, actionOwnerFilter="ThirdParty") == []
    assert listed(in_memory, actionOwnerFilter="Custom", regionFilter="eu-south-1") == [{**ID, "provider": "Other"}]
    assert {one["owner"] for one in listed(in_memory)} == {"AWS", "Custom"}


def test_aws_own_types_have_the_keys_that_their_providers_declare(in_memory: InMemory) -> None:
    answer = action_types.list_(in_memory.engine, CALLER, {"actionOwnerFilter": "AWS"})["actionTypes"]

    (function,) = [one for one in answer if (one["id"]["category"], one["id"]["provider"]) == ("Invoke", "Lambda")]
    assert {one["name"]: one["required"] for one in function["actionConfigurationProperties"]} == {
        "FunctionName": True,
        "UserParameters": False,
    }
    assert function["inputArtifactDetails"] == {"minimumCount": 0, "maximumCount": 5}


def test_a_version_comes_once(in_memory: InMemory) -> None:
    action_types.create(in_memory.engine, CALLER, request())

    twice = refusal(in_memory)
    action_types.delete(in_memory.engine, CALLER, request())
    again = refusal(in_memory)

    kind = "The custom action type Build/Mill, version 1,"
    ends = ("exists already", "has been deleted")
    assert [twice, again] == [
        ("InvalidActionTypeException", f"{kind} {end}. Create a new version of the action type.") for end in ends
    ]
    assert listed(in_memory, actionOwnerFilter="Custom") == []
    with pytest.raises(Refusal, match="There is no resource"):
        tags.list_(in_memory.engine, CALLER, {"resourceArn": ARN})


def test_deleting_a_type_that_is_not_there_is_no_mistake(in_memory: InMemory) -> None:
    action_types.delete(in_memory.engine, CALLER, request())

    assert in_memory.store.action_types == {}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"inputArtifactDetails": {"minimumCount": 2, "maximumCount": 1}},
            "Maximum Number of Artifacts (1) has to be greater than or equal to minimum (2).",
        ),
        (
            {"configurationProperties": [prop(queryable=True), prop("Other", queryable=True)]},
            MULTIPLE,
        ),
        (
            {"configurationProperties": [prop(queryable=True, secret=True)]},
            INVALID,
        ),
        (
            {"configurationProperties": [prop(queryable=True, required=False)]},
            INVALID,
        ),
    ],
)
def test_what_contradicts_itself_is_refused(in_memory: InMemory, more: dict[str, Any], words: str) -> None:
    assert refusal(in_memory, **more) == ("InvalidActionTypeException", words)


def test_an_account_has_fifty_types_in_a_region(in_memory: InMemory) -> None:
    for number in range(action_types.MOST):
        action_types.create(in_memory.engine, CALLER, request(version=str(number)))

    assert refusal(in_memory, version="x")[0] == "LimitExceededException"
    action_types.delete(in_memory.engine, CALLER, request(version="0"))
    assert action_types.create(in_memory.engine, CALLER, request(version="x"))


PARTY = {**ID, "owner": "ThirdParty"}


def declaration(**more: Any) -> dict[str, Any]:
    return {
        "id": PARTY,
        "description": "a mill",
        "executor": {
            "type": "JobWorker",
            "configuration": {"jobWorkerExecutorConfiguration": {"pollingAccounts": ["444455556666"]}},
            "jobTimeout": 60,
        },
        "inputArtifactDetails": COUNTS,
        "outputArtifactDetails": COUNTS,
        "permissions": {"allowedAccounts": ["*"]},
        "properties": [{"name": "ClientToken", "optional": False, "key": False, "noEcho": True, "description": "t"}],
        "urls": {"configurationUrl": "https://mill", "entityUrlTemplate": "https://mill/e"},
        **more,
    }


def update(in_memory: InMemory, **more: Any) -> None:
    action_types.update(in_memory.engine, CALLER, {"actionType": declaration(**more)})


def test_a_third_partys_type_is_made_known_and_answered_as_it_was_declared(in_memory: InMemory) -> None:
    update(in_memory)

    stranger = replace(CALLER, scope=Scope("444455556666", CALLER.scope.region))
    for caller in (CALLER, stranger):
        assert action_types.get(in_memory.engine, caller, PARTY) == {"actionType": declaration()}
        (one,) = action_types.list_(in_memory.engine, caller, {"actionOwnerFilter": "ThirdParty"})["actionTypes"]
        assert one == {
            "id": PARTY,
            "settings": {"thirdPartyConfigurationUrl": "https://mill", "entityUrlTemplate": "https://mill/e"},
            "actionConfigurationProperties": [
                {**prop("ClientToken"), "key": False, "secret": True, "queryable": False} | {"description": "t"}
            ],
            "inputArtifactDetails": COUNTS,
            "outputArtifactDetails": COUNTS,
        }
    (known,) = in_memory.store.action_types.values()
    assert (known.polling, known.job_timeout) == (frozenset({"444455556666"}), 60.0)


@pytest.mark.parametrize("kind", [{**ID, "owner": "AWS"}, {**PARTY, "version": "2"}])
def test_a_type_of_no_third_party_is_not_found(in_memory: InMemory, kind: dict[str, str]) -> None:
    update(in_memory)

    with pytest.raises(Refusal) as refused:
        action_types.get(in_memory.engine, CALLER, kind)

    assert refused.value.code == "ActionTypeNotFoundException"


LAMBDA = {"lambdaExecutorConfiguration": {"lambdaFunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}}
PRINCIPALS = {"jobWorkerExecutorConfiguration": {"pollingServicePrincipals": ["mill.example"]}}


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"id": {**ID, "owner": "AWS"}}, "ActionTypeNotFoundException", "Owner: 'AWS'"),
        ({"executor": {"type": "Lambda", "configuration": LAMBDA}}, "ValidationException", "let a job worker poll"),
        ({"executor": {"type": "Lambda", "configuration": {}}}, "ValidationException", "JobWorker is"),
        ({"executor": {"type": "JobWorker", "configuration": PRINCIPALS}}, "ValidationException", "pollingAccounts"),
    ],
)
def test_what_of_a_third_partys_type_is_not_imitated_is_refused(
    in_memory: InMemory, more: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(Refusal) as refused:
        update(in_memory, **more)

    assert (refused.value.code, words in refused.value.message) == (code, True)
    assert in_memory.store.action_types == {}
