from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.apigateway import constraints


def refusals(*paths: str) -> list[str]:
    return constraints.refusals({"paths": {path: {} for path in paths}})


@pytest.mark.parametrize(
    "paths",
    [
        ("/", "/v3/events:batchGet", "/a.b_c-d", "/items/{id}", "/items/{id}/parts/{part}", "/files/{proxy+}"),
        ("/{proxy+}",),
        ("/a/{x}", "/b/{y}", "/a/{x}/c"),
    ],
)
def test_what_api_gateway_takes_is_taken(paths: tuple[str, ...]) -> None:
    assert refusals(*paths) == []


PART = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable "
    "and curly braces at the beginning and the end"
)


@pytest.mark.parametrize(
    ("paths", "fault"),
    [
        (("/{a}-{b}",), PART),
        (("/item{id}",), PART),
        (("/sp ace",), PART),
        (("/{proxy+}/x",), "Cannot create a child of a resource with a greedy path variable: {proxy+}"),
        (("/a/{x}/b/{x}",), "The variable path part {x} is used more than once"),
        (("/a/{x}/{x+}",), "The variable path part {x+} is used more than once"),
        (
            ("/a/{x}", "/a/{y}/b"),
            "A sibling ({x}) of this resource already has a variable path part -- only one is allowed",
        ),
    ],
)
def test_a_path_is_refused_in_its_words(paths: tuple[str, ...], fault: str) -> None:
    assert refusals(*paths) == [f"Unable to create resource at path '{paths[-1]}': {fault}"]


@pytest.mark.parametrize("place", [{"components": {"schemas": {"a_b": {}, "Fine1": {}}}}, {"definitions": {"a_b": {}}}])
def test_the_name_of_a_model_is_alphanumeric(place: dict[str, Any]) -> None:
    said = constraints.refusals({"paths": {"/{a}{b}": {}}, **place})

    assert said[0] == "Unable to create model for 'a_b': Model name must be alphanumeric: a_b"
    assert len(said) == 2
