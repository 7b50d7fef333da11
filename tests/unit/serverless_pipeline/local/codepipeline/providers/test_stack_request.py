"""The files and values of a configuration become what CloudFormation is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.providers import stack_request
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from tests.support.engine import REGION
from tests.support.lambdas import zipped
from tests.support.provider_work import INPUT, Services, work_of

FILES: dict[str, Any] = {
    "t.yml": "Resources: {}",
    "c.json": json.dumps({"Parameters": {"A": "1", "B": "2"}, "Tags": {"team": "red"}, "StackPolicy": {"x": 1}}),
    "odd.json": json.dumps({"Outputs": {}}),
    "numbers.json": json.dumps({"Parameters": {"A": 1}}),
    "list.json": "[]",
    "large.yml": "#" * 51_201,
}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services(artifact=zipped(FILES)).install(monkeypatch)


def arguments(**configuration: str) -> dict[str, Any]:
    whole = {"RoleArn": "arn:role", "TemplatePath": "In::t.yml", **configuration}
    return stack_request.arguments(work_of("Deploy", "CloudFormation", whole, inputs=(INPUT,)))


@pytest.mark.usefixtures("services")
def test_overrides_go_over_the_parameters_of_the_file() -> None:
    overrides = json.dumps({"B": "3", "C": {"Fn::GetParam": ["In", "one.json", "k"]}})
    more = Services(artifact=zipped({**FILES, "one.json": '{"k": "v"}'}))
    with pytest.MonkeyPatch.context() as patch:
        more.install(patch)

        request = arguments(
            TemplateConfiguration="In::c.json", ParameterOverrides=overrides, Capabilities="CAPABILITY_IAM, X"
        )

    assert request == {
        "TemplateBody": "Resources: {}",
        "RoleARN": "arn:role",
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in (("A", "1"), ("B", "3"), ("C", "v"))
        ],
        "Capabilities": ["CAPABILITY_IAM", "X"],
        "Tags": [{"Key": "team", "Value": "red"}],
    }


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("BucketName", "store"),
        ("ObjectKey", "p/In/abc"),
        ("URL", f"https://s3.{REGION}.amazonaws.com/store/p/In/abc"),
    ],
)
def test_an_artifact_has_attributes(attribute: str, value: str) -> None:
    request = arguments(ParameterOverrides=json.dumps({"A": {"Fn::GetArtifactAtt": ["In", attribute]}}))

    assert request["Parameters"] == [{"ParameterKey": "A", "ParameterValue": value}]


@pytest.mark.usefixtures("services")
def test_a_stack_policy_is_an_argument_of_its_own() -> None:
    with_one = work_of("Deploy", "CloudFormation", {"TemplateConfiguration": "In::c.json"}, inputs=(INPUT,))

    assert stack_request.policy(with_one) == {"StackPolicyBody": '{"x": 1}'}
    assert stack_request.policy(work_of("Deploy", "CloudFormation", {})) == {}


def test_a_large_template_goes_by_way_of_the_store(services: Services) -> None:
    request = arguments(TemplatePath="In::large.yml")

    assert request["TemplateURL"] == f"https://s3.{REGION}.amazonaws.com/store/p/templates/run"
    assert "TemplateBody" not in request
    body = FILES["large.yml"].encode()
    assert services.calls == [("put_object", {"Bucket": "store", "Key": "p/templates/run", "Body": body})]


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"ParameterOverrides": "["}, "ParameterOverrides is no JSON"),
        ({"ParameterOverrides": "[]"}, "ParameterOverrides must be a JSON object"),
        ({"ParameterOverrides": '{"A": 1}'}, "A in ParameterOverrides must be a string"),
        ({"ParameterOverrides": '{"A": {"Ref": "B"}}'}, "A in ParameterOverrides must be a string"),
        ({"ParameterOverrides": '{"A": "' + "x" * 1024 + '"}'}, "more than the 1024 it may have"),
        (
            {"ParameterOverrides": '{"A": {"Fn::GetArtifactAtt": ["In", "Size"]}}'},
            "Fn::GetArtifactAtt knows BucketName, ObjectKey, URL, and not Size",
        ),
        (
            {"ParameterOverrides": '{"A": {"Fn::GetParam": ["In", "c.json", "none"]}}'},
            "Fn::GetParam found no string none in In::c.json",
        ),
        ({"TemplateConfiguration": "In::odd.json"}, "In::odd.json holds Outputs; it may hold"),
        ({"TemplateConfiguration": "In::numbers.json"}, "Parameters of In::numbers.json must be an object of strings"),
        ({"TemplateConfiguration": "In::list.json"}, "In::list.json must be a JSON object"),
    ],
)
def test_what_cannot_be_used_is_named(configuration: dict[str, str], message: str) -> None:
    with pytest.raises(UnusableError, match=message):
        arguments(**configuration)
