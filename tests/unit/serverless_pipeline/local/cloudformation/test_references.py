from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import references


@pytest.fixture(autouse=True)
def installed(empty_ministack: None) -> None:
    del empty_ministack
    seams.RESOLVE_REFS.replace(lambda *arguments: ("MiniStack", *arguments))
    references.install()


@pytest.mark.parametrize("named", [["Role", "Arn"], "Role.Arn"])
def test_an_attribute_of_what_is_not_there_is_its_own_name(named: Any) -> None:
    assert seams.RESOLVE_REFS({"Fn::GetAtt": named}, {}, {}) == "Role.Arn"


@pytest.mark.parametrize(
    ("value", "resources"), [({"Fn::GetAtt": ["Role", "Arn"]}, {"Role": {}}), ({"Ref": "Role"}, {}), ("Fn::GetAtt", {})]
)
def test_all_else_is_ministacks(value: Any, resources: Any) -> None:
    assert seams.RESOLVE_REFS(value, resources, {}) == ("MiniStack", value, resources, {})
