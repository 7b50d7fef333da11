"""A distribution as MiniStack keeps it, in a MiniStack that holds only what a test puts there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from tests.support.seams import empty_ministack

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., dict[str, Any]]

__all__ = ["empty_ministack"]


@pytest.fixture
def distribution() -> Make:
    """A distribution of this configuration."""

    def make(xml: str = "", **other: Any) -> dict[str, Any]:
        config = f"<DistributionConfig>{xml}</DistributionConfig>"
        own = {"Id": "E1", "DomainName": "d1.cloudfront.net", "ETag": "1", "enabled": True, "config_xml": config}
        return own | other

    return make


@pytest.fixture
def policies(empty_ministack: None) -> None:  # noqa: ARG001 - seams lead there
    """One cache policy, and one of AWS's own."""
    own = {"MinTTL": "5", "DefaultTTL": "50", "MaxTTL": "500"}
    seams.CACHE_POLICIES.replace({"own": {"Config": own}, "least": {"Config": {"MinTTL": 5}}})
    seams.MANAGED_CACHE_POLICIES.replace(
        {"managed": {"Config": {"MinTTL": 1, "DefaultTTL": 86400, "MaxTTL": 31536000}}}
    )
