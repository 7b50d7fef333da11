from __future__ import annotations

import json
import webbrowser
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import outputs
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings

CHOSEN = Settings(stack_name="shop")
FOUND = {
    "TestSiteUrl": "http://test/",
    "TestApiUrl": "http://test/api/",
    "PipelineUrl": "http://pipeline/",
    "ArtifactBucketName": "shop-artifacts",
}
LOCAL: Any = SimpleNamespace(endpoint=object(), region="us-east-1")
ACCOUNT: Any = SimpleNamespace(endpoint=None, region="eu-west-1")


@pytest.fixture(autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "demand", lambda *_: Stack("shop", "arn:shop", Status.CREATE_COMPLETE, outputs=FOUND))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    return found


def test_the_outputs_are_listed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.show(CHOSEN, LOCAL, "", "text")

    assert capsys.readouterr().out.splitlines() == [
        "ArtifactBucketName  shop-artifacts",
        "PipelineUrl         http://pipeline/",
        "TestApiUrl          http://test/api/",
        "TestSiteUrl         http://test/",
    ]


def test_programs_read_json_or_one_value(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.show(CHOSEN, LOCAL, "", "json")
    document = json.loads(capsys.readouterr().out)
    outputs.show(CHOSEN, LOCAL, "ArtifactBucketName", "text")

    assert document == FOUND
    assert capsys.readouterr().out == "shop-artifacts\n"


def test_an_output_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(Misconfigured, match=r"there is no TestUrl; there are ArtifactBucketName, PipelineUrl, Test"):
        outputs.show(CHOSEN, LOCAL, "TestUrl", "text")


@pytest.mark.parametrize(("what", "address"), [("pipeline", "http://pipeline/"), ("testsite", "http://test/")])
def test_a_page_is_printed_and_opened_on_a_terminal_only(
    what: str, address: str, opened: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs.visit(CHOSEN, LOCAL, what)
    assert opened == []

    monkeypatch.setattr(console, "is_live", lambda: True)
    outputs.visit(CHOSEN, LOCAL, what)

    assert opened == [address]
    assert capsys.readouterr().out == f"{address}\n" * 2


def test_the_console_shows_the_stack_of_an_account(opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    outputs.visit(CHOSEN, ACCOUNT, "stack")

    where = "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1"
    assert capsys.readouterr().out == f"{where}#/stacks/stackinfo?stackId=arn:shop\n"
    assert opened == []


def test_a_page_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(Misconfigured, match=r"there is no stack; there are Pipeline, TestApi, TestSite"):
        outputs.visit(CHOSEN, LOCAL, "stack")
