from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation import values

KNOWN = {"AWS::StackName": "shop", "Stage": "dev"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("plain", "plain"),
        ("${AWS::StackName}-${Stage}", "shop-dev"),
        ("${Other}-${Table.Arn}", "?-?"),
        ("${!Kept}-${Stage}", "${Kept}-dev"),
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Other"}, "?"),
        ({"Fn::Sub": "${Stage}-x"}, "dev-x"),
        ({"Fn::Sub": ["${A}", {"A": "b"}]}, "?"),
        ({"Fn::Join": ["-", [{"Ref": "Stage"}, "x", {"Fn::GetAtt": ["A", "B"]}]]}, "dev-x-?"),
        ({"Fn::Join": ["-", {"Ref": "List"}]}, "?"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "?"),
        ({"Fn::If": ["Condition", "a", "b"]}, "?"),
        (None, "?"),
        (5, 5),
        (True, True),
        ({"A": {"B": "${Stage}"}, "C": [{"Ref": "Stage"}, None]}, {"A": {"B": "dev"}, "C": ["dev", "?"]}),
    ],
)
def test_a_value_is_told_as_far_as_the_template_goes(value: Any, told: Any) -> None:
    assert values.told(value, KNOWN, "?") == told


def test_holes_are_filled_and_kept_ones_stay() -> None:
    assert values.fill("${Stage}/${!Kept}/${Other}", KNOWN, "") == "dev/${Kept}/"
