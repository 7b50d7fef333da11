from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Rendered


@pytest.fixture
def environment(local: Rendered) -> dict[str, Any]:
    return local.documents["environment"]


def properties(environment: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(environment["Resources"][name]["Properties"])


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


def test_the_table_costs_nothing_at_rest_and_forgets_what_expires(environment: dict[str, Any]) -> None:
    table = properties(environment, "Table")

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


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
def test_an_address_ends_with_a_slash_on_both_targets(environment: dict[str, Any], name: str) -> None:
    condition, on_aws, on_laptop = environment["Outputs"][name]["Value"]["Fn::If"]

    assert condition == "IsAws"
    assert on_aws["Fn::Sub"].endswith("/")
    assert on_laptop["Fn::Sub"].startswith("${Endpoint}/_")
    assert on_laptop["Fn::Sub"].endswith("/")
