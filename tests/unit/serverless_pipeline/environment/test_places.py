from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.environment import places


def find(body: dict[str, Any]) -> dict[str, object]:
    """What stands at the places of a template, by what messages call them."""
    return {place.where: place.value for place in places.find(body)}


def of(kind: str, **properties: Any) -> dict[str, object]:
    """Those of a template with one resource."""
    return find({"Resources": {"It": {"Type": kind, "Properties": properties}}})


def test_a_property_of_the_table_is_a_place_and_no_other() -> None:
    assert of("AWS::Lambda::Function", Code="src", Handler="a.b") == {"It.Code": "src"}
    assert of("AWS::SNS::Topic", Code="src") == {}


def test_a_property_may_lie_deeper() -> None:
    assert of("AWS::Glue::Job", Command={"ScriptLocation": "job.py"}) == {"It.Command.ScriptLocation": "job.py"}
    assert of("AWS::Glue::Job", Command="job.py") == {}


def test_a_star_stands_for_each_name() -> None:
    resolvers = {"Query": {"one": {"CodeUri": "a.js"}, "two": {"CodeInline": "…"}}, "Mutation": {}}

    found = of("AWS::Serverless::GraphQLApi", SchemaUri="s", Resolvers=resolvers, Functions={"f": {"CodeUri": "b"}})

    assert found == {"It.SchemaUri": "s", "It.Functions.f.CodeUri": "b", "It.Resolvers.Query.one.CodeUri": "a.js"}


@pytest.mark.parametrize(
    "value", [{"ZipFile": "…"}, {"S3Bucket": "b", "S3Key": "k"}, {"Fn::If": ["a", "b", "c"]}, {}, 3, []]
)
def test_what_is_no_text_is_left_alone(value: object) -> None:
    assert of("AWS::Lambda::Function", Code=value) == {}


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_means_the_templates_folder_for_code(value: object) -> None:
    assert of("AWS::Lambda::Function", Code=value) == of("AWS::Lambda::Function", Handler="a.b") == {"It.Code": None}
    assert of("AWS::ApiGateway::RestApi", BodyS3Location=value) == of("AWS::ApiGateway::RestApi", Name="a") == {}


@pytest.mark.parametrize("other", [{"InlineCode": "…"}, {"ImageUri": "…"}, {"PackageType": "Image"}])
def test_code_in_the_template_or_in_an_image_means_no_folder(other: dict[str, object]) -> None:
    assert of("AWS::Serverless::Function", Handler="a.b", **other) == {}


def test_a_resource_without_properties_has_no_places() -> None:
    assert find({"Resources": {"It": {"Type": "AWS::Lambda::Function"}, "Odd": "text", "Null": None}}) == {}


def test_what_sam_gives_to_all_is_a_place_of_its_own_and_means_no_folder() -> None:
    body = {
        "Globals": {"Function": {"CodeUri": "src"}, "Api": {"DefinitionUri": "api.yml"}},
        "Resources": {
            "One": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a.b"}},
            "Two": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "other"}},
        },
    }

    assert find(body) == {
        "Globals.Function.CodeUri": "src",
        "Globals.Api.DefinitionUri": "api.yml",
        "Two.CodeUri": "other",
    }


def test_resources_of_a_loop_have_places_too() -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src"}}
    inner = ["Y", ["b"], {"F${X}${Y}": function}]
    body = {"Resources": {"Fn::ForEach::Outer": ["X", ["a"], {"F${X}": function, "Fn::ForEach::Inner": inner}]}}

    assert find(body) == {"F${X}.Code": "src", "F${X}${Y}.Code": "src"}
    assert find({"Resources": {"Fn::ForEach::Odd": ["X"]}}) == {}


def test_a_transform_that_includes_may_stand_anywhere() -> None:
    def include(location: object) -> dict[str, object]:
        return {"Name": "AWS::Include", "Parameters": {"Location": location}}

    body = {
        "Transform": ["AWS::Serverless-2016-10-31", include("top.yml")],
        "Mappings": {"Fn::Transform": include("maps.yml")},
        "Resources": {
            "Api": {"Properties": {"Body": {"Fn::Transform": include("api.yml")}}},
            "List": {"Properties": {"Tags": [[{"Fn::Transform": [include("a.yml"), {"Name": "Mine"}]}]]}},
            "Left": {"Fn::Transform": include({"Ref": "Location"})},
            "Other": {"Fn::Transform": {"Name": "Mine", "Parameters": {"Location": "x"}}},
        },
    }

    assert find(body) == {
        "Transform.Location": "top.yml",
        "Mappings.Fn::Transform.Location": "maps.yml",
        "Resources.Api.Properties.Body.Fn::Transform.Location": "api.yml",
        "Resources.List.Properties.Tags.0.0.Fn::Transform.Location": "a.yml",
    }


def test_the_metadata_of_a_published_application_has_places() -> None:
    body = {"Metadata": {"AWS::ServerlessRepo::Application": {"ReadmeUrl": "README.md", "Name": "x"}}, "Resources": {}}

    assert find(body) == {"Metadata.AWS::ServerlessRepo::Application.ReadmeUrl": "README.md"}


def test_a_place_can_be_filled() -> None:
    body = {"Resources": {"It": {"Type": "AWS::Lambda::Function", "Properties": {}}}}

    (place,) = places.find(body)
    place.holder[place.key] = "filled"

    assert body["Resources"]["It"]["Properties"] == {"Code": "filled"}
