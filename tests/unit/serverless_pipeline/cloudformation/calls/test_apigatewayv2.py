from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.apigatewayv2 import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::ApiGatewayV2::Api": Fact(
        "q7w8",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8",),
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/apis",
            "arn:aws:apigateway:eu-west-1::/apis/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
        beyond={"iam:PassRole": "https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html"},
    ),
    "AWS::ApiGatewayV2::ApiMapping": Fact(
        "m9",
        ("arn:aws:apigateway:eu-west-1::/domainnames/api.shop.test/apimappings/m9",),
        properties={"DomainName": "api.shop.test"},
    ),
    "AWS::ApiGatewayV2::Authorizer": Fact(
        "a9",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8/authorizers/a9",),
        properties={"ApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/apis/*",),
    ),
    "AWS::ApiGatewayV2::Deployment": Fact(
        "d9",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8/deployments/d9",),
        properties={"ApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/apis/*",),
    ),
    "AWS::ApiGatewayV2::DomainName": Fact(
        "api.shop.test",
        ("arn:aws:apigateway:eu-west-1::/domainnames/api.shop.test",),
        properties={
            "DomainName": "api.shop.test",
            "MutualTlsAuthentication": {"TruststoreUri": "s3://shop-test-trust-1a/store.pem"},
        },
        unbounded=(
            "arn:aws:apigateway:eu-west-1::/domainnames",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
    ),
    "AWS::ApiGatewayV2::Integration": Fact(
        "i9",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8/integrations/i9",),
        properties={"ApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/apis/*",),
    ),
    "AWS::ApiGatewayV2::Route": Fact(
        "r9",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8/routes/r9",),
        properties={"ApiId": "q7w8"},
        unbounded=("arn:aws:apigateway:eu-west-1::/apis/*",),
    ),
    "AWS::ApiGatewayV2::Stage": Fact(
        "v1",
        ("arn:aws:apigateway:eu-west-1::/apis/q7w8/stages/v1",),
        properties={"ApiId": "q7w8"},
        unbounded=(
            "*",
            "arn:aws:apigateway:eu-west-1::/apis/*",
            "arn:aws:apigateway:eu-west-1::/tags/*",
        ),
        left_out={"apigateway:*agResource": "no action of IAM: tags are given and taken away at their address"},
        beyond={
            "apigateway:PUT": "at the address of tags, as for an API",
            "logs:CreateLogDelivery": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:DeleteLogDelivery": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:DescribeLogGroups": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:DescribeResourcePolicies": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:GetLogDelivery": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:ListLogDeliveries": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:PutResourcePolicy": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
            "logs:UpdateLogDelivery": "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
        },
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
