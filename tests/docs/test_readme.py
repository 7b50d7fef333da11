"""What the README shows is what there is. Its two commands are run by `test_end_to_end` and by the gate."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from serverless_pipeline.settings import GitHub, Settings
from tests.support import ROOT
from tests.support.pages import rows, tasks

README = (ROOT / "README.md").read_text()


def between(name: str) -> str:
    """The text between the marks of a name."""
    part = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert part, f"README.md has no part marked {name}"
    return part[1].strip()


def test_the_table_of_tasks_is_what_invoke_lists() -> None:
    shown = {name.strip("`").removeprefix("invoke "): words for name, words in rows(between("tasks"))}

    assert shown == tasks()


def test_the_table_of_settings_is_what_settings_are() -> None:
    shown = {name.strip("`"): default.strip("`") for name, default, _ in rows(between("settings"))}

    assert shown == {name: str(value) or "(none)" for name, value in Settings.defaults().items()}


def test_every_setting_is_explained() -> None:
    assert [name for name, _, words in rows(between("settings")) if len(words) < 10] == []


def test_the_figures_are_there() -> None:
    figures = {row[0]: row for row in rows(between("figures"))}

    assert "`invoke --list`" in figures
    assert all(float(row[1]) > 0 for row in figures.values())


def code(name: str) -> str:
    """The code in the part of a name, without its fence."""
    return "\n".join(between(name).splitlines()[1:-1])


def test_the_settings_for_an_account_are_in_order() -> None:
    section = yaml.safe_load(code("account"))["pipeline"]

    settings = Settings.from_config(section)

    assert isinstance(settings.demand_source(), GitHub)
    assert not settings.is_local


def test_the_status_has_the_keys_of_the_contract() -> None:
    status = json.loads(code("status"))

    assert set(status) == {"target", "stack", "environments", "pipeline"}
    assert set(status["pipeline"]) == {"name", "execution", "stages"}
    [action] = status["pipeline"]["stages"][0]["actions"]
    assert set(action) == {"name", "status", "summary", "error", "started", "ended"}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`?invoke ((?:pipeline|local)\.[a-z]+)", README))))
def test_a_command_that_the_text_names_exists(command: str) -> None:
    assert command in tasks()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_a_link_into_the_repository_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
