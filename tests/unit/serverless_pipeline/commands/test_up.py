from __future__ import annotations

from pathlib import Path

import pytest

from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import up
from serverless_pipeline.errors import Error, Interrupted, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bundle, plan, preflight
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.settings import Settings


def standing(monkeypatch: pytest.MonkeyPatch, status: Status) -> None:
    """An AWS in which the stack is in this state."""
    found = Stack("shop", "arn:shop", status, reason="a role is gone")
    monkeypatch.setattr(stack, "find", lambda *_: found)


def test_an_operation_in_progress_is_attached_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standing(monkeypatch, Status.UPDATE_IN_PROGRESS)
    ended = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE)
    monkeypatch.setattr(operation, "watch", lambda *_, **__: ended)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    ready = up._ready(None, "shop", wait=True)  # type: ignore[arg-type]

    assert ready == ended
    assert capsys.readouterr().err == "Attached   to stack shop, UPDATE_IN_PROGRESS\n"


def test_who_does_not_wait_is_told_that_an_operation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    standing(monkeypatch, Status.UPDATE_IN_PROGRESS)

    with pytest.raises(Error, match=r"nothing was changed\.\n  Next: invoke pipeline\.wait"):
        up._ready(None, "shop", wait=False)  # type: ignore[arg-type]


def test_a_rollback_that_failed_names_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    standing(monkeypatch, Status.UPDATE_ROLLBACK_FAILED)

    with pytest.raises(Error, match=r"a role is gone\n  Next: invoke pipeline\.recover"):
        up._ready(None, "shop", wait=True)  # type: ignore[arg-type]


def test_ctrl_c_while_the_stack_changes_names_the_command_that_attaches_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Stack:
        raise KeyboardInterrupt

    standing(monkeypatch, Status.CREATE_IN_PROGRESS)
    monkeypatch.setattr(operation, "watch", interrupted)
    monkeypatch.setattr(Patience, "towards", lambda *_: Patience())

    with pytest.raises(Interrupted, match=r"goes on\.\n  Next: invoke pipeline\.wait") as caught:
        up._ready(None, "shop", wait=True)  # type: ignore[arg-type]

    assert caught.value.code == 130


@pytest.mark.parametrize(
    ("bytecode", "words"),
    [
        (True, ""),
        (
            False,
            (
                "Without    bytecode: the functions run python3.13, this laptop python3.99; "
                "cold starts take about twice as long\n"
            ),
        ),
    ],
)
def test_a_bundle_without_bytecode_is_told_before_anything_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, *, bytecode: bool
) -> None:
    def check(*_: object) -> None:
        raise Misconfigured("This cannot be deployed.")

    monkeypatch.setattr(bundle, "OWN_RUNTIME", "python3.99")
    monkeypatch.setattr(bundle, "build", lambda _: Bundle(Path("bundle.zip"), "digest", bytecode))
    monkeypatch.setattr(plan, "draw", lambda *_: None)
    monkeypatch.setattr(plan, "parameters", lambda *_: {})
    monkeypatch.setattr(preflight, "check", check)

    with pytest.raises(Misconfigured):
        up.up(Settings(), None, wait=True, sure=True)  # type: ignore[arg-type]

    assert capsys.readouterr().err == words
