"""All of a template by which the pipeline is made."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from serverless_pipeline.environment import shape
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Misconfigured

BODY: dict[str, Any] = {
    "Parameters": {"EnvironmentName": {"Type": "String"}, "Size": {"Type": "Number"}},
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}},
        "Worker": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Timeout": 3, "Events": {"Jobs": {"Type": "SQS"}}},
        },
        "Site": {"Type": "AWS::S3::Bucket", "Metadata": {"Delivery": {"Path": "dist/site"}}},
    },
}


def changed(change: dict[str, Any]) -> Shape:
    body = copy.deepcopy(BODY)
    for path, value in change.items():
        *steps, last = path.split("/")
        node = body
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = value
    return Shape.of(body)


def test_a_shape_is_what_is_delivered_what_needs_rights_and_what_the_pipeline_gives() -> None:
    own = Shape.of(BODY)

    assert [one.name for one in own.deliveries] == ["Site"]
    assert own.needs == (
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::Serverless::Function",
        "AWS::Serverless::Function.SQS",
    )
    assert own.parameters == ("EnvironmentName",)


@pytest.mark.parametrize(
    "change",
    [
        {"Resources/Table/Properties/TableName": "other"},
        {"Resources/Second": {"Type": "AWS::DynamoDB::Table"}},
        {"Resources/Worker/Properties/Timeout": 30},
        {"Resources/Worker/Properties/Events/More": {"Type": "SQS"}},
        {"Resources/Worker/Properties/Events/Words": "as it is not written"},
        {"Parameters/Colour": {"Type": "String"}},
        {"Outputs/Url": {"Value": "x"}},
    ],
)
def test_a_change_that_needs_no_other_pipeline_leaves_the_shape(change: dict[str, Any]) -> None:
    assert changed(change).digest == Shape.of(BODY).digest


@pytest.mark.parametrize(
    "change",
    [
        {"Resources/Queue": {"Type": "AWS::SQS::Queue"}},
        {"Resources/Fn::ForEach::Queues": ["Name", ["A"], {"${Name}": {"Type": "AWS::SQS::Queue"}}]},
        {"Resources/Worker/Properties/Events/More": {"Type": "Schedule"}},
        {"Resources/Worker/Properties/AutoPublishAlias": "live"},
        {"Resources/Worker/Properties/Role": "arn:aws:iam::123456789012:role/other"},
        {"Resources/Site/Metadata/Delivery/Path": "dist/other"},
        {"Resources/Site/Metadata/Delivery/Name": "Docs"},
        {"Resources/Site/Metadata/Delivery/Output": "DocsOutput"},
        {"Resources/Site/Metadata/Delivery/Task": "docs"},
        {"Resources/Worker/Metadata": {"Delivery": {"Path": "dist/worker.zip", "Alias": "live"}}},
        {"Resources/Site/Metadata": {}},
        {"Parameters/Endpoint": {"Type": "String"}},
    ],
)
def test_a_change_that_needs_another_pipeline_changes_the_shape_and_its_words(change: dict[str, Any]) -> None:
    other, own = changed(change), Shape.of(BODY)

    assert other.digest != own.digest
    assert list(other.lines()) != list(own.lines())


def test_each_member_of_a_delivery_is_in_the_words() -> None:
    delivery = {"Path": "dist/worker.zip", "Alias": "live"}

    before = changed({"Resources/Worker/Metadata": {"Delivery": delivery}})
    after = changed({"Resources/Worker/Metadata": {"Delivery": delivery | {"Alias": "stable"}}})

    assert set(before.lines()) ^ set(after.lines()) == {
        f"it delivers Worker from dist/worker.zip, function=!Ref Worker, alias={alias}" for alias in ("live", "stable")
    }


def test_the_outputs_that_deliveries_name_are_read() -> None:
    own = changed(
        {"Outputs/ApiUrl": {"Value": "x"}, "Resources/Site/Metadata/Delivery": {"Path": "a", "ApiBaseurl": "ApiUrl"}}
    )

    assert own.reads == ("ApiUrl",)
    assert Shape.of(BODY).reads == ()


def test_what_lies_in_nested_templates_counts() -> None:
    nested = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}

    assert "AWS::SQS::Queue" in Shape.of(BODY, [nested]).needs


def test_the_order_of_a_template_is_no_matter() -> None:
    turned = {**BODY, "Resources": dict(reversed(BODY["Resources"].items()))}

    assert Shape.of(turned).digest == Shape.of(BODY).digest


def test_a_template_of_the_shape_passes() -> None:
    shape.demand(Shape.of(BODY), Shape.of(BODY).digest, "template.yaml")


def refusal(own: Shape, before: list[str]) -> list[str]:
    """How a template of that shape is refused where the pipeline was made for another."""
    with pytest.raises(Misconfigured) as refused:
        shape.demand(own, "0123456789abcdef", "template.yaml", before)
    first, *listed, last = str(refused.value).splitlines()
    assert first == "The template template.yaml wants another pipeline than was made for it; nothing is delivered:"
    assert last == "  Next: invoke pipeline.up"
    return listed


WORDS = [
    "it delivers Site from dist/site, bucket=!Ref Site",
    "it needs rights for AWS::DynamoDB::Table",
    "it needs rights for AWS::S3::Bucket",
    "it needs rights for AWS::Serverless::Function",
    "it needs rights for AWS::Serverless::Function.SQS",
    "it takes the parameter EnvironmentName",
]


def test_one_of_another_shape_is_told_with_the_way_out() -> None:
    assert list(Shape.of(BODY).lines()) == WORDS
    assert refusal(Shape.of(BODY), []) == [f"  {line}" for line in WORDS]


def test_where_the_shape_before_is_known_only_the_difference_is_told() -> None:
    before = [*WORDS[1:], "it takes the parameter Endpoint"]

    assert refusal(Shape.of(BODY), before) == [f"  + {WORDS[0]}", "  - it takes the parameter Endpoint"]


def test_where_the_words_are_the_same_all_of_them_are_told() -> None:
    assert refusal(Shape.of(BODY), WORDS) == [f"  {line}" for line in WORDS]
