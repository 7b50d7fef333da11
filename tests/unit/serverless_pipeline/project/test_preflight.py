"""What would go wrong is told before anything is changed, and all of it together."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serverless_pipeline.cloudformation import stack, template
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import plan as blueprint
from serverless_pipeline.project import preflight, templates
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.plan import Blueprint
from serverless_pipeline.settings import S3, GitHub, Settings

GITHUB = Settings(
    target="aws",
    source=GitHub("owner/name", "arn:aws:codeconnections:eu-west-1:123456789012:connection/x"),
)
ROOT = """
Parameters:
  Size: {Type: Number, MinValue: 1, MaxValue: 9}
  Word: {Type: String, AllowedPattern: "[a-z]+", MaxLength: 3}
  Given: {Type: String}
"""


@pytest.fixture
def built(tmp_path: Path) -> Bundle:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr("one.py", "pass")
    return Bundle(tmp_path / "bundle.zip", "digest")


@pytest.fixture(autouse=True)
def no_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blueprint, "findings", lambda _: [])
    monkeypatch.setattr(stack, "find", lambda *_: None)


def account(**services: Any) -> Any:
    """Clients of an account that answers well, unless something else is said."""
    well = {
        "codepipeline": SimpleNamespace(list_pipelines=lambda **_: {}),
        "connections": SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "AVAILABLE"}}),
        "functions": SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": 1000}}),
    }
    return SimpleNamespace(endpoint=None, account="123456789012", region="eu-west-1", **(well | services))


def plan(root: str = "Resources: {}", **others: str) -> Blueprint:
    return Blueprint("shop", {**others, "root": root})


def told(settings: Settings, clients: Any, drawn: Blueprint, built: Bundle, **values: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        preflight.check(settings, clients, drawn, built, values)
    return str(caught.value)


def test_what_is_well_passes(built: Bundle) -> None:
    preflight.check(GITHUB, account(), plan(), built, {})


def test_all_findings_are_told_together(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blueprint, "findings", lambda _: ["roles:12  E3002  odd\n    | odd: true"])
    waiting = SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "PENDING"}})

    said = told(GITHUB, account(connections=waiting), plan(ROOT), built, Size="10", Word="Long", Other="x")

    assert "it has 7 mistakes" in said
    for words in ("E3002", "10 must be 1 to 9", "does not match [a-z]+", "more than 3", "Given", "Other", "PENDING"):
        assert words in said
    assert said.endswith("invoke pipeline.up; invoke pipeline.lint looks at the templates alone")


def test_a_connection_that_waits_for_a_person_says_where_the_person_goes(built: Bundle) -> None:
    waiting = SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "PENDING"}})

    said = told(GITHUB, account(connections=waiting), plan(), built)

    assert "https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections?region=eu-west-1" in said


def test_a_reduced_quota_of_concurrency_is_told(built: Bundle) -> None:
    few = SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": 5}})

    assert "runs 5 functions at once" in told(GITHUB, account(functions=few), plan(), built)


def test_a_region_without_the_service_is_told(built: Bundle) -> None:
    def nowhere(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://codepipeline.xx-north-1.amazonaws.com")

    none = SimpleNamespace(list_pipelines=nowhere)

    assert "region eu-west-1: CodePipeline does not answer" in told(GITHUB, account(codepipeline=none), plan(), built)


def test_a_check_that_is_refused_is_a_note_and_no_finding(built: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")

    preflight.check(GITHUB, account(functions=SimpleNamespace(get_account_settings=refuse)), plan(), built, {})

    assert "Skipped    a check that the account refuses" in capsys.readouterr().err


def test_a_template_that_is_too_large_is_told(built: Bundle) -> None:
    large = "Description: " + "x" * preflight.TEMPLATE_BYTES

    assert "the template roles has 1,000,013 bytes" in told(GITHUB, account(), plan(roles=large), built)


def test_a_bundle_that_is_too_large_unpacked_is_told(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "UNPACKED_BYTES", 3)

    assert "the bundle has 4 bytes unpacked" in told(GITHUB, account(), plan(), built)


def test_user_parameters_that_are_too_long_with_their_values_are_told(built: Bundle) -> None:
    pipeline = """
Resources:
  Pipeline:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Stages:
        - Name: Commit
          Actions: [{Name: Package, Configuration: {UserParameters: !Sub "task=${PackageTask}&x=${!kept}"}}]
"""
    root = "Parameters: {PackageTask: {Type: String}}"

    said = told(GITHUB, account(), plan(root, pipeline=pipeline), built, PackageTask="t" * 990)

    assert "the UserParameters of Commit/Package have 1005 characters, more than 1000" in said


@pytest.mark.parametrize(("kind", "name"), template.NAMES)
def test_a_name_that_is_too_long_is_told(built: Bundle, kind: str, name: str) -> None:
    longest = template.NAMES[kind, name]
    tail = "n" * longest
    drawn = plan(f'Resources: {{Thing: {{Type: "{kind}", Properties: {{{name}: !Sub "${{AWS::StackName}}{tail}"}}}}}}')

    said = told(replace(GITHUB, stack_name="s"), account(), drawn, built)

    assert f"Thing.{name}" in said
    assert f"has {longest + 1} characters, more than {longest}" in said


def test_our_own_templates_pass_with_the_longest_names_that_settings_allow(built: Bundle) -> None:
    settings = Settings(stack_name="s" * 28, environments=("E" * 16,), source=S3())
    drawn = blueprint.draw(settings)
    values = templates.parameters(settings, bucket="b" * 63, bundle_key="k", endpoint="http://127.0.0.1:1")

    preflight.check(settings, account(), drawn, built, values)


def test_templates_without_a_finding_are_linted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    linted: list[object] = []
    monkeypatch.setattr(templates, "lint", lambda drawn: linted.append(drawn) or [])

    blueprint.check(Settings())
    blueprint.check(Settings())
    once = len(linted)
    Path(".cfnlintrc").write_text("ignore_checks: [W1001]\n")
    blueprint.check(Settings())

    assert once == 1
    assert len(linted) == 2
