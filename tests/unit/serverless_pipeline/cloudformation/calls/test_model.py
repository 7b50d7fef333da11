from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation.calls import model
from serverless_pipeline.cloudformation.calls.model import ANYTHING, Calls, Resource

PLACE = {"partition": "aws", "region": "eu-west-1", "account": "123456789012"}
NAMES = {**PLACE, "stack": "shop", "logical": "Jobs"}


def test_actions_of_a_service_are_written_by_their_names() -> None:
    assert model.of("sqs")("CreateQueue  DeleteQueue") == ("sqs:CreateQueue", "sqs:DeleteQueue")


def test_a_resource_of_a_region_has_an_arn_and_patterns_of_the_same_form() -> None:
    prefix = "arn:{partition}:sqs:{region}:{account}:"

    assert model.regional("sqs", "{stack}-*", "x", one="{id}") == Resource(
        f"{prefix}{{id}}", (f"{prefix}{{stack}}-*", f"{prefix}x")
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("id", "a/b|c:1"),
        ("name", "b|c:1"),
        ("base", "a/b|c"),
        ("tail", "1"),
        ("path", "a/b/c:1"),
        ("bare", "a/b|c:1"),
        ("function", "a/b|c:1"),
    ],
)
def test_an_arn_names_a_physical_id_as_a_whole_or_a_part_of_it(name: str, text: str) -> None:
    assert Resource(f"{{{name}}}", ()).ones("a/b|c:1", {}, PLACE) == (text,)


def test_a_name_that_begins_with_a_slash_stands_in_an_arn_without_it() -> None:
    assert Resource("parameter/{bare}", ()).ones("/shop/key", {}, PLACE) == ("parameter/shop/key",)


@pytest.mark.parametrize(
    "properties",
    [
        {"FunctionName": "shop-api"},
        {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:shop-api"},
        {"TargetFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:shop-api"},
    ],
)
def test_what_belongs_to_a_function_names_it(properties: dict[str, Any]) -> None:
    assert Resource("{function}", ()).ones("id", properties, PLACE) == ("shop-api",)


def test_an_arn_names_properties_that_are_a_text_and_what_stands_for_missing_ones() -> None:
    resource = Resource("{region}/{Group}/{Other}/{Listed}", (), missing={"Group": "default"})

    assert resource.ones("id", {"Listed": ["a"]}, PLACE) == ("eu-west-1/default/*/*",)
    assert resource.ones("id", {"Group": "g", "Other": "o"}, PLACE) == ("eu-west-1/g/o/*",)


def test_what_actions_are_about_can_be_listed_in_a_property() -> None:
    resource = Resource("queue/{name}", ("queue/{id}",), each="Queues.*")
    properties = {"Queues": ["https://sqs/1/a", "https://sqs/1/b"]}

    assert resource.ones("policy", properties, PLACE) == ("queue/a", "queue/b")
    assert resource.ones("policy", {}, PLACE) == ()
    assert resource.every({"Queues": ["a", "b"]}, NAMES) == ("queue/a", "queue/b")
    assert resource.every({}, NAMES) == ("queue/*",)


def test_patterns_have_the_names_of_the_stack_and_what_the_template_tells() -> None:
    resource = Resource("", ("{account}:{stack}-*", "{logical}-*", "{Zone}", "{Layer}"), missing={"Layer": "{logical}"})

    assert resource.every({"Zone": "Z1"}, NAMES) == ("123456789012:shop-*", "Jobs-*", "Z1", "Jobs")
    assert resource.every({"Layer": "deps"}, NAMES) == ("123456789012:shop-*", "Jobs-*", "*", "deps")


def test_a_pattern_is_there_once() -> None:
    assert Resource("", ("{A}", "{B}")).every({}, NAMES) == ("*",)


def test_an_action_is_allowed_on_the_resource_or_elsewhere_and_tags_as_well() -> None:
    own, other = Resource("own", ()), Resource("other", ())
    entry = Calls(own, elsewhere={"kms:Decrypt": other})

    assert entry.resource_of("sqs:CreateQueue") is own
    assert entry.resource_of("kms:Decrypt") is other
    assert entry.tagged is own
    assert Calls(own, tags=other).tagged is other


def test_a_property_needs_in_its_life_what_it_needs_to_be_set_to_change_and_to_be_taken_away() -> None:
    entry = Calls(
        ANYTHING,
        properties={"A": ("x:Put",), "B": ("x:Put", "x:Get")},
        changes={"C": ("x:Change",), "B": ("x:Change",)},
        removals={"A": ("x:Put",), "D": ("x:Delete",)},
        elsewhere={"x:Get": Resource("", ())},
    )

    assert entry.by_property == {
        "A": ("x:Put",),
        "B": ("x:Put", "x:Get", "x:Change"),
        "C": ("x:Change",),
        "D": ("x:Delete",),
    }
    assert [name for name in entry.by_property if entry.needs_itself(name)] == ["A", "C", "D"]


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("Role", ["r"]),
        ("Target.Role", ["t"]),
        ("Targets.*.Role", ["a", "b"]),
        ("Roles.*", ["x"]),
        ("Nothing", []),
        ("Missing", []),
        ("Missing.Role", []),
        ("Role.Deeper", []),
        ("Role.*", []),
    ],
)
def test_a_place_leads_to_what_lies_there(place: str, values: list[Any]) -> None:
    properties = {
        "Role": "r",
        "Nothing": None,
        "Target": {"Role": "t"},
        "Targets": [{"Role": "a"}, {}, {"Role": "b"}],
        "Roles": {"authenticated": "x"},
    }

    assert list(model.values_at(properties, place)) == values


def test_texts_are_the_properties_that_are_one() -> None:
    assert model.texts({"A": "a", "B": 1, "C": ["c"], "D": None}) == {"A": "a"}
