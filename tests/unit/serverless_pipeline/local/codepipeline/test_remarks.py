"""What a pipeline asks for and does not get is said, to who makes its stack and who looks at the embedded AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline import remarks
from tests.support.engine import InMemory, action, declaration

SAID = "CombineArtifacts of Commit/Build: it is about batches of builds, and there are none here"


@pytest.fixture
def make(in_memory: InMemory) -> Any:
    """Make a pipeline whose build has such a configuration; it is looked at."""
    remarks.look_at(in_memory.store)

    def run(**configuration: str) -> None:
        build = action("Build", "Build", "CodeBuild", configuration={"ProjectName": "p", **configuration})
        in_memory.record(
            declaration(("Source", [action("Source", "Source", "S3")]), ("Commit", [build, action("Run")]))
        )

    return run


def test_what_has_no_effect_is_said_with_its_place(make: Any) -> None:
    make(CombineArtifacts="true", PrimarySource="Code")

    assert remarks.of_pipeline("p") == SAID
    assert json.loads(remarks.document()) == [f"p: {SAID}"]


@pytest.mark.parametrize("configuration", [{}, {"CombineArtifacts": "false"}, {"CombineArtifacts": ""}])
def test_where_all_is_done_nothing_is_said(make: Any, configuration: dict[str, str]) -> None:
    make(**configuration)

    assert remarks.of_pipeline("p") == ""
    assert json.loads(remarks.document()) == []


def test_of_a_pipeline_that_is_not_there_nothing_is_said(make: Any) -> None:
    make(CombineArtifacts="true")

    assert remarks.of_pipeline("other") == ""
