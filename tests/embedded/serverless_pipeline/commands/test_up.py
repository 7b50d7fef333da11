from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.commands import up
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, standing
from serverless_pipeline.settings import Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    import pytest

    from serverless_pipeline.aws import Clients

FAILING = """
Resources:
  KeptBucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
  Clash:
    Type: AWS::S3::Bucket
    DependsOn: KeptBucket
    Properties: {BucketName: "%s"}
"""


def planned(name: str) -> Any:
    """As much of a plan as it takes to look at its stack."""
    return SimpleNamespace(settings=Settings(stack_name=name), bucket="home")


def failed(clients: Clients) -> Stack:
    """A stack whose creation was rolled back."""
    home = bucket.name(Settings(stack_name="test-deployment"), clients)
    bucket.ensure(clients, home)
    bucket.publish(clients, home, "failing.yml", (FAILING % home).encode())
    name = f"deployment-{uuid.uuid4().hex[:8]}"
    change_set.deploy(clients, Desired(name, bucket.url(clients, home, "failing.yml"), {}))
    return operation.watch(clients, stack.demand(clients, name), Patience(timeout=PATIENCE))


def test_a_stack_that_can_never_be_updated_is_deleted_first(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = failed(clients)
    capsys.readouterr()

    ready = up.settle(clients, planned(dead.name), standing.look(clients, dead.name), wait=True)

    assert dead.status is Status.ROLLBACK_COMPLETE
    assert ready.stack is None
    assert stack.find(clients, dead.name) is None
    assert capsys.readouterr().err.splitlines()[-1] == f"Deleted    stack {dead.name}, which was ROLLBACK_COMPLETE"


def test_a_stack_that_is_not_there_is_created(clients: Clients) -> None:
    name = f"never-{uuid.uuid4().hex[:8]}"

    assert up.settle(clients, planned(name), standing.look(clients, name), wait=True).stack is None
