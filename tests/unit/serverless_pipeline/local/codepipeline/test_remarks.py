"""What a pipeline asks for and does not get is said, to who makes its stack and who looks at the embedded AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline import remarks
from tests.support.engine import InMemory, action, declaration

TOPIC = "NotificationArn of Commit/Ask: the embedded AWS tells no topic of an approval that waits"


@pytest.fixture
def make(in_memory: InMemory) -> Any:
    """Make a pipeline whose S3 source and approval have such configurations; it is looked at."""
    remarks.look_at(in_memory.store)

    def run(source: dict[str, str], approval: dict[str, str]) -> None:
        s3 = {"S3Bucket": "b", "S3ObjectKey": "k", **source}
        in_memory.record(
            declaration(
                ("Source", [action("Source", "Source", "S3", configuration=s3, outputArtifacts=[{"name": "S"}])]),
                ("Commit", [action("Ask", "Approval", "Manual", configuration=approval), action("Run")]),
            )
        )

    return run


def test_what_has_no_effect_is_said_with_its_place(make: Any) -> None:
    make({"PollForSourceChanges": "true"}, {"NotificationArn": "arn:aws:sns:x:y:z", "CustomData": "look"})

    assert remarks.of_pipeline("p") == TOPIC
    assert json.loads(remarks.document()) == [f"p: {TOPIC}"]


def test_where_all_is_done_nothing_is_said(make: Any) -> None:
    make({"PollForSourceChanges": "false"}, {"NotificationArn": ""})

    assert remarks.of_pipeline("p") == ""
    assert json.loads(remarks.document()) == []


def test_of_a_pipeline_that_is_not_there_nothing_is_said(make: Any) -> None:
    make({}, {})

    assert remarks.of_pipeline("other") == ""
