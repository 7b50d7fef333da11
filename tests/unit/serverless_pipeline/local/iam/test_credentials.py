"""A session of a role, and the clients that act with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from typing import Any

SESSION = Credentials("role", "http://127.0.0.1:4566", "eu-west-1", "key", "secret", "token", 12.5)


@pytest.mark.parametrize(("region", "expected"), [("", "eu-west-1"), ("us-east-1", "us-east-1")])
def test_a_client_acts_with_the_session_at_the_endpoint_in_a_region(region: str, expected: str) -> None:
    client = SESSION.client("sts", region)

    keys = client._request_signer._credentials
    assert (keys.access_key, keys.secret_key, keys.token) == ("key", "secret", "token")
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:4566", expected)
    assert client.meta.service_model.service_name == "sts"


def test_no_proxy_lies_between_and_buckets_are_named_in_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")

    meta: Any = SESSION.client("sts").meta

    config = meta.config
    assert meta.region_name == "eu-west-1"
    assert (config.proxies, config.s3) == ({}, {"addressing_style": "path"})
    assert config.retries["mode"] == "standard"


def test_secrets_are_not_shown() -> None:
    assert repr(SESSION) == (
        "Credentials(role='role', endpoint_url='http://127.0.0.1:4566', region='eu-west-1', access_key_id='key',"
        " expiration=12.5)"
    )


def test_a_session_without_an_end_is_over_already() -> None:
    assert Credentials("role", "u", "eu-west-1", "key", "secret", "token").expiration == 0


def test_a_session_cannot_be_changed() -> None:
    assert changeable(SESSION) == []
