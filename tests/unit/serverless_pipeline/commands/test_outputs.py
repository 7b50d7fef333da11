from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import outputs
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings

SETTINGS = Settings(stack_name="shop")
CLIENTS: Any = object()
OWN = {"PipelineUrl": "http://pipeline/", "ArtifactBucketName": "shop-artifacts"}
OUTPUTS = OWN | {"TestSiteUrl": "http://test/", "ProdSiteUrl": "http://prod/"}
NAMES = ["ArtifactBucketName", "PipelineUrl", "ProdSiteUrl", "TestSiteUrl"]


def delivered(environment: str) -> Stack:
    """The stack of an environment that has a site."""
    return Stack(f"shop-{environment}", "arn", Status.CREATE_COMPLETE, {"SiteUrl": f"http://{environment}/"})


@pytest.fixture(autouse=True)
def stacks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stack]:
    by_name = {
        "shop": Stack("shop", "arn:shop", Status.CREATE_COMPLETE, OWN),
        "shop-test": delivered("test"),
        "shop-prod": delivered("prod"),
    }
    monkeypatch.setattr(stack, "find", lambda _, name: by_name.get(name))
    return by_name


def test_the_outputs_are_in_the_order_of_their_names_those_of_an_environment_after_its_name() -> None:
    result = outputs.read(SETTINGS, CLIENTS)

    assert result == OUTPUTS
    assert list(result) == NAMES


@pytest.mark.parametrize(
    ("there", "names"),
    [
        ([], ["ArtifactBucketName", "PipelineUrl"]),
        (["shop-prod"], ["ArtifactBucketName", "PipelineUrl", "ProdSiteUrl"]),
    ],
    ids=["none", "one of two"],
)
def test_an_environment_that_was_not_delivered_yet_has_none(
    stacks: dict[str, Stack], there: list[str], names: list[str]
) -> None:
    for name in ("shop-test", "shop-prod"):
        if name not in there:
            del stacks[name]

    assert list(outputs.read(SETTINGS, CLIENTS)) == names


@pytest.mark.parametrize("name", ["PipelineUrl", "TestSiteUrl"])
def test_one_output_is_read_by_its_name(name: str) -> None:
    assert outputs.read(SETTINGS, CLIENTS, name) == {name: OUTPUTS[name]}


def test_an_output_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(Misconfigured) as raised:
        outputs.read(SETTINGS, CLIENTS, "TestUrl")

    names = "ArtifactBucketName, PipelineUrl, ProdSiteUrl, TestSiteUrl"
    assert str(raised.value) == (f"--name: there is no TestUrl; there are {names}\n  Next: invoke pipeline.outputs")


def test_a_stack_without_outputs_says_so(stacks: dict[str, Stack]) -> None:
    stacks.clear()
    stacks["shop"] = Stack("shop", "arn:shop", Status.CREATE_IN_PROGRESS)

    assert outputs.read(SETTINGS, CLIENTS) == {}
    with pytest.raises(Misconfigured, match=r"there is no TestUrl; there are none\n"):
        outputs.read(SETTINGS, CLIENTS, "TestUrl")


def test_the_outputs_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.show(OUTPUTS, "text")

    assert capsys.readouterr().out.splitlines() == [
        "PipelineUrl         http://pipeline/",
        "ArtifactBucketName  shop-artifacts",
        "TestSiteUrl         http://test/",
        "ProdSiteUrl         http://prod/",
    ]


def test_programs_read_json(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.show(OUTPUTS, "json")

    assert json.loads(capsys.readouterr().out) == OUTPUTS


@pytest.mark.parametrize("form", ["text", "json"])
def test_scripts_read_one_value_and_nothing_else(capsys: pytest.CaptureFixture[str], form: str) -> None:
    outputs.show({"PipelineUrl": "http://pipeline/"}, form, bare=True)

    assert capsys.readouterr().out == "http://pipeline/\n"


def test_several_values_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    outputs.show({"one": "1", "two": "2"}, "text", bare=True)

    assert capsys.readouterr().out == "1\n2\n"
