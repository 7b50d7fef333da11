"""Clients that reach nobody: what they are answered, botocore's Stubber says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from serverless_pipeline import aws
from serverless_pipeline.aws import Endpoint
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients

ACCOUNT = "000000000000"


@pytest.fixture(scope="session")
def clients() -> Clients:
    """Clients as of the embedded AWS, made once: each takes a while."""
    offline = aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))
    offline.__dict__["account"] = ACCOUNT  # which would be asked for
    return offline


@pytest.fixture
def codepipeline(clients: Clients) -> Iterator[Stubber]:
    """What CodePipeline answers, in this order and nothing else."""
    with Stubber(clients.codepipeline) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def logs(clients: Clients) -> Iterator[Stubber]:
    """What CloudWatch Logs answers, in this order and nothing else."""
    with Stubber(clients.logs) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def cloudformation(clients: Clients) -> Iterator[Stubber]:
    """What CloudFormation answers, in this order and nothing else."""
    with Stubber(clients.cloudformation) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
