from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation import template


def test_short_forms_of_a_text_become_that_text_and_others_nothing() -> None:
    text = """
Ref: !Ref Table
Sub: !Sub "${AWS::StackName}-x"
GetAtt: !GetAtt Table.Arn
Join: !Join ["", [a, b]]
Plain: [1, two]
"""

    assert template.read(text) == {
        "Ref": "${Table}",
        "Sub": "${AWS::StackName}-x",
        "GetAtt": None,
        "Join": None,
        "Plain": [1, "two"],
    }


def test_an_empty_template_is_an_empty_document() -> None:
    assert template.read("") == {}


@pytest.mark.parametrize(
    ("rules", "value", "words"),
    [
        ({"AllowedPattern": "[a-z]+"}, "ab", []),
        ({"AllowedPattern": "[a-z]+"}, "ab1", ["'ab1' does not match [a-z]+"]),
        ({"AllowedValues": [1, "b"]}, "1", []),
        ({"AllowedValues": [1, "b"]}, "c", ["'c' must be one of 1, b"]),
        ({"MaxLength": 3}, "abc", []),
        ({"MaxLength": 3}, "abcd", ["'abcd' has 4 characters, more than 3"]),
        ({"MinLength": "3"}, "abc", []),
        ({"MinLength": "3"}, "ab", ["'ab' has 2 characters, less than 3"]),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 9}, "1", []),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 9}, "9", []),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 9}, "0.9", ["0.9 must be 1 to 9"]),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 9}, "10", ["10 must be 1 to 9"]),
        ({"Type": "Number", "MaxValue": 9}, "10", ["10 must be anything to 9"]),
        ({"Type": "Number", "MinValue": 1}, "0", ["0 must be 1 to anything"]),
        ({"Type": "Number"}, "many", ["'many' must be a number"]),
        ({"Type": "String", "MaxValue": 9}, "10", []),
        (
            {"AllowedPattern": "a", "MaxLength": 1},
            "bb",
            ["'bb' does not match a", "'bb' has 2 characters, more than 1"],
        ),
    ],
)
def test_what_a_parameter_has_against_a_value_is_said(rules: dict[str, Any], value: str, words: list[str]) -> None:
    assert list(template.broken(rules, value)) == words


def test_names_may_have_as_many_characters_as_their_reference_says() -> None:
    assert template.NAMES == {
        ("AWS::CodePipeline::Pipeline", "Name"): 100,
        ("AWS::DynamoDB::Table", "TableName"): 255,
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): 128,
        ("AWS::IAM::Role", "RoleName"): 64,
        ("AWS::Lambda::Function", "FunctionName"): 64,
        ("AWS::Logs::LogGroup", "LogGroupName"): 512,
        ("AWS::S3::Bucket", "BucketName"): 63,
        ("AWS::SNS::Topic", "TopicName"): 256,
        ("AWS::SQS::Queue", "QueueName"): 80,
    }


def bucket(name: object) -> dict[str, Any]:
    return {"Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}}


def test_a_name_is_measured_with_the_values_that_are_known() -> None:
    names = {"AWS::StackName": "s" * 60}

    assert list(template.too_long(bucket("${AWS::StackName}-ab"), names)) == []
    (words,) = template.too_long(bucket("${AWS::StackName}-abc"), names)
    assert words == f"Site.BucketName '{'s' * 60}-abc' has 64 characters, more than 63"


def test_what_only_cloudformation_knows_is_left_out_and_a_kept_hole_is_measured_as_it_stands() -> None:
    assert list(template.too_long(bucket("${Unknown}" + "a" * 63), {})) == []
    assert list(template.too_long(bucket("${!Kept}" + "a" * 56), {})) == []
    assert len(list(template.too_long(bucket("${!Kept}" + "a" * 57), {}))) == 1


@pytest.mark.parametrize("body", [{}, {"Resources": None}, bucket(None), {"Resources": {"Site": {"Type": "A::B::C"}}}])
def test_what_has_no_name_is_not_too_long(body: dict[str, Any]) -> None:
    assert list(template.too_long(body, {})) == []


def pipeline(parameters: object) -> dict[str, Any]:
    stages = [{"Name": "Commit", "Actions": [{"Name": "Package", "Configuration": {"UserParameters": parameters}}]}]
    return {"Resources": {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Stages": stages}}}}


def test_user_parameters_may_have_a_thousand_characters() -> None:
    assert template.USER_PARAMETERS == 1000
    assert list(template.too_long(pipeline("task=" + "t" * 995), {})) == []
    assert list(template.too_long(pipeline("task=" + "t" * 996), {})) == [
        "the UserParameters of Commit/Package have 1001 characters, more than 1000"
    ]


@pytest.mark.parametrize(
    "properties",
    [{}, {"Stages": None}, {"Stages": [{"Name": "A"}]}, {"Stages": [{"Name": "A", "Actions": [{"Name": "B"}]}]}],
)
def test_an_action_without_user_parameters_has_none_that_are_too_long(properties: dict[str, Any]) -> None:
    body = {"Resources": {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}}

    assert list(template.too_long(body, {})) == []
    assert list(template.too_long(pipeline(None), {})) == []
