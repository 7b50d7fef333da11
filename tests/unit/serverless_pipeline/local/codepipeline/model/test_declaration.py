"""A declaration with what AWS fills in."""

from __future__ import annotations

from serverless_pipeline.local.codepipeline.model.declaration import ArtifactStore, Pipeline

KIND = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}


def test_defaults_are_filled_in_and_the_clients_version_does_not_count() -> None:
    document = {
        "name": "p",
        "roleArn": "r",
        "version": 9,
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [{"name": "S", "actions": [{"name": "A", "actionTypeId": KIND}]}],
    }

    pipeline = Pipeline.from_document(document, "us-east-1")

    filled = pipeline.document
    assert (filled["version"], filled["executionMode"], filled["pipelineType"]) == (1, "SUPERSEDED", "V1")
    assert filled["stages"][0]["actions"][0] == {
        "name": "A",
        "actionTypeId": KIND,
        "runOrder": 1,
        "configuration": {},
        "outputArtifacts": [],
        "inputArtifacts": [],
    }
    assert document["version"] == 9


def test_an_action_uses_the_store_of_its_region() -> None:
    key = {"id": "k", "type": "KMS"}
    document = {
        "name": "p",
        "roleArn": "r",
        "artifactStores": {
            "us-east-1": {"type": "S3", "location": "here"},
            "eu-west-1": {"type": "S3", "location": "there", "encryptionKey": key},
        },
        "stages": [
            {
                "name": "S",
                "actions": [
                    {"name": "A", "actionTypeId": KIND},
                    {"name": "B", "actionTypeId": KIND, "region": "eu-west-1"},
                ],
            }
        ],
    }

    pipeline = Pipeline.from_document(document, "us-east-1")

    here, there = pipeline.stages[0].actions
    assert pipeline.store(here) == ArtifactStore("here")
    assert pipeline.store(there) == ArtifactStore("there", "k")
