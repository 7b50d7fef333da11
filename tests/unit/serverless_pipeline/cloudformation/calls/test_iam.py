from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.iam import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::IAM::ManagedPolicy": Fact(
        "arn:aws:iam::123456789012:policy/shop-test-Policy-1A",
        ("arn:aws:iam::123456789012:policy/shop-test-Policy-1A",),
        properties={"Roles": ["shop-test-Role-1A"], "Users": ["shop-test-User-1A"], "Groups": ["shop-test-Group-1A"]},
    ),
    "AWS::IAM::Policy": Fact(
        "x",
        ("arn:aws:iam::123456789012:role/shop-test-Role-1A",),
        properties={"Roles": ["shop-test-Role-1A"], "Users": ["shop-test-User-1A"], "Groups": ["shop-test-Group-1A"]},
    ),
    "AWS::IAM::Role": Fact(
        "shop-test-Role-1A", ("arn:aws:iam::123456789012:role/team/shop-test-Role-1A",), properties={"Path": "/team/"}
    ),
    "AWS::IAM::RolePolicy": Fact(
        "x", ("arn:aws:iam::123456789012:role/shop-test-Role-1A",), properties={"RoleName": "shop-test-Role-1A"}
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
