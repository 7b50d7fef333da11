from __future__ import annotations

from serverless_pipeline.local.codepipeline.model.scope import Scope
from tests.support.frozen import changeable


def test_a_pipelines_arn_tells_whose_it_is() -> None:
    assert Scope("111122223333", "eu-west-1").arn("shop") == "arn:aws:codepipeline:eu-west-1:111122223333:shop"


def test_a_scope_can_be_a_key_of_what_belongs_to_it() -> None:
    scope = Scope("111122223333", "eu-west-1")

    assert {scope: 1}[Scope("111122223333", "eu-west-1")] == 1
    assert changeable(scope) == []
