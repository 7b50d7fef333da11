from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import environment_template
from serverless_pipeline.settings import InvalidSettings, Settings
from tests.support import environments

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(stack_name="shop")
BODY: dict[str, Any] = {
    "Parameters": {"Size": {"Type": "Number"}, "Runtime": {"Type": "String"}},
    "Resources": {"Site": environments.site(), "Jobs": environments.QUEUE},
    "Outputs": {"SiteUrl": {"Value": "x"}, "JobsUrl": {"Value": "y"}},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a template."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(json.dumps(BODY))
    return tmp_path


def test_a_template_is_read_with_what_follows_from_it() -> None:
    template = environment_template.read(SETTINGS)

    assert template.body == BODY
    assert template.outputs == ("SiteUrl", "JobsUrl")
    assert [one.name for one in template.shape.deliveries] == ["Site"]
    assert template.shape.parameters == ("Runtime",)


def test_a_template_without_outputs_has_none(project: Path) -> None:
    (project / "template.yaml").write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}\nOutputs:\n")

    template = environment_template.read(SETTINGS)

    assert template.outputs == ()
    assert template.test_outputs(SETTINGS) == {}


def test_what_it_nests_counts_as_its_own(project: Path) -> None:
    nest = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.yaml"}}}
    (project / "template.yaml").write_text(json.dumps({"Resources": nest}))
    (project / "inner.yaml").write_text("Resources: {Votes: {Type: 'AWS::DynamoDB::Table'}}")
    before = environment_template.read(SETTINGS)

    (project / "inner.yaml").write_text("Resources: {Votes: {Type: 'AWS::SQS::Queue'}}")
    after = environment_template.read(SETTINGS)

    assert "AWS::DynamoDB::Table" in before.shape.needs
    assert "AWS::SQS::Queue" in after.shape.needs
    assert before.digest != after.digest


def test_a_template_is_told_from_another_by_its_digest_and_not_by_the_order_of_its_sections(project: Path) -> None:
    first = environment_template.read(SETTINGS).digest
    (project / "template.yaml").write_text(json.dumps(dict(reversed(BODY.items()))))
    turned = environment_template.read(SETTINGS).digest
    (project / "template.yaml").write_text(json.dumps({**BODY, "Description": "another"}))
    other = environment_template.read(SETTINGS).digest

    assert first == turned != other


def test_tests_find_where_the_environment_answers_and_the_outputs_that_are_chosen() -> None:
    template = environment_template.read(SETTINGS)

    assert template.test_outputs(SETTINGS) == {"TARGET_URL": "SiteUrl"}
    chosen = Settings(test_outputs={"QUEUE": "JobsUrl", "TARGET_URL": "JobsUrl"})
    assert template.test_outputs(chosen) == {"TARGET_URL": "JobsUrl", "QUEUE": "JobsUrl"}


def test_all_settings_that_do_not_fit_are_told_together() -> None:
    settings = Settings(
        parameters={"Size": "1", "Colour": "red", "Prod.Shade": "dark"}, test_outputs={"A": "Absent", "B": "SiteUrl"}
    )

    with pytest.raises(Misconfigured) as caught:
        environment_template.read(settings)

    assert str(caught.value) == (
        "The settings do not fit the template:\n"
        "  - parameters: the template template.yaml has no parameter Colour\n"
        "  - parameters: the template template.yaml has no parameter Shade\n"
        "  - test_outputs: A=Absent, and the template template.yaml has no such output\n"
        "  Next: mend invoke.yaml"
    )


def test_a_template_that_is_not_there_is_told() -> None:
    with pytest.raises(Misconfigured, match=r"^template: there is no absent\.yaml"):
        environment_template.read(Settings(template="absent.yaml"))


def test_a_jinja_template_knows_whether_roles_are_bounded(project: Path) -> None:
    (project / "t.yml.j2").write_text("Resources: {Jobs: {Type: 'AWS::SQS::Queue'}}\nDescription: {{ bounded }}\n")
    boundary = "arn:aws:iam::123456789012:policy/bounds"

    bodies = [
        environment_template.read(Settings(template="t.yml.j2", permissions_boundary=one)).body["Description"]
        for one in ("", boundary)
    ]

    assert bodies == [False, True]


def test_a_path_out_of_the_project_is_no_setting() -> None:
    with pytest.raises(InvalidSettings):
        Settings(template="../template.yaml")
