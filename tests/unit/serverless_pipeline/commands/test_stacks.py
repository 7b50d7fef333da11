from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import stacks
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    import pytest

CLIENTS: Any = object()
ROOT = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE)
INNER = Stack("shop-Roles-1A", "arn:inner", Status.CREATE_COMPLETE)


def test_the_root_comes_before_those_nested_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "demand", lambda _, name: {"shop": ROOT}[name])
    monkeypatch.setattr(stack, "nested", lambda _, name: iter({"arn:shop": [INNER]}[name]))

    assert stacks.find(Settings(stack_name="shop"), CLIENTS) == [ROOT, INNER]


def test_each_stack_is_told_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    stacks.show([ROOT, INNER])

    assert capsys.readouterr().out == "shop           UPDATE_COMPLETE\nshop-Roles-1A  CREATE_COMPLETE\n"
