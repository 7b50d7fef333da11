"""The contributor's loop, which no pipeline calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from invoke import Context

import tasks
from tests.support import ROOT

if TYPE_CHECKING:
    import pytest


def test_check_looks_at_format_lint_and_types_before_it_runs_the_unit_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    monkeypatch.setattr(tasks, "_python", lambda _c, arguments: commands.append(arguments))

    tasks.check(Context())

    assert commands == ["ruff format --check .", "ruff check .", "mypy", "pytest -q -n auto"]


def test_the_hooks_of_a_commit_are_the_same_checks_without_the_tests() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())

    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks] == [*tasks.CHECKS[:-1]]
    assert {(hook["language"], hook["pass_filenames"]) for hook in hooks} == {("system", False)}
