from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from serverless_pipeline.init import next_commands
from serverless_pipeline.init.place import Place

UP = "invoke pipeline.up pipeline.watch"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has neither Invoke nor uv."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("UV", raising=False)


def have(monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    monkeypatch.setattr(shutil, "which", programs.get)


def commands(folder: Path, *, repository: bool = True) -> list[str]:
    return list(next_commands.lines(Place(folder, folder if repository else None)))


def test_where_nothing_is_installed_an_environment_comes_first(tmp_path: Path) -> None:
    assert commands(tmp_path, repository=False) == [
        "git init",
        "python3 -m venv .venv && . .venv/bin/activate && pip install 'serverless-pipeline[local]'",
        UP,
    ]


@pytest.mark.parametrize("way", ["program", "variable"])
def test_uv_makes_it_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "program":
        have(monkeypatch, uv="/usr/bin/uv")
    else:
        monkeypatch.setenv("UV", "/usr/bin/uv")

    assert commands(tmp_path) == [
        "uv venv && . .venv/bin/activate && uv pip install 'serverless-pipeline[local]'", UP
    ]  # fmt: skip


def test_a_project_of_uv_gets_a_group_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()

    assert commands(tmp_path) == [
        "uv add --group pipeline 'serverless-pipeline[local]'",
        f"uv run --group pipeline {UP}",
    ]


def test_where_all_is_installed_the_pipeline_can_come_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, invoke=str(Path(sys.prefix, "bin", "invoke")))

    assert commands(tmp_path) == [UP]


def test_an_invoke_of_elsewhere_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, invoke="/usr/bin/invoke")

    assert len(commands(tmp_path)) == 2


def test_without_the_embedded_aws_it_is_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, invoke=str(Path(sys.prefix, "bin", "invoke")))
    monkeypatch.setattr(next_commands, "find_spec", lambda _: None)

    assert len(commands(tmp_path)) == 2
