from __future__ import annotations

import os
import tomllib
from typing import Any

import pytest
from samtranslator.translator import transform as translator

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import serverless
from tests.support import ROOT

FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": "def handler(e, c): pass"},
}
SAM = {"Transform": serverless.TRANSFORM, "Resources": {"Hello": FUNCTION}}


class Failed(dict[str, Any]):
    """A template that cannot be transformed, as MiniStack hands it on."""

    def __init__(self, template: dict[str, Any], error: str) -> None:
        super().__init__(template)
        self.error = error


@pytest.fixture(autouse=True)
def applied(empty_ministack: None) -> list[Any]:
    """What MiniStack's own transforms were applied to."""
    del empty_ministack
    applied: list[Any] = []

    def apply(template: dict[str, Any], *values: Any) -> dict[str, Any]:
        applied.append((template, *values))
        return template

    seams.GET_REGION.replace(lambda: "eu-west-1")
    seams.TRANSFORM_FAILED.replace(Failed)
    seams.AWS_MANAGED_POLICIES.replace({"arn:aws:iam::aws:policy/service-role/Brandnew": {}})
    seams.DECLARED_TRANSFORMS.replace(lambda template: [template.get("Transform")])
    seams.WITHOUT_TRANSFORM.replace(lambda template, _name: {**template, "Transform": ""})
    seams.TRANSFORM_PARAMETERS.replace(lambda _template, provided, _previous: dict(provided))
    seams.APPLY_TRANSFORMS.replace(apply)
    serverless.install()
    return applied


def with_properties(**properties: Any) -> dict[str, Any]:
    function = {**FUNCTION, "Properties": {**FUNCTION["Properties"], **properties}}  # type: ignore[dict-item]
    return {**SAM, "Resources": {"Hello": function}}


def test_a_sam_template_becomes_a_plain_one(applied: list[Any]) -> None:
    plain = seams.APPLY_TRANSFORMS(SAM, {}, {})

    assert {name: one["Type"] for name, one in plain["Resources"].items()} == {
        "Hello": "AWS::Lambda::Function",
        "HelloRole": "AWS::IAM::Role",
    }
    assert "Transform" not in plain
    assert applied == [({**SAM, "Transform": ""}, {}, {})]


def test_the_template_as_it_was_written_stays() -> None:
    seams.APPLY_TRANSFORMS(SAM, {}, {})

    assert SAM == {"Transform": serverless.TRANSFORM, "Resources": {"Hello": FUNCTION}}


def test_a_template_without_the_transform_is_ministacks(applied: list[Any]) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}

    assert seams.APPLY_TRANSFORMS(template, [], {}) == template
    assert applied == [(template, [], {})]


def test_what_another_transform_refused_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Failed({}, "Transform AWS::Include failed with: no")
    monkeypatch.setattr(translator, "transform", None)
    seams.APPLY_TRANSFORMS.replace(serverless.transforming(lambda *_: failed))

    assert seams.APPLY_TRANSFORMS(SAM) is failed


def test_the_values_of_parameters_are_known_to_the_translator() -> None:
    template = {**with_properties(AutoPublishAlias={"Ref": "Name"}), "Parameters": {"Name": {"Type": "String"}}}

    plain = seams.APPLY_TRANSFORMS(template, {"Name": "blue"}, {})

    assert "HelloAliasblue" in plain["Resources"]


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("AWSLambdaBasicExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
        ("Brandnew", "arn:aws:iam::aws:policy/service-role/Brandnew"),
    ],
)
def test_a_managed_policy_may_be_named_without_its_arn(name: str, arn: str) -> None:
    plain = seams.APPLY_TRANSFORMS(with_properties(Policies=[name]), {}, {})

    assert arn in plain["Resources"]["HelloRole"]["Properties"]["ManagedPolicyArns"]


def test_metadata_stays_with_the_resource() -> None:
    resource = {**FUNCTION, "Metadata": {"Delivery": {"Artifact": "app"}}}

    plain = seams.APPLY_TRANSFORMS({**SAM, "Resources": {"Hello": resource}}, {}, {})

    assert plain["Resources"]["Hello"]["Metadata"] == {"Delivery": {"Artifact": "app"}}


def test_every_mistake_of_a_template_is_told_in_awss_words() -> None:
    failed = seams.APPLY_TRANSFORMS(with_properties(Hander="index.handler"), {}, {})

    assert failed.error == (
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        "Number of errors found: 1. Resource with id [Hello] is invalid. "
        "property Hander not defined for resource of type AWS::Serverless::Function"
    )


@pytest.mark.parametrize("before", ["ap-south-1", None])
def test_the_region_is_that_of_the_request_and_the_environment_stays(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    seen: list[str] = []
    if before:
        monkeypatch.setenv("AWS_DEFAULT_REGION", before)
    else:
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    def note(*_: Any, **__: Any) -> dict[str, Any]:
        seen.append(os.environ["AWS_DEFAULT_REGION"])
        return {}

    monkeypatch.setattr(translator, "transform", note)

    serverless.expand(SAM, {})

    assert (seen, os.environ.get("AWS_DEFAULT_REGION")) == (["eu-west-1"], before)


def test_every_list_of_requirements_pins_the_same_translator() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = project["optional-dependencies"]["local"], (ROOT / "requirements.txt").read_text().splitlines()

    pins = [{line for line in listed if line.startswith("aws-sam-translator")} for listed in lists]

    assert pins == [{"aws-sam-translator==1.115.0"}] * 2
