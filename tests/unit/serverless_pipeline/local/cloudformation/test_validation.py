from __future__ import annotations

import re
from typing import Any

import pytest

from serverless_pipeline.local.cloudformation import validation
from serverless_pipeline.local.cloudformation.validation import Invalid

BUCKET, QUEUE, ALIAS = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Lambda::Alias"
STATEMENT = {"PolicyName": "p", "PolicyDocument": {}}

REFUSED = [
    (
        BUCKET,
        {"Foo": 1, "Bar": 2},
        "[#: extraneous key [Foo] is not permitted, #: extraneous key [Bar] is not permitted]",
    ),
    (
        BUCKET,
        {"VersioningConfiguration": {}},
        "[#/VersioningConfiguration: required key [Status] not found]",
    ),
    (
        BUCKET,
        {"VersioningConfiguration": {"Status": "On"}},
        "[#/VersioningConfiguration/Status: On is not a valid enum value]",
    ),
    (BUCKET, {"BucketName": ["a"]}, "[#/BucketName: expected type: String, found: JSONArray]"),
    (BUCKET, {"Tags": "owner"}, "[#/Tags: expected type: JSONArray, found: String]"),
    ("AWS::SNS::Subscription", {"TopicArn": "t"}, "[#: required key [Protocol] not found]"),
    (QUEUE, {"DelaySeconds": "soon"}, "[#/DelaySeconds: expected type: Integer, found: String]"),
    (QUEUE, {"DelaySeconds": "2000"}, "[#/DelaySeconds: 2000 is not less or equal to 900]"),
    (QUEUE, {"FifoQueue": "yes"}, "[#/FifoQueue: expected type: Boolean, found: String]"),
    ("AWS::IAM::Policy", STATEMENT, "[#: #: no subschema matched out of the total 3 subschemas]"),
    (
        "AWS::CodePipeline::Pipeline",
        {"RoleArn": "arn:aws:iam::000000000000:role/r", "Stages": []},
        "[#/Stages: expected minimum item count: 2, found: 0]",
    ),
    (
        "AWS::Lambda::Function",
        {"Code": {}, "Role": "r"},
        "[#/Role: failed validation constraint for keyword [pattern]]",
    ),
    (
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": {}, "Roles": ["a", "a"]},
        "[#/Roles: array items are not unique]",
    ),
    (
        "AWS::SSM::Parameter",
        {"Type": "String", "Value": {"a": 1}},
        "[#/Value: expected type: String, found: JSONObject]",
    ),
]


@pytest.mark.parametrize(("kind", "properties", "words"), REFUSED)
def test_what_the_type_does_not_allow_is_refused_in_the_words_of_its_schema(
    kind: str, properties: dict[str, Any], words: str
) -> None:
    with pytest.raises(
        Invalid, match=f"^{re.escape(f'Properties validation failed for resource One with message: {words}')}$"
    ):
        validation.demand(kind, "One", properties)


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("AWS::CodeBuild::Project", {"Foo": 1}, "Encountered unsupported property Foo"),
        ("AWS::IAM::AccessKey", {}, "Property UserName cannot be empty."),
        ("AWS::IAM::AccessKey", {"UserName": []}, "Value of property UserName is invalid: #/UserName: expected type"),
    ],
)
def test_types_outside_the_registry_say_it_in_older_words(kind: str, properties: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=f"^{words}"):
        validation.demand(kind, "One", properties)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (BUCKET, {}),
        (QUEUE, {"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 7}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": "14"}),
        ("AWS::ApiGateway::RestApi", {"Body": "{}"}),
        ("AWS::Lambda::Function", {"Runtime": "cobol", "Code": {}, "Role": "arn:aws:iam::000000000000:role/r"}),
        ("Custom::Thing", {"Anything": [1]}),
    ],
)
def test_values_are_read_as_cloudformation_reads_them(kind: str, properties: dict[str, Any]) -> None:
    validation.demand(kind, "One", properties)


def test_a_resource_is_looked_at_before_it_is_made() -> None:
    made: list[str] = []
    create = validation.creating(lambda kind, *_: made.append(kind))

    create(BUCKET, "Fine", {}, "stack")
    with pytest.raises(Invalid, match="resource One with"):
        create(BUCKET, "One", {"Foo": 1}, "stack")

    assert made == [BUCKET]


def test_an_update_is_looked_at_where_it_changes_something() -> None:
    updated: list[Any] = []
    update = validation.updating(lambda *arguments: updated.append(arguments[3]))

    update(BUCKET, "bucket", {"Foo": 1}, {"Foo": 1}, "stack", "One")
    update(BUCKET, "bucket", {"Foo": 1}, {}, "stack", "One", {})
    with pytest.raises(Invalid, match="resource One with"):
        update(BUCKET, "bucket", {}, {"Foo": 1}, "stack", "One")

    assert updated == [{"Foo": 1}, {}]


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ({"Resources": {"B": {"Type": BUCKET, "Properties": {"BucketName": None}}}}, "/Resources/B/Type/BucketName"),
        ({"Resources": {"B": {"Properties": {"Tags": [{"Key": None}]}}}}, "/Resources/B/Type/Tags/0/Key"),
        ({"Outputs": {"Url": {"Value": None}}}, "/Outputs/Url/Value"),
    ],
)
def test_null_is_no_value(template: dict[str, Any], place: str) -> None:
    validate = validation.without_null(lambda *_, **__: None)

    with pytest.raises(ValueError, match=re.escape(f"[{place}] 'null' values are not allowed in templates")):
        validate(template, {})


def test_a_template_without_null_goes_on() -> None:
    validate = validation.without_null(lambda template, *_, **__: template)

    assert validate({"Resources": {}, "Outputs": None}, {}, params={}) == {"Resources": {}, "Outputs": None}
