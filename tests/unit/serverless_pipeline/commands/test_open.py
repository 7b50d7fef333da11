from __future__ import annotations

import webbrowser
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import open as page
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop")
LOCAL: Any = SimpleNamespace(endpoint=object(), region="us-east-1")
ACCOUNT: Any = SimpleNamespace(endpoint=None, region="eu-west-1")
OWN = {"PipelineUrl": "http://pipeline/", "ArtifactBucketName": "shop-artifacts"}
DELIVERED = {"SiteUrl": "http://test/", "ApiUrl": "http://test/api/", "TableName": "shop-table"}


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """The outputs of each stack that is there: the pipeline's own, and the first environment's."""
    values = {"shop": dict(OWN), "shop-test": dict(DELIVERED)}

    def find(_: object, name: str) -> Stack | None:
        return Stack(name, f"arn:{name}", Status.CREATE_COMPLETE, values[name]) if name in values else None

    monkeypatch.setattr(stack, "find", find)
    return values


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was sent to."""
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize(
    ("what", "address"),
    [
        ("pipeline", "http://pipeline/"),
        ("Pipeline", "http://pipeline/"),
        ("testsite", "http://test/"),
        ("TestApi", "http://test/api/"),
    ],
)
def test_a_page_is_an_output_that_is_a_url_named_in_any_case(what: str, address: str) -> None:
    assert page.find(SETTINGS, LOCAL, what) == address


@pytest.mark.usefixtures("outputs")
def test_the_stack_of_an_account_is_a_page_of_the_console() -> None:
    where = "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1"

    assert page.find(SETTINGS, ACCOUNT, "stack") == f"{where}#/stacks/stackinfo?stackId=arn:shop"


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize(
    ("clients", "what", "names"),
    [
        (LOCAL, "stack", "Pipeline, TestApi, TestSite"),
        (ACCOUNT, "site", "Pipeline, Stack, TestApi, TestSite"),
        (LOCAL, "ArtifactBucketName", "Pipeline, TestApi, TestSite"),
    ],
)
def test_a_page_that_is_not_there_names_those_that_are(clients: Any, what: str, names: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        page.find(SETTINGS, clients, what)

    hint = "invoke pipeline.open --what <one of these>"
    assert str(raised.value) == f"--what: there is no {what}; there are {names}\n  Next: {hint}"


def test_an_environment_that_was_delivered_later_has_a_page_then(outputs: dict[str, dict[str, str]]) -> None:
    outputs["shop-prod"] = {"Url": "http://prod/"}

    assert page.find(SETTINGS, LOCAL, "prod") == "http://prod/"


def test_stacks_without_outputs_have_no_page(outputs: dict[str, dict[str, str]]) -> None:
    for one in outputs.values():
        one.clear()

    with pytest.raises(Misconfigured, match=r"there is no pipeline; there are none\n"):
        page.find(SETTINGS, LOCAL, "pipeline")


@pytest.mark.parametrize("is_live", [True, False])
def test_a_page_is_printed_and_opened_on_a_terminal_only(
    browser: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, is_live: bool
) -> None:
    monkeypatch.setattr(console, "is_live", lambda: is_live)

    page.show("http://test/")

    assert capsys.readouterr().out == "http://test/\n"
    assert browser == (["http://test/"] if is_live else [])
