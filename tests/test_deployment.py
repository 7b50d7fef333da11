from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import bucket, change_set, deployment, operation, stack
from serverless_pipeline.errors import Error, Interrupted
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings
from serverless_pipeline.stack import Desired, Stack, Status

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

FAILING = """
Resources:
  KeptBucket: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
  Clash:
    Type: AWS::S3::Bucket
    DependsOn: KeptBucket
    Properties: {BucketName: "%s"}
"""


def standing(monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    """An AWS in which the stack is in this state."""
    found = Stack("shop", "arn:shop", status, reason="a role is gone")
    monkeypatch.setattr(stack, "find", lambda *_: found)


def failed(clients: Clients) -> Stack:
    """A stack whose creation was rolled back."""
    home = bucket.name(Settings(stack_name="test-deployment"), clients)
    bucket.ensure(clients, home)
    bucket.publish(clients, home, "failing.yml", (FAILING % home).encode())
    name = f"deployment-{uuid.uuid4().hex[:8]}"
    change_set.deploy(clients, Desired(name, bucket.url(clients, home, "failing.yml"), {}))
    return operation.watch(clients, stack.demand(clients, name), Patience(timeout=30))


@pytest.mark.embedded
def test_a_stack_that_can_never_be_updated_is_deleted_first(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = failed(clients)
    capsys.readouterr()

    ready = deployment._ready(clients, dead.name, wait=True)

    assert dead.status is Status.ROLLBACK_COMPLETE
    assert ready is None
    assert stack.find(clients, dead.name) is None
    assert capsys.readouterr().err.splitlines()[-1] == f"Deleted    stack {dead.name}, which was ROLLBACK_COMPLETE"


@pytest.mark.embedded
def test_a_stack_that_is_not_there_is_created(clients: Clients) -> None:
    assert deployment._ready(clients, f"never-{uuid.uuid4().hex[:8]}", wait=True) is None


def test_an_operation_in_progress_is_attached_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standing(monkeypatch, Status.UPDATE_IN_PROGRESS)
    ended = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE)
    monkeypatch.setattr(operation, "watch", lambda *_, **__: ended)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    ready = deployment._ready(None, "shop", wait=True)  # type: ignore[arg-type]

    assert ready == ended
    assert capsys.readouterr().err == "Attached   to stack shop, UPDATE_IN_PROGRESS\n"


def test_who_does_not_wait_is_told_that_an_operation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    standing(monkeypatch, Status.UPDATE_IN_PROGRESS)

    with pytest.raises(Error, match=r"nothing was changed\.\n  Next: invoke pipeline\.wait"):
        deployment._ready(None, "shop", wait=False)  # type: ignore[arg-type]


def test_a_rollback_that_failed_names_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    standing(monkeypatch, Status.UPDATE_ROLLBACK_FAILED)

    with pytest.raises(Error, match=r"a role is gone\n  Next: invoke pipeline\.recover"):
        deployment._ready(None, "shop", wait=True)  # type: ignore[arg-type]


def test_ctrl_c_while_the_stack_changes_names_the_command_that_attaches_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Stack:
        raise KeyboardInterrupt

    standing(monkeypatch, Status.CREATE_IN_PROGRESS)
    monkeypatch.setattr(operation, "watch", interrupted)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    with pytest.raises(Interrupted, match=r"goes on\.\n  Next: invoke pipeline\.wait") as caught:
        deployment._ready(None, "shop", wait=True)  # type: ignore[arg-type]

    assert caught.value.code == 130
