"""docs/actions.md names every parameter that the functions take, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambdas import deploy, run_task
from lambdas.delivery import rehearsal
from lambdas.delivery.delivery import KINDS, TESTED
from lambdas.job import attempts
from lambdas.tasks import template

DOCUMENT = (Path(__file__).parents[2] / "docs" / "actions.md").read_text()


def documented(title: str) -> set[str]:
    """The parameters in the table below a title that begins with these words; `<…>` stands for what may follow."""
    (section,) = re.findall(rf"^##+ {re.escape(title)}.*?\n(.*?)(?=^##|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    return {name.partition("<")[0] for name in re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE)} - {""}


@pytest.mark.parametrize("name", KINDS)
def test_of_a_kind_of_delivery(name: str) -> None:
    kind = KINDS[name]

    assert documented(f"`type={name}`") == {*kind.keys, *kind.options, *kind.prefixes}


def test_of_a_rehearsal() -> None:
    assert documented("`type=mock`") == {"result", "times", "message", rehearsal._VARIABLE}


def test_of_every_delivery() -> None:
    assert documented("`deploy`") == {deploy.TYPE, deploy.PATH, TESTED, deploy.RELEASE}
    assert set(re.findall(r"`type=(.+?)`", DOCUMENT)) == {*KINDS, rehearsal.TYPE}


def test_of_a_task() -> None:
    assert documented("`run-task`") == {*run_task._KEYS, run_task._VARIABLE, run_task._SECRET, template.VALUES}


def test_of_every_function() -> None:
    assert documented("Every function") == {attempts.KEY}
