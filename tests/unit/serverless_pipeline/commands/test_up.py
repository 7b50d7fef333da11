from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import operation
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import up
from serverless_pipeline.errors import Error, Interrupted
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import plan
from serverless_pipeline.project.standing import Standing
from serverless_pipeline.settings import Settings

PLAN: Any = SimpleNamespace(settings=Settings(stack_name="shop"), bucket="home")


def standing(status: Status) -> Standing:
    """The stack in this state."""
    return Standing(Stack("shop", "arn:shop", status, reason="a role is gone"))


def settle(status: Status, *, wait: bool) -> Standing:
    return up.settle(None, PLAN, standing(status), wait=wait)  # type: ignore[arg-type]


def test_an_operation_in_progress_is_attached_to_and_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = standing(Status.UPDATE_COMPLETE)
    monkeypatch.setattr(operation, "watch", lambda *_, **__: ended.stack)
    monkeypatch.setattr(plan, "look", lambda *_: ended)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    ready = settle(Status.UPDATE_IN_PROGRESS, wait=True)

    assert ready is ended
    assert capsys.readouterr().err == "Attached   to stack shop, UPDATE_IN_PROGRESS\n"


def test_who_does_not_wait_is_told_that_an_operation_runs() -> None:
    with pytest.raises(Error, match=r"nothing was changed\.\n  Next: invoke pipeline\.wait"):
        settle(Status.UPDATE_IN_PROGRESS, wait=False)


def test_a_rollback_that_failed_names_the_command_that_helps() -> None:
    with pytest.raises(Error, match=r"a role is gone\n  Next: invoke pipeline\.recover"):
        settle(Status.UPDATE_ROLLBACK_FAILED, wait=True)


def test_ctrl_c_while_the_stack_changes_names_the_command_that_attaches_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Stack:
        raise KeyboardInterrupt

    monkeypatch.setattr(operation, "watch", interrupted)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    with pytest.raises(Interrupted, match=r"goes on\.\n  Next: invoke pipeline\.wait") as caught:
        settle(Status.CREATE_IN_PROGRESS, wait=True)

    assert caught.value.code == 130
