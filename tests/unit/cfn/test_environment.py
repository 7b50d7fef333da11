"""The environment of this repository's own application: `app/environment.yml`."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.decode import decode_str

from serverless_pipeline.environment.delivery import Output, Reference
from serverless_pipeline.project import lint
from tests.support import ROOT, environments

FILE = ROOT / "app" / "environment.yml"


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    document: dict[str, Any] = decode_str(FILE.read_text())[0]
    return document


def properties(environment: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(environment["Resources"][name]["Properties"])


def test_cfn_lint_finds_nothing() -> None:
    assert list(lint.lint("environment", FILE.read_text())) == []


def test_the_pipeline_delivers_its_function_its_api_and_its_site() -> None:
    deliveries = environments.dromedary().shape.deliveries

    assert [(one.name, one.type, one.path, one.output, dict(one.parameters)) for one in deliveries] == [
        (
            "App",
            "lambda",
            "dist/lambda.zip",
            "DistLambdaOutput",
            {"function": Reference("ApplicationFunction"), "alias": "live"},
        ),
        (
            "Api",
            "apigateway",
            "dist/openapi.json",
            "DistApiOutput",
            {
                "api": Reference("RestApi"),
                "stage": Reference("RestApiStage"),
                "function": Reference("ApplicationAlias"),
            },
        ),
        (
            "Site",
            "s3",
            "dist/site.zip",
            "DistSiteOutput",
            {"bucket": Reference("SiteBucket"), "apiBaseurl": Output("ApiUrl")},
        ),
    ]


def test_the_site_is_readable_by_anybody_and_only_readable(environment: dict[str, Any]) -> None:
    (statement,) = properties(environment, "SiteBucketPolicy")["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Allow", "*", "s3:GetObject")
    assert statement["Resource"] == {"Fn::Sub": "${SiteBucket.Arn}/*"}


def test_a_policy_may_open_the_site_but_an_acl_may_not(environment: dict[str, Any]) -> None:
    assert properties(environment, "SiteBucket")["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": False,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": False,
    }


def test_the_api_may_invoke_the_alias_from_its_own_stage_only(environment: dict[str, Any]) -> None:
    permission = properties(environment, "RestApiPermission")

    assert permission["FunctionName"] == {"Ref": "ApplicationAlias"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${RestApi}/${EnvironmentName}/*")


def test_the_application_writes_its_own_log_and_counts_in_its_own_table(environment: dict[str, Any]) -> None:
    (policy,) = properties(environment, "ApplicationRole")["Policies"]
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${AWS::StackName}-api:*"

    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::Sub": group},
        },
        {
            "Sid": "CountVotes",
            "Effect": "Allow",
            "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
            "Resource": {"Fn::GetAtt": ["Table", "Arn"]},
        },
    ]


def test_the_table_costs_nothing_at_rest_and_forgets_what_expires(environment: dict[str, Any]) -> None:
    table = properties(environment, "Table")

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_what_holds_data_says_what_becomes_of_it(environment: dict[str, Any]) -> None:
    kinds = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"}
    policies = {
        name: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for name, resource in environment["Resources"].items()
        if resource["Type"] in kinds
    }

    assert policies == dict.fromkeys(("Table", "ApplicationLogGroup", "SiteBucket"), ("Delete", "Delete"))


def test_the_function_has_its_log_group_before_it_and_for_a_fortnight(environment: dict[str, Any]) -> None:
    group = properties(environment, "ApplicationLogGroup")

    assert environment["Resources"]["ApplicationFunction"]["DependsOn"] == "ApplicationLogGroup"
    assert properties(environment, "ApplicationFunction")["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-api"}
    assert group == {"LogGroupName": {"Fn::Sub": "/aws/lambda/${AWS::StackName}-api"}, "RetentionInDays": 14}


def test_until_something_is_delivered_the_function_answers_503_in_json(environment: dict[str, Any]) -> None:
    code = properties(environment, "ApplicationFunction")["Code"]["ZipFile"]
    module: dict[str, Any] = {}
    exec(code, module)  # noqa: S102 - the template's own code

    answer = module["handler"]({}, None)

    assert (answer["statusCode"], answer["body"]) == (503, '{"error": "not deployed yet"}')


def test_until_something_is_delivered_the_api_answers_503_in_json(environment: dict[str, Any]) -> None:
    operation = properties(environment, "RestApi")["Body"]["paths"]["/"]["get"]

    answer = operation["x-amazon-apigateway-integration"]["responses"]["default"]
    assert answer == {
        "statusCode": "503",
        "responseTemplates": {"application/json": '{"error": "not deployed yet"}'},
    }


@pytest.mark.parametrize("name", ["ApiUrl", "SiteUrl"])
def test_an_address_ends_with_a_slash(environment: dict[str, Any], name: str) -> None:
    assert environment["Outputs"][name]["Value"]["Fn::Sub"].endswith("/")


def test_every_parameter_and_output_is_described(environment: dict[str, Any]) -> None:
    described = [*environment["Parameters"].values(), *environment["Outputs"].values()]

    assert [one for one in described if not one.get("Description")] == []
