from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.codedeploy import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::CodeDeploy::Application": Fact(
        "shop-test-App-1A", ("arn:aws:codedeploy:eu-west-1:123456789012:application:shop-test-App-1A",)
    ),
    "AWS::CodeDeploy::DeploymentGroup": Fact(
        "shop-test-Group-1A",
        ("arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop-test-App-1A/shop-test-Group-1A",),
        properties={"ApplicationName": "shop-test-App-1A"},
        unbounded=(
            "*",
            "arn:aws:codedeploy:eu-west-1:123456789012:deploymentconfig:*",
        ),
        left_out={"codedeploy:RegisterOnPremisesInstance": "servers; a template that is delivered here has functions"},
    ),
}


@pytest.mark.parametrize("kind", TYPES)
def test_the_calls_are_those_of_awss_handlers(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.differences(kind, fact.left_out, fact.beyond) == []
    assert handlers.oddities(kind) == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_is_what_the_reference_says_and_the_patterns_of_its_stack_cover_it(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.arns(kind, fact.physical_id, fact.properties) == fact.arns
    assert handlers.uncovered(kind, fact.physical_id, fact.properties) == []


@pytest.mark.parametrize("kind", TYPES)
def test_the_patterns_reach_no_further_than_the_stack_but_where_aws_cannot_bound_them(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.unbounded(kind, fact.properties) == {*fact.unbounded}
