"""What the configuration of a distribution says of its cache.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from serverless_pipeline.local import seams

ERRORS_LAST = 10.0
"""The seconds that an error is kept for, unless the distribution says otherwise."""
DAY, YEAR = 86_400.0, 31_536_000.0


@dataclass(frozen=True)
class Lifetimes:
    """The least, the usual and the most seconds that a file is kept."""

    least: float = 0.0
    usual: float = DAY
    most: float = YEAR


def parse(distribution: Mapping[str, Any]) -> Element:
    """The configuration as MiniStack keeps it; its elements are in CloudFront's namespace or in none."""
    return fromstring(distribution["config_xml"])  # noqa: S314 - MiniStack parsed it before


def lifetimes(configuration: Element, behavior: Mapping[str, Any]) -> Lifetimes:
    """How long what a behavior answers is kept: as its cache policy says, or as itself does."""
    identity = behavior["cache_policy_id"]
    policy = seams.CACHE_POLICIES.value.get(identity) or seams.MANAGED_CACHE_POLICIES.value.get(identity)
    if policy:
        own = policy["Config"]
        return Lifetimes(float(own["MinTTL"]), float(own.get("DefaultTTL", DAY)), float(own.get("MaxTTL", YEAR)))
    element = _element_of(configuration, behavior["path_pattern"])
    return Lifetimes(
        float(text(element, "MinTTL") or 0),
        float(text(element, "DefaultTTL") or DAY),
        float(text(element, "MaxTTL") or YEAR),
    )


def errors(configuration: Element) -> dict[int, float]:
    """How many seconds errors are kept, by their status, where the distribution says so."""
    responses = configuration.findall("{*}CustomErrorResponses/{*}Items/{*}CustomErrorResponse")
    least = {int(text(one, "ErrorCode")): text(one, "ErrorCachingMinTTL") for one in responses}
    return {status: float(seconds or ERRORS_LAST) for status, seconds in least.items()}


def text(element: Element, path: str) -> str:
    """The text below an element; empty where there is none."""
    return element.findtext("/".join(f"{{*}}{name}" for name in path.split("/"))) or ""


def _element_of(configuration: Element, pattern: str | None) -> Element:
    for element in configuration.findall("{*}CacheBehaviors/{*}Items/{*}CacheBehavior"):
        if text(element, "PathPattern") == pattern:
            return element
    usual = configuration.find("{*}DefaultCacheBehavior")
    return Element("DefaultCacheBehavior") if usual is None else usual
