from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation import operation, stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import wait
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop")
CLIENTS: Any = object()
PATIENCE = Patience()
ENDED = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE)


class Aws:
    """An AWS whose stack has an operation that ends; it remembers what is followed and concluded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = Stack("shop", "arn:shop", Status.UPDATE_IN_PROGRESS)
        self.calls: list[tuple[str, Any]] = []
        monkeypatch.setattr(stack, "demand", lambda _, name: {"shop": self.root}[name])
        monkeypatch.setattr(operation, "watch", self.watch)
        monkeypatch.setattr(operation, "conclude", self.conclude)

    def watch(self, clients: object, root: Stack, patience: Patience, *, verbose: bool) -> Stack:
        assert (clients, root, patience) == (CLIENTS, self.root, PATIENCE)
        self.calls.append(("watch", verbose))
        return ENDED

    def conclude(self, _clients: object, ended: Stack) -> None:
        self.calls.append(("conclude", ended))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


@pytest.mark.parametrize(("options", "verbose"), [({}, False), ({"verbose": True}, True)])
def test_an_operation_is_followed_to_its_end_and_concluded(
    aws: Aws, options: dict[str, bool], *, verbose: bool
) -> None:
    ended = wait.wait(SETTINGS, CLIENTS, PATIENCE, **options)

    assert ended is ENDED
    assert aws.calls == [("watch", verbose), ("conclude", ENDED)]


def test_a_stack_that_waits_for_a_change_set_is_not_waited_for(aws: Aws) -> None:
    aws.root = Stack("shop", "arn:shop", Status.REVIEW_IN_PROGRESS)

    with pytest.raises(Error) as raised:
        wait.wait(SETTINGS, CLIENTS, PATIENCE)

    words = "The stack shop is empty and waits for a change set.\n  Next: invoke pipeline.up replaces it"
    assert str(raised.value) == words
    assert aws.calls == []


def test_the_end_is_told_with_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    wait.show(ENDED)

    assert capsys.readouterr() == ("", "Ended      stack shop, UPDATE_COMPLETE\n")
