from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import remarks

if TYPE_CHECKING:
    from .conftest import Make

FUNCTION = (
    "<FunctionAssociations><Items><FunctionAssociation><EventType>viewer-request</EventType></FunctionAssociation>"
    "</Items></FunctionAssociations>"
)


@pytest.fixture(autouse=True)
def node(empty_ministack: None) -> None:  # noqa: ARG001 - seams lead there
    seams.FUNCTIONS_CAN_RUN.replace(lambda: True)


def usual(xml: str) -> str:
    return f"<DefaultCacheBehavior>{xml}</DefaultCacheBehavior>"


def other(xml: str) -> str:
    return f"<CacheBehaviors><Items><CacheBehavior>{xml}</CacheBehavior></Items></CacheBehaviors>"


@pytest.mark.parametrize(
    ("xml", "remark"),
    [
        ("<Aliases><Items><CNAME>a</CNAME></Items></Aliases>", "Aliases: it answers at its local address only"),
        ("<WebACLId>acl</WebACLId>", "WebACLId: no request is blocked"),
        ("<Logging><Bucket>b</Bucket></Logging>", "Logging: nothing is logged"),
        (
            "<Restrictions><GeoRestriction><RestrictionType>whitelist</RestrictionType></GeoRestriction></Restrictions>",
            "GeoRestriction: every country is served",
        ),
        (usual("<Compress>true</Compress>"), "Compress: files are sent as they lie in their origin"),
        (other("<Compress>true</Compress>"), "Compress: files are sent as they lie in their origin"),
        (
            other("<TrustedKeyGroups><Items><KeyGroup>k</KeyGroup></Items></TrustedKeyGroups>"),
            "TrustedKeyGroups: everybody sees what wants a signed address",
        ),
        (
            usual(
                "<LambdaFunctionAssociations><Items><LambdaFunctionAssociation><EventType>e</EventType>"
                "</LambdaFunctionAssociation></Items></LambdaFunctionAssociations>"
            ),
            "LambdaFunctionAssociations: Lambda@Edge is not run",
        ),
    ],
)
def test_what_has_no_effect_is_said(distribution: Make, xml: str, remark: str) -> None:
    assert remarks.sentence(distribution(xml)) == f"No effect on a laptop have {remark}"


def test_each_is_said_once(distribution: Make) -> None:
    compress = "<Compress>true</Compress>"

    assert remarks.sentence(distribution(usual(compress) + other(compress))).count("Compress") == 1


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<WebACLId></WebACLId><Logging><Bucket/></Logging><Aliases><Quantity>0</Quantity></Aliases>",
        "<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType></GeoRestriction></Restrictions>",
        usual("<Compress>false</Compress><FieldLevelEncryptionId/>"),
        usual(FUNCTION),
    ],
)
def test_of_what_has_its_effect_nothing_is_said(distribution: Make, xml: str) -> None:
    assert remarks.sentence(distribution(xml)) == ""


def test_functions_need_node(distribution: Make) -> None:
    seams.FUNCTIONS_CAN_RUN.replace(lambda: False)

    assert remarks.sentence(distribution(usual(FUNCTION))).endswith(
        "FunctionAssociations: node is not installed, requests for them end in 503"
    )


def test_the_log_has_it_once_for_each_configuration(distribution: Make, caplog: pytest.LogCaptureFixture) -> None:
    own = distribution("<WebACLId>acl</WebACLId>")

    with caplog.at_level(logging.WARNING):
        remarks.log(own)
        remarks.log(own)
        own["ETag"] = "2"
        remarks.log(own)
        remarks.log(distribution())

    assert caplog.messages == ["The distribution E1: No effect on a laptop have WebACLId: no request is blocked"] * 2


def test_of_a_distribution_that_is_there_it_is_found_by_its_id(distribution: Make) -> None:
    seams.DISTRIBUTIONS.replace({"E1": distribution("<WebACLId>acl</WebACLId>"), "E2": distribution()})

    sentences = [remarks.of_distribution(physical_id) for physical_id in ("E1", "E2", "E3")]

    assert sentences == ["No effect on a laptop have WebACLId: no request is blocked", "", ""]


def test_it_is_said_of_distributions() -> None:
    assert remarks.KIND == "AWS::CloudFront::Distribution"
