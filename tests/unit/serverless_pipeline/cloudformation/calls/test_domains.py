from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation.calls.domains import TYPES
from tests.support import handlers
from tests.support.handlers import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Mapping[str, Fact] = {
    "AWS::CertificateManager::Certificate": Fact(
        "arn:aws:acm:eu-west-1:123456789012:certificate/0f1e",
        ("arn:aws:acm:eu-west-1:123456789012:certificate/0f1e",),
        properties={
            "CertificateAuthorityArn": "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/0f1e",
            "DomainValidationOptions": [{"DomainName": "shop.test", "HostedZoneId": "Z1Q7W8"}],
        },
        unbounded=(
            "*",
            "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/*",
            "arn:aws:acm:eu-west-1:123456789012:certificate/*",
            "arn:aws:route53:::hostedzone/Z1Q7W8",
        ),
    ),
    "AWS::Route53::HostedZone": Fact(
        "Z1Q7W8",
        ("arn:aws:route53:::hostedzone/Z1Q7W8",),
        unbounded=(
            "*",
            "arn:aws:route53:::change/*",
            "arn:aws:route53:::hostedzone/*",
            "arn:aws:route53:::queryloggingconfig/*",
        ),
    ),
    "AWS::Route53::RecordSet": Fact(
        "shop.test",
        ("arn:aws:route53:::hostedzone/Z1Q7W8",),
        properties={"HostedZoneId": "Z1Q7W8"},
        unbounded=(
            "*",
            "arn:aws:route53:::change/*",
        ),
    ),
    "AWS::Route53::RecordSetGroup": Fact(
        "x",
        ("arn:aws:route53:::hostedzone/*",),
        properties={"HostedZoneName": "shop.test."},
        unbounded=(
            "*",
            "arn:aws:route53:::change/*",
            "arn:aws:route53:::hostedzone/*",
        ),
        beyond={
            "route53:ChangeResourceRecordSets": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html",
            "route53:GetChange": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html",
            "route53:GetHostedZone": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html",
            "route53:ListHostedZones": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html",
            "route53:ListResourceRecordSets": "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html",
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
