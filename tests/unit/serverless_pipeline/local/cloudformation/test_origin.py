from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import change_sets, origin

ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1"
SET = "arn:aws:cloudformation:us-east-1:000000000000:changeSet/ours & theirs/2"
ANSWER = f"<Stack><StackId>{ID}</StackId></Stack>"


class MiniStack:
    """Its stacks by name, and its actions, which answer with `status`."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.status = 200
        self.stacks: dict[str, dict[str, str]] = {"shop": {"StackId": ID}}
        self.change_set: dict[str, str] = {"StackName": "shop", "ChangeSetId": SET}
        self.actions: dict[str, Any] = dict.fromkeys(("ExecuteChangeSet", "UpdateStack"), self._answer)
        self.actions["DescribeStacks"] = lambda _: (200, {}, ANSWER.encode())
        patched.setattr(seams.Seam, "value", property(lambda seam: self._value(seam.name)))
        patched.setattr(change_sets, "sought", lambda _: self.change_set)
        origin.install()

    def _value(self, name: str) -> Any:
        return {
            "_stacks": self.stacks,
            "_ACTION_HANDLERS": self.actions,
            "_p": lambda parameters, name: parameters[name],
        }[name]

    def _answer(self, _parameters: object) -> tuple[int, dict[str, str], bytes]:
        return self.status, {}, b""

    def described(self) -> str:
        return str(self.actions["DescribeStacks"]({})[2].decode())


@pytest.fixture
def ministack(monkeypatch: pytest.MonkeyPatch) -> MiniStack:
    return MiniStack(monkeypatch)


NAMED = f"<StackId>{ID}</StackId><ChangeSetId>{SET.replace('&', '&amp;')}</ChangeSetId>"


def test_a_stack_names_the_change_set_that_was_executed(ministack: MiniStack) -> None:
    ministack.actions["ExecuteChangeSet"]({"ChangeSetName": SET})

    assert NAMED in ministack.described()


def test_a_stack_that_no_change_set_made_names_none(ministack: MiniStack) -> None:
    assert ministack.described() == ANSWER


def test_a_change_set_that_is_refused_made_nothing(ministack: MiniStack) -> None:
    ministack.status = 400

    ministack.actions["ExecuteChangeSet"]({"ChangeSetName": SET})

    assert ministack.described() == ANSWER


def test_a_change_set_that_is_not_there_made_nothing(ministack: MiniStack) -> None:
    ministack.change_set = {}

    assert ministack.actions["ExecuteChangeSet"]({})[0] == 200
    assert ministack.described() == ANSWER


@pytest.mark.parametrize("name", ["shop", ID])
def test_an_update_without_a_change_set_makes_it_forgotten(ministack: MiniStack, name: str) -> None:
    ministack.actions["ExecuteChangeSet"]({"ChangeSetName": SET})

    ministack.actions["UpdateStack"]({"StackName": name})

    assert ministack.described() == ANSWER


def test_an_update_that_is_refused_changes_nothing(ministack: MiniStack) -> None:
    ministack.actions["ExecuteChangeSet"]({"ChangeSetName": SET})
    ministack.status = 400

    ministack.actions["UpdateStack"]({"StackName": "shop"})

    assert NAMED in ministack.described()
