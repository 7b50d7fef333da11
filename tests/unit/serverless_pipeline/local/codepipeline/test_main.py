"""The page of what is imitated is the one that the documentation has."""

from __future__ import annotations

import re
import subprocess
import sys

from serverless_pipeline.local.codepipeline import __main__ as main
from serverless_pipeline.local.codepipeline.providers import absent
from serverless_pipeline.local.codepipeline.wire import boundary, shapes
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS
from tests.support import ROOT

PAGE = ROOT / "docs" / "embedded-aws.md"


def test_the_documentation_has_the_page_that_the_code_makes() -> None:
    words = [sys.executable, "-m", "serverless_pipeline.local.codepipeline"]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert PAGE.read_text() == printed


def test_every_operation_of_the_service_has_its_answer() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (done|refused)", main.page(), re.MULTILINE))

    assert rows.keys() == set(shapes.operations())
    assert {name for name, answer in rows.items() if answer == "done"} == set(OPERATIONS)


def test_every_member_that_is_refused_stands_there_with_what_to_do_instead() -> None:
    page = main.page()

    assert [member for member, way in boundary.REFUSED.items() if f"| `{member}` | {way} |" not in page] == []


def test_each_provider_that_is_not_there_stands_there_with_what_to_do_instead() -> None:
    page = main.page()

    assert "| Invoke/InspectorScan | run the same commands in a task, by an Invoke/Lambda action |" in page
    assert [name for name, way in absent.names().items() if f"| {name} | {way} |" not in page] == []


def test_what_a_provider_goes_without_stands_there() -> None:
    assert "`CombineArtifacts`: it is about batches of builds, and there are none here" in main.page()
