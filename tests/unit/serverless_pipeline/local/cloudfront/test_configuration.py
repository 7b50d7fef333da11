from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.cloudfront import configuration
from serverless_pipeline.local.cloudfront.configuration import Lifetimes

if TYPE_CHECKING:
    from .conftest import Make

pytestmark = pytest.mark.usefixtures("policies")

USUAL = "<DefaultCacheBehavior><MinTTL>1</MinTTL><DefaultTTL>2</DefaultTTL><MaxTTL>3</MaxTTL></DefaultCacheBehavior>"
OTHER = (
    "<CacheBehaviors><Items><CacheBehavior><PathPattern>/a*</PathPattern><MinTTL>7</MinTTL></CacheBehavior></Items>"
    "</CacheBehaviors>"
)


def behavior(policy: str | None = None, pattern: str | None = None) -> dict[str, str | None]:
    return {"cache_policy_id": policy, "path_pattern": pattern}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("own", Lifetimes(5, 50, 500)),
        ("managed", Lifetimes(1, 86400, 31536000)),
        ("least", Lifetimes(5, 86400, 31536000)),
    ],
)
def test_a_cache_policy_says_how_long_files_are_kept(distribution: Make, policy: str, expected: Lifetimes) -> None:
    parsed = configuration.parse(distribution(USUAL))

    assert configuration.lifetimes(parsed, behavior(policy)) == expected


def test_without_a_policy_the_behavior_says_it(distribution: Make) -> None:
    parsed = configuration.parse(distribution(USUAL + OTHER))

    assert configuration.lifetimes(parsed, behavior()) == Lifetimes(1, 2, 3)
    assert configuration.lifetimes(parsed, behavior(pattern="/a*")) == Lifetimes(7)


def test_where_nothing_is_said_a_file_is_kept_for_a_day(distribution: Make) -> None:
    assert configuration.lifetimes(configuration.parse(distribution()), behavior()) == Lifetimes(0, 86400, 31536000)


def test_elements_in_the_namespace_of_cloudfront_are_the_same() -> None:
    xml = f'<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">{USUAL}</DistributionConfig>'

    assert configuration.lifetimes(configuration.parse({"config_xml": xml}), behavior()) == Lifetimes(1, 2, 3)


def test_errors_are_kept_for_their_own_time(distribution: Make) -> None:
    texts = ("<ErrorCode>404</ErrorCode><ErrorCachingMinTTL>60</ErrorCachingMinTTL>", "<ErrorCode>403</ErrorCode>")
    own, usual = (f"<CustomErrorResponse>{text}</CustomErrorResponse>" for text in texts)
    parsed = configuration.parse(
        distribution(f"<CustomErrorResponses><Items>{own}{usual}</Items></CustomErrorResponses>")
    )

    assert configuration.errors(parsed) == {404: 60.0, 403: 10.0}
