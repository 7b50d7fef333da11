from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import properties

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

BUCKET, HTTP_API, ROLE = "AWS::S3::Bucket", "AWS::ApiGatewayV2::Api", "AWS::IAM::Role"


@pytest.fixture
def installed(cloudformation: CloudFormation) -> CloudFormation:
    """Handlers that answer the name `mine`; there are a bucket, an API and a role of that name."""
    seams.STACK_TAG_PROPERTY.replace({})
    seams.BUCKET_TAGS.replace({"mine": {"Old": "gone"}})
    seams.ROLES.replace({"mine": {"RoleName": "mine"}})
    seams.HTTP_APIS.replace({"mine": {"corsConfiguration": {"AllowOrigins": ["*"]}}})
    for kind in (BUCKET, HTTP_API, ROLE):
        cloudformation.handlers[kind] = dict.fromkeys(("create", "update"), lambda *_: ("mine", {"Arn": "arn"}))
    properties.install()
    return cloudformation


def provisioned(service: CloudFormation, kind: str, how: str, **properties: Any) -> Any:
    """Create or update; at an update the properties come after the old ones."""
    before = ("mine", {"Tags": [{"Key": "Old", "Value": "1"}], "PermissionsBoundary": "arn:old"})
    return service.handlers[kind][how](*(before if how == "update" else ("Logical",)), properties, "stack")


@pytest.mark.parametrize("how", ["create", "update"])
def test_a_bucket_has_the_tags_of_its_properties_and_no_other(installed: CloudFormation, how: str) -> None:
    answer = provisioned(
        installed, BUCKET, how, Tags=[{"Key": "Team", "Value": "shop"}, {"Key": "Cost", "Value": "42"}]
    )

    assert answer == ("mine", {"Arn": "arn"})
    assert seams.BUCKET_TAGS.value == {"mine": {"Team": "shop", "Cost": "42"}}


@pytest.mark.parametrize("properties", [{}, {"Tags": None}])
def test_a_bucket_without_tags_has_none(installed: CloudFormation, properties: dict[str, Any]) -> None:
    provisioned(installed, BUCKET, "update", **properties)

    assert seams.BUCKET_TAGS.value == {"mine": {}}


@pytest.mark.parametrize("how", ["create", "update"])
@pytest.mark.parametrize(
    ("properties", "boundary"),
    [({"PermissionsBoundary": "arn:policy"}, "arn:policy"), ({}, ""), ({"PermissionsBoundary": None}, "")],
)
def test_a_role_is_bounded_by_its_property_alone(
    installed: CloudFormation, how: str, properties: dict[str, Any], boundary: str
) -> None:
    answer = provisioned(installed, ROLE, how, **properties)

    assert answer == ("mine", {"Arn": "arn"})
    assert seams.ROLES.value == {"mine": {"RoleName": "mine", "PermissionsBoundary": boundary}}


@pytest.mark.parametrize("how", ["create", "update"])
def test_an_http_api_shares_as_its_property_says(installed: CloudFormation, how: str) -> None:
    provisioned(installed, HTTP_API, how, CorsConfiguration={"AllowOrigins": ["https://a"], "MaxAge": 3})

    assert seams.HTTP_APIS.value["mine"]["corsConfiguration"] == {"allowOrigins": ["https://a"], "maxAge": 3}


def test_an_http_api_without_the_property_is_left_alone(installed: CloudFormation) -> None:
    provisioned(installed, HTTP_API, "update")

    assert seams.HTTP_APIS.value["mine"]["corsConfiguration"] == {"AllowOrigins": ["*"]}


def test_the_tags_of_a_stack_reach_its_buckets(installed: CloudFormation) -> None:
    del installed

    assert seams.STACK_TAG_PROPERTY.value == {BUCKET: ("Tags", "list")}
