"""What the README shows is what there is. Its two commands are run by `test_end_to_end` and by the gate."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from serverless_pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def between(name: str) -> str:
    """The text between the marks of a name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert found, f"README.md has no part marked {name}"
    return found[1].strip()


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def listed() -> dict[str, str]:
    """Every task and the first line of its help, as Invoke lists them."""
    command = [sys.executable, "-m", "invoke", "--list", "--list-format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(named(json.loads(done.stdout), ""))


def named(collection: dict, prefix: str) -> list[tuple[str, str]]:
    own = [(f"{prefix}{task['name']}", task["help"]) for task in collection["tasks"]]
    below = [pair for inner in collection["collections"] for pair in named(inner, f"{prefix}{inner['name']}.")]
    return own + below


def test_the_table_of_tasks_is_what_invoke_lists() -> None:
    shown = {name.strip("`").removeprefix("invoke "): words for name, words in rows(between("tasks"))}

    assert shown == listed()


def test_the_table_of_settings_is_what_settings_are() -> None:
    shown = {name.strip("`"): default.strip("`") for name, default, _ in rows(between("settings"))}

    assert shown == {name: str(value) or "(none)" for name, value in Settings.defaults().items()}
    assert set(shown) == {field.name for field in fields(Settings)}


def test_every_setting_is_explained() -> None:
    assert [name for name, _, words in rows(between("settings")) if len(words) < 10] == []


def test_the_figures_are_there() -> None:
    figures = {row[0]: row for row in rows(between("figures"))}

    assert "`invoke --list`" in figures
    assert all(float(row[1]) > 0 for row in figures.values())


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`?invoke ((?:pipeline|local)\.[a-z]+)", README))))
def test_a_command_that_the_text_names_exists(command: str) -> None:
    assert command in listed()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_a_link_into_the_repository_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
