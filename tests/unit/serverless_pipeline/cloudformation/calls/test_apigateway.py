from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.apigateway import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::ApiGateway::Account": Fact(
        "shop-test-Thing-1A",
        ("arn:aws:apigateway:eu-west-1::/account",),
        properties={"CloudWatchRoleArn": "arn:aws:iam::123456789012:role/shop-test-Role-1A"},
        unbounded=("arn:aws:apigateway:eu-west-1::/account",),
    ),
    "AWS::ApiGateway::ApiKey": Fact(
        "k9",
        ("arn:aws:apigateway:eu-west-1::/apikeys/k9",),
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/apikeys",
            "arn:aws:apigateway:eu-west-1::/apikeys/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGateway::Authorizer": Fact(
        "a9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/authorizers/a9",),
        properties={"RestApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::BasePathMapping": Fact(
        "m9",
        ("arn:aws:apigateway:eu-west-1::/domainnames/api.shop.test/basepathmappings/(none)",),
        properties={"DomainName": "api.shop.test"},
    ),
    "AWS::ApiGateway::Deployment": Fact(
        "d9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/deployments/d9",),
        properties={"RestApiId": "q7w8"},
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/restapis/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGateway::DomainName": Fact(
        "api.shop.test",
        ("arn:aws:apigateway:eu-west-1::/domainnames/api.shop.test",),
        properties={"DomainName": "api.shop.test"},
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/domainnames",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGateway::GatewayResponse": Fact(
        "g9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/gatewayresponses/DEFAULT_4XX",),
        properties={"RestApiId": "q7w8", "ResponseType": "DEFAULT_4XX"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::Method": Fact(
        "m9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/resources/r9/methods/GET",),
        properties={"RestApiId": "q7w8", "ResourceId": "r9", "HttpMethod": "GET"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::Model": Fact(
        "Order",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/models/Order",),
        properties={"RestApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::RequestValidator": Fact(
        "v9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/requestvalidators/v9",),
        properties={"RestApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::Resource": Fact(
        "r9",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/resources/r9",),
        properties={"RestApiId": "q7w8", "ParentId": "r8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/restapis/*",),
    ),
    "AWS::ApiGateway::RestApi": Fact(
        "q7w8",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8",),
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/restapis",
            "arn:aws:apigateway:eu-west-1::/restapis/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGateway::Stage": Fact(
        "v1",
        ("arn:aws:apigateway:eu-west-1::/restapis/q7w8/stages/v1",),
        properties={"RestApiId": "q7w8"},
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/restapis/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGateway::UsagePlan": Fact(
        "p9",
        ("arn:aws:apigateway:eu-west-1::/usageplans/p9",),
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/tags/*",
            "arn:aws:apigateway:eu-west-1::/usageplans",
            "arn:aws:apigateway:eu-west-1::/usageplans/*",
        ),
    ),
    "AWS::ApiGateway::UsagePlanKey": Fact(
        "k9:p9",
        ("arn:aws:apigateway:eu-west-1::/usageplans/p9/keys/k9",),
        properties={"UsagePlanId": "p9", "KeyId": "k9"},
        unbounded=("arn:aws:apigateway:eu-west-1::/usageplans/*",),
    ),
}


@pytest.mark.parametrize("kind", TYPES)
def test_the_calls_are_those_of_awss_handlers(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.differences(kind, fact.left_out, fact.beyond) == []
    assert handlers.oddities(kind) == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_is_what_the_reference_says_and_the_patterns_of_its_stack_cover_it(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.arns(kind, fact.physical_id, fact.properties) == fact.arns
    assert handlers.uncovered(kind, fact.physical_id, fact.properties) == []


@pytest.mark.parametrize("kind", TYPES)
def test_the_patterns_reach_no_further_than_the_stack_but_where_aws_cannot_bound_them(kind: str) -> None:
    fact = FACTS[kind]

    assert handlers.unbounded(kind, fact.properties) == {*fact.unbounded}
