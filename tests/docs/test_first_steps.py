"""The pages for who begins: what they show is what init writes, their settings are settings, their prices add up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from serverless_pipeline.init import settings_file, survey, tasks_file
from serverless_pipeline.settings import GitHub, Settings, WorkingTree
from tests.support import ROOT
from tests.support.folder import SITE_PROJECT, fill
from tests.support.pages import code, part, rows, tasks

if TYPE_CHECKING:
    from pathlib import Path

START, ACCOUNT, COMPARE = (ROOT / "docs" / f"{name}.md" for name in ("start", "account", "compare"))
MINUTE, FREE = 0.002, 100
"""Dollars for a minute of an action, and minutes that cost nothing."""


def site(folder: Path) -> survey.Survey:
    """The shop of the page as init sees it."""
    return survey.look(fill(folder / "shop", SITE_PROJECT))


def test_the_tasks_that_are_shown_are_those_that_are_written(tmp_path: Path) -> None:
    assert code(START, "tasks") == tasks_file.text(site(tmp_path))


def test_the_settings_that_are_shown_are_those_that_are_written(tmp_path: Path) -> None:
    written = settings_file.text(site(tmp_path))

    assert yaml.safe_load(code(START, "settings")) == yaml.safe_load(written)
    assert written.endswith(code(START, "settings"))


def test_what_is_written_by_hand_is_listed(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(code(START, "project"))

    done = subprocess.run(
        [sys.executable, "-m", "invoke", "--list"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(name in done.stdout for name in ("package", "test-functional", "local.up", "pipeline.up"))


@pytest.mark.parametrize(("name", "source"), [("tree", WorkingTree), ("github", GitHub)])
def test_the_settings_for_an_account_are_in_order(name: str, source: type) -> None:
    settings = Settings.from_config(yaml.safe_load(code(ACCOUNT, name))["pipeline"])

    assert isinstance(settings.demand_source(), source)
    assert (settings.target, settings.region) == ("aws", "eu-central-1")


@pytest.mark.parametrize("page", [START, ACCOUNT, COMPARE], ids=lambda page: page.name)
def test_a_command_that_a_page_names_exists(page: Path) -> None:
    lines = re.findall(r"invoke(?: -f \S+)?((?: (?:--[\w=-]+|pipeline\.[a-z]+|local\.[a-z]+))+)", page.read_text())
    words = {word for line in lines for word in line.split() if not word.startswith("-")}

    assert words <= set(tasks())


def test_the_prices_of_runs_add_up() -> None:
    for _, actions, price, runs in rows(part(ACCOUNT, "costs")):
        assert price == f"${int(actions) * MINUTE:.3f}"
        assert int(runs) == FREE // int(actions)


def test_the_actions_that_are_counted_are_those_that_run() -> None:
    counts = {words.split()[0]: int(actions) for words, actions, *_ in rows(part(ACCOUNT, "costs"))}
    readme = part(ROOT / "README.md", "output").count("Succeeded   ")

    assert counts == {"the": code(START, "up-output").count("Succeeded   "), "Dromedary,": readme}


@pytest.mark.parametrize("page", [ACCOUNT, COMPARE], ids=lambda page: page.name)
def test_prices_and_facts_have_their_date(page: Path) -> None:
    assert "November 2026" in page.read_text()


def test_each_way_is_compared_under_each_title_and_facts_have_their_source() -> None:
    tables = re.findall(r"^\| \| \|\n\| --- \| --- \|\n((?:\|.*\n)+)", COMPARE.read_text(), re.MULTILINE)

    assert tables
    for table in tables:
        ways = [way for line in table.splitlines() for way in line.split(" | ")[0].strip("| ").split(", ")]
        assert ways == ["here", "SAM", "CDK", "Serverless"]
        assert "](https://" in table
