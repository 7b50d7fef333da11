"""What AWS refuses in a declaration, row by row."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import structure

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = dict[str, Any]


def action(name: str, category: str, provider: str, **more: Any) -> Document:
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        **more,
    }


def source(name: str = "Source", output: str = "SourceOutput", **more: Any) -> Document:
    configuration = {"S3Bucket": "bucket", "S3ObjectKey": "key"}
    return action(
        name, "Source", "S3", **{"configuration": configuration, "outputArtifacts": [{"name": output}]} | more
    )


def invoke(name: str = "Build", **more: Any) -> Document:
    return action(name, "Invoke", "Lambda", **{"configuration": {"FunctionName": "f"}} | more)


def document() -> Document:
    """A pipeline that is right."""
    return {
        "name": "p",
        "roleArn": "arn:aws:iam::000000000000:role/r",
        "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "store"},
        "stages": [
            {"name": "Source", "actions": [source()]},
            {"name": "Commit", "actions": [invoke(inputArtifacts=[{"name": "SourceOutput"}])]},
        ],
    }


def changed(change: Callable[[Document], object]) -> Document:
    declared = copy.deepcopy(document())
    change(declared)
    return declared


def commit(*actions: Document) -> Callable[[Document], object]:
    """A change of the actions of the second stage."""
    return lambda declared: declared["stages"][1].update(actions=list(actions))


def test_a_declaration_that_is_right_is_accepted() -> None:
    structure.check(Pipeline.from_document(document(), "us-east-1"))


def test_a_pipeline_of_sources_only_is_refused() -> None:
    declared = changed(lambda d: d["stages"][1].update(actions=[source("Other", "OtherOutput")]))

    with pytest.raises(Refusal, match="only be included in the first stage"):
        structure.check(Pipeline.from_document(declared, "us-east-1"))


def test_an_input_may_come_from_a_lower_run_order_of_the_same_stage() -> None:
    first = invoke("First", outputArtifacts=[{"name": "Made"}], namespace="Mine")
    configuration = {"FunctionName": "f", "UserParameters": "#{Mine.v} #{codepipeline.PipelineExecutionId}"}
    second = invoke("Second", runOrder=2, inputArtifacts=[{"name": "Made"}], configuration=configuration)

    structure.check(Pipeline.from_document(changed(commit(first, second)), "us-east-1"))
