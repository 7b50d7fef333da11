"""What tests share. Imports nothing heavy: the application's tests run inside the pipeline's function as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients, Endpoint


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of an embedded AWS that runs for this test session."""
    from serverless_pipeline import aws
    from serverless_pipeline.local.client import server
    from serverless_pipeline.settings import Settings

    folder = tmp_path_factory.mktemp("project")
    settings = Settings(port=0)
    endpoint = server.ensure(settings, folder)
    try:
        yield aws.connect(settings, endpoint)
    finally:
        server.stop(folder)


def endpoint_of(clients: Clients) -> Endpoint:
    """Where the embedded AWS listens."""
    assert clients.endpoint
    return clients.endpoint
