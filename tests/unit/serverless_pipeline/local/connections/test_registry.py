"""The connections that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.connections import registry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def clear() -> Iterator[None]:
    registry.clear()
    yield
    registry.clear()


def create(service: str = "codeconnections", account: str = "111122223333") -> registry.Connection:
    return registry.create(service, "eu-west-1", account, "hub", "GitHub")


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_connection_is_known_by_the_names_of_both_services(service: str) -> None:
    connection = create(service)
    place = connection.arn.partition(":eu-west-1:")[2]

    names = [f"arn:aws:{name}:eu-west-1:{place}" for name in ("codeconnections", "codestar-connections")]

    assert [registry.find(name) for name in names] == [connection, connection]
    registry.delete(names[0])
    assert [registry.find(name) for name in names] == [None, None]


def test_an_account_has_its_own_in_a_region() -> None:
    mine, _ = create(), create(account="444455556666")

    assert registry.of("111122223333", "eu-west-1") == [mine]
    assert registry.of("111122223333", "us-east-1") == []
