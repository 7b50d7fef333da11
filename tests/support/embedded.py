"""What tests share. Imports nothing heavy: the application's tests run inside the pipeline's function as well."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients, Endpoint


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of an embedded AWS that runs for this test session."""
    yield from served(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of one that takes a second to delete a change set of nested stacks."""
    yield from served(tmp_path_factory.mktemp("slow"), local_eventual=1.0)


def served(folder: Path, **chosen: Any) -> Iterator[Clients]:
    """Clients of an embedded AWS that runs in a folder, with such settings."""
    from serverless_pipeline import aws
    from serverless_pipeline.local.client import server
    from serverless_pipeline.settings import Settings

    settings = Settings(port=0, **{**modes(), **chosen})
    endpoint = server.ensure(settings, folder)
    try:
        yield aws.connect(settings, endpoint)
    finally:
        server.stop(folder)


def modes() -> dict[str, Any]:
    """The modes that who runs the tests chose: how slow what takes its time on AWS is, and which sandbox there is."""
    from tests.support.project import EVENTUAL, SANDBOX

    return {
        "local_eventual": float(os.environ.get(EVENTUAL) or 0),
        "local_sandbox": os.environ.get(SANDBOX) or "automatic",
    }


def endpoint_of(clients: Clients) -> Endpoint:
    """Where the embedded AWS listens."""
    assert clients.endpoint
    return clients.endpoint
