from __future__ import annotations

import math
from typing import Any

import pytest

from serverless_pipeline.cloudformation import template
from tests.support import handlers


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


@pytest.mark.parametrize(("kind", "name"), template.NAMES)
def test_names_may_have_as_many_characters_as_their_reference_says(kind: str, name: str) -> None:
    longest = handlers.schema(kind)["properties"][name].get("maxLength")
    otherwise = {
        ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
        ("AWS::CodePipeline::Pipeline", "Name"): 100,
        ("AWS::DynamoDB::GlobalTable", "TableName"): 255,
        ("AWS::DynamoDB::Table", "TableName"): 255,
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): 128,
        ("AWS::Lambda::Function", "FunctionName"): 64,
        ("AWS::SQS::Queue", "QueueName"): 80,
    }

    assert template.NAMES[kind, name] == otherwise.get((kind, name), longest)


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


def named(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"Thing": {"Type": f"AWS::{kind}", "Properties": properties}}}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("S3::Bucket", "BucketName", "site"),
        ("SQS::Queue", "QueueName", "shop-testing-jobs"),
        ("SNS::Topic", "TopicName", "shop-prod-news"),
        ("DynamoDB::Table", "TableName", "items-shop-test-"),
        ("Lambda::Function", "FunctionName", "api"),
        ("IAM::Role", "RoleName", "shop-test"),
        ("IAM::ManagedPolicy", "ManagedPolicyName", "readers"),
        ("Logs::LogGroup", "LogGroupName", "/aws/lambda/api"),
        ("KMS::Alias", "AliasName", "alias/key"),
        ("SSM::Parameter", "Name", "/shop/price"),
        ("SecretsManager::Secret", "Name", "secret"),
        ("StepFunctions::StateMachine", "StateMachineName", "flow"),
        ("Scheduler::Schedule", "Name", "ApiNightly"),
        ("CloudWatch::Alarm", "AlarmName", "errors"),
    ],
)
def test_a_name_that_does_not_begin_with_that_of_the_stack_is_told_with_two_ways_out(
    kind: str, name: str, value: str
) -> None:
    (words,) = template.outside(named(kind, **{name: value}), "shop-test")

    assert words == (
        f"Thing.{name} {value!r} does not begin with shop-test-, so that the stack may not make it: "
        "let CloudFormation name it, or allow it by the setting environment_policy"
    )


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("S3::Bucket", "BucketName", "shop-test-site"),
        ("SQS::Queue", "QueueName", "shop-test-jobs.fifo"),
        ("IAM::ManagedPolicy", "ManagedPolicyName", "shop-test-readers"),
        ("Logs::LogGroup", "LogGroupName", "/aws/lambda/shop-test-api"),
        ("Logs::LogGroup", "LogGroupName", "/shop-test/app"),
        ("Logs::LogGroup", "LogGroupName", "/aws/vendedlogs/states/shop-test-flow"),
        ("KMS::Alias", "AliasName", "alias/shop-test-key"),
        ("SSM::Parameter", "Name", "/shop-test/price"),
        ("SecretsManager::Secret", "Name", "shop-test/secret"),
        ("StepFunctions::StateMachine", "StateMachineName", "shop-test-flow"),
        ("Events::Rule", "Name", "shop-test-nightly"),
        ("EC2::VPC", "Name", "anything"),
        ("Cognito::UserPool", "UserPoolName", "shop"),
        ("Lambda::LayerVersion", "LayerName", "deps"),
    ],
)
def test_a_name_that_begins_so_or_is_bounded_to_nothing_is_no_mistake(kind: str, name: str, value: str) -> None:
    assert list(template.outside(named(kind, **{name: value}), "shop-test")) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("${AWS::StackName}-jobs", ""),
        ({"Fn::Sub": "${AWS::StackName}-jobs"}, ""),
        ({"Ref": "AWS::StackName"}, "shop-test"),
        ({"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "jobs"]]}, ""),
        ({"Fn::Join": ["-", ["jobs", {"Ref": "AWS::StackName"}]]}, "jobs-shop-test"),
        ({"Fn::Join": ["-", ["jobs", {"Ref": "Unknown"}]]}, ""),
        ("${Stage}-jobs", "dev-jobs"),
        ({"Ref": "Stage"}, "dev"),
        ("${Size}-jobs", "5-jobs"),
        ("${Known}-jobs", "k-jobs"),
        ("${!Kept}-jobs", "${Kept}-jobs"),
        ("${Unknown}-jobs", ""),
        ("jobs-${Unknown}", ""),
        ({"Ref": "Unknown"}, ""),
        ({"Fn::ImportValue": "name"}, ""),
        ("${Thing}-more", ""),
        (None, ""),
        ("", ""),
    ],
)
def test_a_name_is_judged_with_what_is_known(value: Any, told: str) -> None:
    body = named("SQS::Queue", QueueName=value)
    body["Parameters"] = {"Stage": {"Default": "dev"}, "Size": {"Default": 5}, "Unknown": {}, "Known": {"Default": "d"}}

    words = list(template.outside(body, "shop-test", {"Known": "k"}))

    assert [one.split("'")[1] for one in words] == ([told] if told else [])


def test_a_role_is_named_within_its_path() -> None:
    assert list(template.outside(named("IAM::Role", RoleName="shop-test-role", Path="/team/"), "shop-test")) == []


@pytest.mark.parametrize(
    "body", [{}, {"Resources": None}, {"Resources": {"Fn::ForEach::Queues": []}}, named("SQS::Queue")]
)
def test_what_has_no_name_is_not_outside(body: dict[str, Any]) -> None:
    assert list(template.outside(body, "shop-test")) == []


def test_a_stack_whose_name_is_not_cut_is_whole_in_every_generated_name() -> None:
    shortest = min(longest for (kind, _), longest in template.NAMES.items() if kind != "AWS::CodePipeline::Pipeline")

    assert math.ceil((shortest - len("-123456789012") - len("-")) / 2) == template.WHOLE
