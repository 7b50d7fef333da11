"""What would go wrong is told before anything is changed, and all of it together."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serverless_pipeline.cloudformation import stack, template
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import lint, preflight, templates, values
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.lint import Finding
from serverless_pipeline.project.plan import Plan
from serverless_pipeline.project.standing import NOTHING, Standing
from serverless_pipeline.project.templates import Templates
from serverless_pipeline.settings import S3, GitHub, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
def no_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that cfn-lint would find, and no mark of an earlier check."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lint, "findings", lambda _: [])


def account(**services: Any) -> Any:
    """Clients of an account that answers well, unless something else is said."""
    well = {
        "codepipeline": SimpleNamespace(list_pipelines=lambda **_: {}),
        "connections": SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "AVAILABLE"}}),
        "functions": SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": 1000}}),
    }
    return SimpleNamespace(endpoint=None, account="123456789012", region="eu-west-1", **(well | services))


def plan(
    built: Bundle, root: str = "Resources: {}", chosen: Mapping[str, str] = MappingProxyType({}), **others: str
) -> Plan:
    return Plan(GITHUB, "home", Templates("https://home", {**others, "root": root}), built, chosen)


def mistakes(clients: Any, planned: Plan, standing: Standing = NOTHING) -> str:
    with pytest.raises(Misconfigured) as caught:
        preflight.check(planned, clients, standing)
    return str(caught.value)


def test_what_is_well_passes(built: Bundle) -> None:
    assert preflight.check(plan(built), account(), NOTHING) == ()


def test_all_findings_are_told_together(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Finding("roles", 12, "E3002", "error", "odd", "odd: true")
    monkeypatch.setattr(lint, "findings", lambda _: [odd])
    waiting = SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "PENDING"}})

    said = mistakes(account(connections=waiting), plan(built, ROOT, {"Size": "10", "Word": "Long", "Other": "x"}))

    assert "it has 7 mistakes" in said
    for words in ("E3002", "10 must be 1 to 9", "does not match [a-z]+", "more than 3", "Given", "Other", "PENDING"):
        assert words in said
    assert said.endswith("invoke pipeline.up; invoke pipeline.lint looks at the templates alone")


def test_a_connection_that_waits_for_a_person_says_where_the_person_goes(built: Bundle) -> None:
    waiting = SimpleNamespace(get_connection=lambda **_: {"Connection": {"ConnectionStatus": "PENDING"}})

    said = mistakes(account(connections=waiting), plan(built))

    assert "https://eu-west-1.console.aws.amazon.com/codesuite/settings/connections?region=eu-west-1" in said


def test_a_reduced_quota_of_concurrency_is_told(built: Bundle) -> None:
    few = SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": 5}})

    assert "runs 5 functions at once" in mistakes(account(functions=few), plan(built))


def test_a_region_without_the_service_is_told(built: Bundle) -> None:
    def nowhere(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://codepipeline.xx-north-1.amazonaws.com")

    none = SimpleNamespace(list_pipelines=nowhere)

    assert "region eu-west-1: CodePipeline does not answer" in mistakes(account(codepipeline=none), plan(built))


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings"),
        ClientError({"Error": {"Code": "InternalFailure", "Message": "no"}}, "GetAccountSettings"),
        EndpointConnectionError(endpoint_url="https://lambda.xx-north-1.amazonaws.com"),
    ],
)
def test_a_look_at_the_account_that_fails_ends_nothing(built: Bundle, error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    clients = account(functions=SimpleNamespace(get_account_settings=fail))

    assert preflight.check(plan(built), clients, NOTHING) == (f"a look at the account that it did not answer: {error}",)


def test_the_embedded_aws_is_no_account(built: Bundle) -> None:
    clients = SimpleNamespace(endpoint=object(), account="000000000000", region="us-east-1")

    assert preflight.check(plan(built), clients, NOTHING) == ()  # type: ignore[arg-type]


def test_what_was_deleted_by_hand_is_told(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Tree("arn:aws:cloudformation:::stack/shop-Inner/1", "Inner")
    site = Resource("Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
    nested = Resource("Inner", inner.stack_id, stack.KIND, "CREATE_COMPLETE")
    root = Tree("arn:shop", "", (site, nested), {"Inner": inner})
    monkeypatch.setattr(stack, "find", lambda *_: None)

    said = mistakes(account(), plan(built), Standing(Stack("shop", "arn:shop", Status.CREATE_COMPLETE), root))

    assert "the bucket shop-site of Site was deleted by hand; aws s3 mb s3://shop-site brings it back, empty" in said
    assert "the nested stack Inner was deleted by hand; only invoke pipeline.down and up make it anew" in said
    assert said.endswith("Next: mend what is named, then invoke pipeline.up")


def test_a_plan_that_was_well_is_not_looked_at_again(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []

    def note(drawn: object) -> list[Finding]:
        looks.append(drawn)
        return []

    monkeypatch.setattr(lint, "findings", note)
    root = "Parameters: {Word: {Type: String, Default: a}}"

    for word in ("a", "a", "b"):
        preflight.check(plan(built, root, {"Word": word}), account(), NOTHING)

    assert len(looks) == 2


def test_a_plan_with_a_mistake_is_looked_at_again(built: Bundle) -> None:
    for _ in range(2):
        assert "Other" in mistakes(account(), plan(built, chosen={"Other": "x"}))


def test_a_template_that_is_too_large_is_told(built: Bundle) -> None:
    large = "Description: " + "x" * preflight.TEMPLATE_BYTES

    assert "the template roles has 1,000,013 bytes" in mistakes(account(), plan(built, roles=large))


def test_a_bundle_that_is_too_large_unpacked_is_told(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "UNPACKED_BYTES", 3)

    assert "the bundle has 4 bytes unpacked" in mistakes(account(), plan(built))


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

    said = mistakes(account(), plan(built, root, {"PackageTask": "t" * 990}, pipeline=pipeline))

    assert "the UserParameters of Commit/Package have 1005 characters, more than 1000" in said


@pytest.mark.parametrize(("kind", "name"), template.NAMES)
def test_a_name_that_is_too_long_is_told(built: Bundle, kind: str, name: str) -> None:
    longest = template.NAMES[kind, name]
    tail = "n" * longest
    root = f'Resources: {{Thing: {{Type: "{kind}", Properties: {{{name}: !Sub "${{AWS::StackName}}{tail}"}}}}}}'

    said = mistakes(account(), replace(plan(built, root), settings=replace(GITHUB, stack_name="s")))

    assert f"Thing.{name}" in said
    assert f"has {longest + 1} characters, more than {longest}" in said


def test_our_own_templates_pass_with_the_longest_names_that_settings_allow(built: Bundle) -> None:
    settings = Settings(stack_name="s" * 28, environments=("E" * 16,), source=S3())
    chosen = values.of(settings, bucket="b" * 63, bundle_key="k", endpoint="http://127.0.0.1:1")
    planned = Plan(settings, "home", templates.draw(settings, templates.ACCOUNT), built, chosen)

    assert preflight.check(planned, account(), NOTHING) == ()
