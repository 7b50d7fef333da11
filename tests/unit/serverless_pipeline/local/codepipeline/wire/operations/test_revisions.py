"""Somebody outside says that a source has a new revision."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire.operations import revisions
from tests.support.engine import CALLER, InMemory


def put(in_memory: InMemory, revision: str = "r1", **change: str) -> dict[str, Any]:
    names = {"pipelineName": "p", "stageName": "Source", "actionName": "Source", **change}
    request = {**names, "actionRevision": {"revisionId": revision, "revisionChangeId": "c", "created": 1.0}}
    return revisions.put(in_memory.engine, CALLER, request)


def test_a_revision_starts_an_execution_the_first_time(in_memory: InMemory) -> None:
    record = in_memory.record()

    first, again, other = put(in_memory), put(in_memory), put(in_memory, "r2")

    assert [execution.trigger for execution in record.executions.values()] == [
        Trigger("PutActionRevision", CALLER.arn)
    ] * 2
    one, two = record.executions
    assert first == {"newRevision": True, "pipelineExecutionId": one}
    assert again == {"newRevision": False, "pipelineExecutionId": one}
    assert other == {"newRevision": True, "pipelineExecutionId": two}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pipelineName": "other"}, "PipelineNotFoundException"),
        ({"stageName": "Other"}, "StageNotFoundException"),
        ({"actionName": "Other"}, "ActionNotFoundException"),
        ({"stageName": "Commit", "actionName": "Build"}, "ValidationException"),
    ],
)
def test_what_is_no_source_has_no_revisions(in_memory: InMemory, change: dict[str, str], code: str) -> None:
    record = in_memory.record()

    with pytest.raises(Refusal) as refused:
        put(in_memory, **change)

    assert (refused.value.code, record.executions) == (code, {})
