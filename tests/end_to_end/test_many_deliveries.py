"""Templates with twelve functions, with two sites, with nothing that the pipeline fills: delivered, and brought back.

The tests of each shape share one project and run in order; each picks up what the one before left.
"""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.support import example, many
from tests.support.project import Project, make
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = [f"Function{letter}" for letter in "ABCDEFGHIJKL"]
CHANGED = "FunctionG"
SITES = ("Shop", "Help")
NO_TASKS = {"INVOKE_PIPELINE_PACKAGE_TASK": "", "INVOKE_PIPELINE_TEST_TASK": "", "INVOKE_PIPELINE_REQUIREMENTS": ""}


def function_says(folder: Path, name: str, word: str) -> None:
    code = folder / "functions" / name / "index.py"
    code.parent.mkdir(parents=True, exist_ok=True)
    code.write_text(f"def handler(event, context):\n    return {word!r}\n")


def page_says(folder: Path, name: str, word: str) -> None:
    page = folder / "sites" / name / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(word)


def project_in(folder: Path) -> Iterator[Project]:
    made = make(folder)
    project = Project(made.folder, made.environment | NO_TASKS, made.words)
    try:
        yield project
    finally:
        project.invoke("local.down")


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Twelve functions in production, and a note that CloudFormation alone delivers."""
    for project in project_in(tmp_path_factory.mktemp("twelve")):
        for name in NAMES:
            function_says(project.folder, name, "first")
        many.write(project.folder, many.functions(NAMES), many.parameter("first"))
        project.invoke("pipeline.up pipeline.watch")
        yield project


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Two sites in production."""
    for project in project_in(tmp_path_factory.mktemp("sites")):
        for name in SITES:
            page_says(project.folder, name, "first")
        many.write(project.folder, many.sites(SITES))
        project.invoke("pipeline.up pipeline.watch")
        yield project


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A note in production, and nothing that the pipeline fills."""
    for project in project_in(tmp_path_factory.mktemp("bare")):
        many.write(project.folder, many.parameter("first"))
        project.invoke("pipeline.up pipeline.watch")
        yield project


def words(project: Project) -> dict[str, str]:
    """What each function says behind its alias."""
    functions = example.clients_of(project).functions
    answers = {name: functions.invoke(FunctionName=f"small-live-{name}", Qualifier="live") for name in NAMES}
    return {name: json.loads(answer["Payload"].read()) for name, answer in answers.items()}


def versions(project: Project) -> dict[str, list[str]]:
    functions = example.clients_of(project).functions
    pages = {name: functions.list_versions_by_function(FunctionName=f"small-live-{name}") for name in NAMES}
    return {name: [one["Version"] for one in page["Versions"][1:]] for name, page in pages.items()}


def pages(project: Project) -> dict[str, str]:
    """What each site says."""
    outputs = project.data("pipeline.outputs")
    return {name: urllib.request.urlopen(outputs[f"Live{name}Url"]).read().decode() for name in SITES}


def note(project: Project) -> str:
    return str(project.data("pipeline.outputs")["LiveNote"])


def releases(project: Project) -> list[tuple[bool, bool]]:
    """Of each release, the newest first, whether it is complete and whether it is current."""
    (live,) = project.data("pipeline.releases")["environments"]
    return [(one["complete"], one["current"]) for one in live["releases"]]


def test_twelve_functions_are_delivered_each_behind_its_alias(twelve: Project) -> None:
    assert words(twelve) == dict.fromkeys(NAMES, "first")
    assert versions(twelve) == {name: ["1", "2"] for name in NAMES}


def test_one_that_changed_gets_one_version_and_the_others_none(twelve: Project) -> None:
    function_says(twelve.folder, CHANGED, "second")
    many.write(twelve.folder, many.functions(NAMES), many.parameter("second"))

    said = twelve.invoke("pipeline.run")

    assert re.findall(r"small-live-(\w+):live is version 3", said) == [CHANGED]
    assert versions(twelve) == {name: ["1", "2", "3"] if name == CHANGED else ["1", "2"] for name in NAMES}
    until(lambda: words(twelve)[CHANGED] == "second", "the alias that was moved")
    assert words(twelve) == dict.fromkeys(NAMES, "first") | {CHANGED: "second"}


def test_both_releases_are_on_record(twelve: Project) -> None:
    assert releases(twelve) == [(True, True), (True, False)]


def test_a_rollback_has_all_twelve_functions_at_the_release_and_leaves_the_stack(twelve: Project) -> None:
    said = twelve.invoke("pipeline.rollback --yes")

    assert re.findall(r"^Moved +function small-live-(\w+):live is version 2$", said, re.MULTILINE) == NAMES
    assert "Left       the stack as it is" in said
    until(lambda: words(twelve)[CHANGED] == "first", "the alias that was moved back")
    assert words(twelve) == dict.fromkeys(NAMES, "first")
    assert releases(twelve) == [(True, False), (True, True)]
    assert note(twelve) == "second"


def test_twelve_functions_go_down_and_leave_nothing(twelve: Project) -> None:
    twelve.invoke("pipeline.down --yes")

    assert example.left_at_last(example.clients_of(twelve)) == []


def test_two_sites_are_delivered_and_brought_back_each_as_it_was(sites: Project) -> None:
    page_says(sites.folder, "Help", "second")
    sites.invoke("pipeline.run")
    after = pages(sites)

    said = sites.invoke("pipeline.rollback --yes")

    assert after == {"Shop": "first", "Help": "second"}
    assert len(re.findall(r"^Moved +site small-live-", said, re.MULTILINE)) == 2
    assert pages(sites) == {"Shop": "first", "Help": "first"}


def test_two_sites_go_down_and_leave_nothing(sites: Project) -> None:
    sites.invoke("pipeline.down --yes")

    assert example.left_at_last(example.clients_of(sites)) == []


def test_a_stack_alone_is_a_release_and_the_way_back_is_a_commit(bare: Project) -> None:
    many.write(bare.folder, many.parameter("second"))
    bare.invoke("pipeline.run")

    said = bare.invoke("pipeline.rollback --yes", ends=1)

    assert "is a stack alone, and CloudFormation has no way back" in said
    assert "git revert, then invoke pipeline.run" in said
    assert releases(bare) == [(True, True), (True, False)]
    assert note(bare) == "second"


def test_a_stack_alone_goes_down_and_leaves_nothing(bare: Project) -> None:
    bare.invoke("pipeline.down --yes")

    assert example.left_at_last(example.clients_of(bare)) == []
