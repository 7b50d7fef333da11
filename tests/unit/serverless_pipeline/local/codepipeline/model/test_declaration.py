"""A declaration with what AWS fills in."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.declaration import (
    Action,
    ActionType,
    ArtifactStore,
    EnvironmentVariable,
    Pipeline,
    Stage,
    Variable,
)
from tests.support.frozen import changeable

KIND = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
TYPE = ActionType("Invoke", "AWS", "Lambda", "1")
LEAST: dict[str, Any] = {
    "name": "p",
    "roleArn": "r",
    "artifactStore": {"type": "S3", "location": "store"},
    "stages": [{"name": "S", "actions": [{"name": "A", "actionTypeId": KIND}]}],
}


def test_defaults_are_filled_in_and_the_clients_version_does_not_count() -> None:
    document = {**LEAST, "version": 9}

    pipeline = Pipeline.from_document(document, "us-east-1")

    assert pipeline.document == {
        **LEAST,
        "version": 1,
        "executionMode": "SUPERSEDED",
        "pipelineType": "V1",
        "stages": [
            {
                "name": "S",
                "actions": [
                    {
                        "name": "A",
                        "actionTypeId": KIND,
                        "runOrder": 1,
                        "configuration": {},
                        "outputArtifacts": [],
                        "inputArtifacts": [],
                    }
                ],
            }
        ],
    }


def test_the_document_of_the_client_stays_as_it_is() -> None:
    document = copy.deepcopy({**LEAST, "version": 9})

    Pipeline.from_document(document, "us-east-1")

    assert document == {**LEAST, "version": 9}


def test_what_the_client_declares_is_not_filled_in() -> None:
    action = {
        "name": "A",
        "actionTypeId": KIND,
        "runOrder": 3,
        "configuration": {"FunctionName": "f"},
        "inputArtifacts": [{"name": "In"}],
        "outputArtifacts": [{"name": "Out"}],
    }
    document = {
        **LEAST,
        "executionMode": "QUEUED",
        "pipelineType": "V2",
        "stages": [{"name": "S", "actions": [action]}],
    }

    assert Pipeline.from_document(document, "us-east-1", 7).document == {**document, "version": 7}


def test_the_least_of_a_declaration_is_read() -> None:
    pipeline = Pipeline.from_document(LEAST, "us-east-1")

    assert pipeline == Pipeline(
        name="p",
        role="r",
        region="us-east-1",
        stages=(Stage("S", (Action("A", TYPE),)),),
        stores={"us-east-1": ArtifactStore("store")},
        variables=(),
        version=1,
        document={},
    )
    assert vars(pipeline.stages[0].actions[0]) == {
        "name": "A",
        "type": TYPE,
        "run_order": 1,
        "configuration": {},
        "inputs": (),
        "outputs": (),
        "namespace": "",
        "role": "",
        "region": "",
        "timeout_minutes": None,
        "commands": (),
        "environment": (),
        "output_variables": (),
        "files": {},
    }


def test_everything_of_an_action_is_read() -> None:
    action = {
        "name": "A",
        "actionTypeId": KIND,
        "runOrder": 3,
        "configuration": {"FunctionName": "f"},
        "inputArtifacts": [{"name": "In"}, {"name": "Too"}],
        "outputArtifacts": [{"name": "Out", "files": ["dist/**"]}],
        "commands": ["make", "make test"],
        "environmentVariables": [{"name": "A", "value": "1"}, {"name": "B", "value": "b", "type": "SECRETS_MANAGER"}],
        "outputVariables": ["Version"],
        "namespace": "Mine",
        "roleArn": "mine",
        "region": "eu-west-1",
        "timeoutInMinutes": 30,
    }

    pipeline = Pipeline.from_document({**LEAST, "stages": [{"name": "S", "actions": [action]}]}, "us-east-1", 7)

    assert pipeline.version == 7
    assert pipeline.stages[0].actions == (
        Action(
            name="A",
            type=TYPE,
            run_order=3,
            configuration={"FunctionName": "f"},
            inputs=("In", "Too"),
            outputs=("Out",),
            commands=("make", "make test"),
            environment=(EnvironmentVariable("A", "1"), EnvironmentVariable("B", "b", "SECRETS_MANAGER")),
            output_variables=("Version",),
            files={"Out": ("dist/**",)},
            namespace="Mine",
            role="mine",
            region="eu-west-1",
            timeout_minutes=30,
        ),
    )


def test_variables_are_read_with_their_defaults() -> None:
    variables = [{"name": "Who"}, {"name": "What", "defaultValue": "that"}]

    pipeline = Pipeline.from_document({**LEAST, "variables": variables}, "us-east-1")

    assert pipeline.variables == (Variable("Who", None), Variable("What", "that"))


def test_an_action_uses_the_store_of_its_region() -> None:
    document = {key: value for key, value in LEAST.items() if key != "artifactStore"}
    key = {"id": "k", "type": "KMS"}
    stores = {
        "us-east-1": {"type": "S3", "location": "here"},
        "eu-west-1": {"type": "S3", "location": "there", "encryptionKey": key},
    }

    pipeline = Pipeline.from_document({**document, "artifactStores": stores}, "us-east-1")

    assert pipeline.stores == {"us-east-1": ArtifactStore("here"), "eu-west-1": ArtifactStore("there", "k")}
    assert pipeline.store(Action("A", TYPE)) == ArtifactStore("here", "")
    assert pipeline.store(Action("B", TYPE, region="eu-west-1")) == ArtifactStore("there", "k")


def test_a_pipeline_without_a_store_has_none() -> None:
    document = {key: value for key, value in LEAST.items() if key != "artifactStore"}

    assert Pipeline.from_document(document, "us-east-1").stores == {}


@pytest.mark.parametrize(("name", "index"), [("S", 0), ("T", 1), ("Nowhere", None)])
def test_a_stage_has_an_index(name: str, index: int | None) -> None:
    stages = [{"name": "S", "actions": []}, {"name": "T", "actions": []}]

    assert Pipeline.from_document({**LEAST, "stages": stages}, "us-east-1").index(name) == index


@pytest.mark.parametrize(("category", "source"), [("Source", True), ("Invoke", False)])
def test_an_action_of_a_source_is_one(category: str, *, source: bool) -> None:
    assert Action("A", ActionType(category, "AWS", "S3", "1")).is_source == source


def test_the_actions_of_a_run_order_are_a_group_in_the_order_of_their_numbers() -> None:
    first, beside, last = Action("First", TYPE), Action("Beside", TYPE), Action("Last", TYPE, run_order=7)

    assert list(Stage("S", (last, first, beside)).groups()) == [(first, beside), (last,)]


def test_two_versions_with_the_same_content_are_equal_and_their_documents_are_not_shown() -> None:
    pipeline = Pipeline.from_document(LEAST, "us-east-1")

    assert pipeline == Pipeline.from_document({**LEAST, "metadata": {}}, "us-east-1")
    assert "document" not in repr(pipeline)


def test_a_declaration_cannot_be_changed() -> None:
    pipeline = Pipeline.from_document(LEAST, "us-east-1")

    assert changeable(pipeline, pipeline.stages[0], Action("A", TYPE), TYPE, ArtifactStore("b"), Variable("v")) == []
