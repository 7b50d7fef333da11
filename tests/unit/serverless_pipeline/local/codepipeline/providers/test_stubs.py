"""Stand-ins are there where they are allowed, and do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.codepipeline import providers, remarks
from serverless_pipeline.local.codepipeline.model.declaration import ActionType, Pipeline
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.providers import stubs
from serverless_pipeline.local.codepipeline.providers.work import Succeeded
from serverless_pipeline.local.codepipeline.wire import structure
from tests.support.engine import REGION, action, declaration
from tests.support.provider_work import work_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = ActionType("Deploy", "AWS", "ECS", "1")


@pytest.fixture
def allowed() -> Iterator[None]:
    stubs.allow(allowed=True)
    yield
    stubs.allow(allowed=False)


def pipeline(*inputs: str) -> Pipeline:
    s3 = {"S3Bucket": "b", "S3ObjectKey": "k", "PollForSourceChanges": "false"}
    source = action("Source", "Source", "S3", configuration=s3, outputArtifacts=[{"name": "S"}])
    artifacts = [{"name": name} for name in inputs]
    deploy = action("Run", "Deploy", "ECS", inputArtifacts=artifacts, configuration={"ClusterName": "c"})
    return Pipeline.from_document(declaration(("Source", [source]), ("Deploy", [deploy])), REGION)


@pytest.mark.usefixtures("allowed")
def test_a_stand_in_is_accepted_does_nothing_and_is_named() -> None:
    structure.check(pipeline("S"))

    provider = providers.find(KIND)
    assert provider
    expected = "Did nothing: the embedded AWS does not imitate Deploy/ECS"
    assert provider.start(work_of("Deploy", "ECS", {})) == Succeeded(expected)
    (remark,) = remarks.of_declaration(pipeline("S"))
    assert remark.startswith("Deploy/Run does nothing: the embedded AWS lacks Deploy/ECS; ")


@pytest.mark.usefixtures("allowed")
def test_the_rules_of_aws_hold_for_a_stand_in() -> None:
    with pytest.raises(Refusal, match="declares 0 input artifacts"):
        structure.check(pipeline())
    assert providers.find(ActionType("Deploy", "AWS", "ECSS", "1")) is None


def test_where_they_are_not_allowed_there_is_none() -> None:
    assert providers.find(KIND) is None
    with pytest.raises(Refusal, match="does not imitate Deploy/ECS"):
        structure.check(pipeline("S"))
