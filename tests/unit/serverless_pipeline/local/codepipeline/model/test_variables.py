"""`#{namespace.key}`."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.model.variables import Reference
from tests.support.frozen import changeable


def test_every_reference_of_a_value_is_found() -> None:
    references = list(variables.references("a#{One.Two}b#{Three.Four.Five} #{bare} #{no.} #{.name} #{} ${not} {this}"))

    assert references == [
        Reference("#{One.Two}", "One", "Two"),
        Reference("#{Three.Four.Five}", "Three", "Four.Five"),
        Reference("#{bare}", "", ""),
        Reference("#{no.}", "", ""),
        Reference("#{.name}", "", "name"),
        Reference("#{}", "", ""),
    ]


def test_references_are_replaced_by_the_values_of_their_namespace() -> None:
    resolved = variables.resolve(
        {"A": "v=#{One.x}&w=#{Two.x}", "B": "plain"}, {"One": {"x": "1"}, "Two": {"x": "#{One.x}"}}
    )

    assert resolved == {"A": "v=1&w=#{One.x}", "B": "plain"}


@pytest.mark.parametrize("text", ["#{One.y}", "#{one.x}", "#{Two.x}", "#{bare}"])
def test_a_reference_without_a_value_is_named(text: str) -> None:
    with pytest.raises(variables.UnresolvedError) as unresolved:
        variables.resolve({"Key": text}, {"One": {"x": "1"}})

    assert str(unresolved.value) == f"These variables have no value: {text} in Key"


def test_all_references_without_a_value_are_named_together() -> None:
    with pytest.raises(variables.UnresolvedError) as unresolved:
        variables.resolve({"A": "#{One.x} #{One.y}", "B": "#{Two.z}"}, {"One": {"x": "1"}})

    assert str(unresolved.value) == "These variables have no value: #{One.y} in A, #{Two.z} in B"


def test_the_namespaces_that_need_no_action_are_those_of_aws() -> None:
    assert (variables.PIPELINE, variables.EXECUTION, variables.EXECUTION_ID) == (
        "variables",
        "codepipeline",
        "PipelineExecutionId",
    )


def test_a_reference_cannot_be_changed() -> None:
    assert changeable(Reference("#{One.Two}", "One", "Two")) == []
