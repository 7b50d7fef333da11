"""The macros of sites, in a template of a project that imports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.project import lint
from tests.support.sites import render

from .conftest import decode

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = "Parameters:\n" + "".join(
    f"  {name}:\n    Description: One of the project's own\n    Type: String\n"
    for name in ("Domain", "CertificateArn", "HostedZoneId")
)
NAMED = 'domain="!Ref Domain", certificate="!Ref CertificateArn", zone="!Ref HostedZoneId"'
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
SHAPES = {
    "private": ('private_site("Shop")', 'private_site_outputs("Shop")', ""),
    "single-page": ('private_site("Shop", single_page=true)', 'private_site_outputs("Shop")', ""),
    "named": (f'private_site("Shop", {NAMED})', 'private_site_outputs("Shop", domain="!Ref Domain")', PARAMETERS),
    "fixed": (
        f'private_site("Shop", "oops.html", domain="shop.example.com", certificate="{CERTIFICATE}")',
        'private_site_outputs("Shop", domain="shop.example.com")',
        "",
    ),
    "public": ('public_site("Shop")', 'public_site_outputs("Shop")', ""),
}


@pytest.fixture
def texts(tmp_path: Path) -> dict[str, str]:
    return {name: render(tmp_path, *shape) for name, shape in SHAPES.items()}


@pytest.fixture
def private(texts: dict[str, str]) -> dict[str, Any]:
    return decode(texts["private"])


def properties(document: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(document["Resources"][name]["Properties"])


def configuration(document: dict[str, Any]) -> dict[str, Any]:
    return dict(properties(document, "ShopDistribution")["DistributionConfig"])


@pytest.mark.parametrize("name", SHAPES)
def test_cfn_lint_finds_nothing(texts: dict[str, str], name: str) -> None:
    assert [str(finding) for finding in lint.lint(name, texts[name])] == []


def test_every_output_is_described(texts: dict[str, str]) -> None:
    outputs = {name: list(decode(text)["Outputs"]) for name, text in texts.items()}

    public = ["ShopUrl", "ShopBucket"]
    assert outputs == {name: [*public, "ShopDistribution"] for name in SHAPES} | {"public": public}
    assert all(output["Description"] for text in texts.values() for output in decode(text)["Outputs"].values())


def test_a_private_bucket_is_open_to_nobody_but_its_distribution(private: dict[str, Any]) -> None:
    blocks = properties(private, "ShopBucket")["PublicAccessBlockConfiguration"]
    statements = properties(private, "ShopBucketPolicy")["PolicyDocument"]["Statement"]

    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${ShopDistribution}"
    assert set(blocks.values()) == {True}
    assert [statement["Action"] for statement in statements] == ["s3:GetObject", "s3:ListBucket"]
    for statement in statements:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": {"Fn::Sub": arn}}}


def test_the_distribution_signs_what_it_asks_of_the_bucket(private: dict[str, Any]) -> None:
    (origin,) = configuration(private)["Origins"]
    control = properties(private, "ShopAccessControl")["OriginAccessControlConfig"]

    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["ShopAccessControl", "Id"]}
    assert origin["DomainName"] == {"Fn::GetAtt": ["ShopBucket", "RegionalDomainName"]}
    assert (control["SigningBehavior"], control["OriginAccessControlOriginType"]) == ("always", "s3")


def test_viewers_come_by_https_and_get_compressed_files_with_the_headers_of_a_policy(private: dict[str, Any]) -> None:
    behavior = configuration(private)["DefaultCacheBehavior"]

    assert (behavior["ViewerProtocolPolicy"], behavior["Compress"]) == ("redirect-to-https", True)
    assert behavior["ResponseHeadersPolicyId"] == "67f7725c-6f97-4210-82d7-5512b31e9d03"
    assert behavior["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"


def test_the_root_is_the_index_page_and_what_is_missing_has_a_page(texts: dict[str, str]) -> None:
    for name, page in {"private": "/404.html", "fixed": "/oops.html"}.items():
        own = configuration(decode(texts[name]))

        assert own["DefaultRootObject"] == "index.html"
        assert [
            (one["ErrorCode"], one["ResponseCode"], one["ResponsePagePath"]) for one in own["CustomErrorResponses"]
        ] == [(404, 404, page)]


def test_without_a_name_of_ones_own_it_has_that_of_cloudfront(private: dict[str, Any]) -> None:
    assert not {"Aliases", "ViewerCertificate"} & configuration(private).keys()
    assert private["Outputs"]["ShopUrl"]["Value"] == {"Fn::Sub": "https://${ShopDistribution.DomainName}/"}
    assert not [name for name in private["Resources"] if name.endswith("Record")]


def test_a_name_of_ones_own_has_a_certificate_and_its_records(texts: dict[str, str]) -> None:
    named = decode(texts["named"])

    assert configuration(named)["Aliases"] == [{"Ref": "Domain"}]
    assert configuration(named)["ViewerCertificate"]["AcmCertificateArn"] == {"Ref": "CertificateArn"}
    assert configuration(named)["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert [properties(named, f"Shop{kind}Record")["Type"] for kind in ("A", "AAAA")] == ["A", "AAAA"]


def test_without_a_hosted_zone_there_are_no_records(texts: dict[str, str]) -> None:
    assert not [name for name in decode(texts["fixed"])["Resources"] if name.endswith("Record")]


def test_a_public_bucket_is_a_website_with_a_page_for_what_is_missing(texts: dict[str, str]) -> None:
    public = decode(texts["public"])
    (statement,) = properties(public, "ShopBucketPolicy")["PolicyDocument"]["Statement"]

    website = {"IndexDocument": "index.html", "ErrorDocument": "404.html"}
    assert properties(public, "ShopBucket")["WebsiteConfiguration"] == website
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:GetObject")
    assert public["Outputs"]["ShopUrl"]["Value"] == {"Fn::Sub": "${ShopBucket.WebsiteURL}/"}
