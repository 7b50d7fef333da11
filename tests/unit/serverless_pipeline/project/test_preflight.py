"""What would go wrong is told before anything is changed, and all of it together."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack, template, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import lint, preflight, templates, values
from serverless_pipeline.project.bundle import Bundle
from serverless_pipeline.project.lint import Finding
from serverless_pipeline.project.plan import Plan
from serverless_pipeline.project.standing import NOTHING, Standing
from serverless_pipeline.project.templates import Templates
from serverless_pipeline.project.tools import Layer
from serverless_pipeline.settings import S3, GitHub, Settings
from tests.support import environments as support
from tests.support.account import account

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Nothing that cfn-lint would find, no mark of an earlier check, and no stack of an environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lint, "findings", lambda _: [])
    monkeypatch.setattr(stack, "find", lambda *_: None)


def plan(
    built: Bundle, root: str = "Resources: {}", chosen: Mapping[str, str] = MappingProxyType({}), **others: str
) -> Plan:
    drawn = Templates("https://home", {**others, "root": root}, support.dromedary())
    return Plan(GITHUB, "home", drawn, built, chosen)


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


def test_what_was_deleted_by_hand_is_told(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Tree("arn:aws:cloudformation:::stack/shop-Inner/1", "Inner")
    site = Resource("Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
    nested = Resource("Inner", inner.stack_id, stack.KIND, "CREATE_COMPLETE")
    root = Tree("arn:shop", "", (site, nested), {"Inner": inner})
    monkeypatch.setattr(tree, "is_deleted", lambda _, one: one is inner)

    said = mistakes(account(), plan(built), Standing(Stack("shop", "arn:shop", Status.CREATE_COMPLETE), root))

    assert "the bucket shop-site of Site was deleted by hand; aws s3 mb s3://shop-site brings it back, empty" in said
    assert "the nested stack Inner was deleted by hand; only invoke pipeline.down and up make it anew" in said
    assert said.endswith("Next: mend what is named, then invoke pipeline.up")


def stacks(patched: pytest.MonkeyPatch, **owners: str) -> list[str]:
    """Stacks that are there, by the end of their names, with who owns them; answers which were asked for."""
    asked: list[str] = []

    def find(_clients: object, name: str) -> Stack | None:
        asked.append(name)
        owner = owners.get(name.removeprefix("serverless-pipeline-"))
        return None if owner is None else stack_of(name, owner)

    patched.setattr(stack, "find", find)
    return asked


def stack_of(name: str, owner: str) -> Stack:
    return Stack(name, f"arn:{name}", Status.CREATE_COMPLETE, tags={"Application": owner} if owner else {})


def standing(owner: str, *environments: str) -> Standing:
    """A pipeline that is there, with a role for each of these environments."""
    roles = tuple(
        Resource(f"Roles/{name}StackRole", f"shop-{name}", "AWS::IAM::Role", "CREATE_COMPLETE") for name in environments
    )
    return Standing(stack_of("serverless-pipeline", owner), Tree("arn:shop", "", roles))


OURS = "serverless-pipeline"
FOREIGN = "is there, and not of this pipeline; choose another stack_name"


@pytest.mark.parametrize("owner", ["", "another"])
def test_a_stack_of_somebody_else_is_in_the_way_of_an_environment(
    built: Bundle, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    stacks(monkeypatch, test=owner, prod=OURS)

    assert f"the stack serverless-pipeline-test {FOREIGN}" in mistakes(account(), plan(built))


def test_a_stack_of_somebody_else_is_in_the_way_of_an_environment_that_is_new(
    built: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stacks(monkeypatch, test="another", prod="another")

    said = mistakes(account(), plan(built), standing(OURS, "Prod"))

    assert f"the stack serverless-pipeline-test {FOREIGN}" in said
    assert asked == ["serverless-pipeline-test"]


def test_an_environment_of_another_pipeline_is_no_place_for_a_pipeline(built: Bundle) -> None:
    said = mistakes(account(), plan(built), standing("serverless", "Test", "Prod"))

    assert f"the stack serverless-pipeline {FOREIGN}" in said


@pytest.mark.parametrize("owner", ["", OURS])
def test_stacks_of_this_pipeline_are_in_nobodys_way(built: Bundle, monkeypatch: pytest.MonkeyPatch, owner: str) -> None:
    stacks(monkeypatch, test=OURS, prod=OURS)

    assert preflight.check(plan(built), account(), NOTHING) == ()
    assert preflight.check(plan(built), account(), standing(owner, "Test", "Prod")) == ()


def test_what_moves_is_not_asked_for_its_environments(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stacks(monkeypatch, test="another")

    assert preflight.check(plan(built), account(), Standing(stack_of("serverless-pipeline", OURS))) == ()
    assert asked == []


def test_an_environment_that_is_named_no_more_is_deleted_first(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    stacks(monkeypatch, stage=OURS)

    said = mistakes(account(), plan(built), standing(OURS, "Test", "Stage", "Load", "Prod"))

    assert said.splitlines()[1:-1] == [
        (
            "  - environments: Stage is named no more, and its stack is there; name it, then delete it first: "
            "invoke pipeline.down --environment Stage"
        )
    ]


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


def tool(size: int, mode: int = 0o755) -> Layer:
    path = Path(f"{size}.zip")
    member = zipfile.ZipInfo("bin/node")
    member.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x" * size)
    return Layer("tools", path, "digest")


def test_tools_that_are_too_large_beside_the_bundle_are_told(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "UNPACKED_BYTES", 10)

    assert "tools: they have 9 bytes unpacked, more than the 6 that Lambda leaves beside the bundle" in mistakes(
        account(), replace(plan(built), tools=(tool(6), tool(3)))
    )


def test_tools_that_fit_beside_the_bundle_are_well(built: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "UNPACKED_BYTES", 10)

    assert preflight.check(replace(plan(built), tools=(tool(6),)), account(), NOTHING) == ()


def test_a_tool_that_would_not_run_is_told(built: Bundle) -> None:
    assert "tools: bin/node of tools may not be executed by everybody" in mistakes(
        account(), replace(plan(built), tools=(tool(1, 0o644),))
    )


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


@pytest.mark.usefixtures("project")
def test_our_own_templates_pass_with_the_longest_names_that_settings_allow(built: Bundle) -> None:
    settings = Settings(stack_name="s" * 28, environments=("E" * 16,), source=S3())
    chosen = values.of(settings, bucket="b" * 63, bundle_key="k", endpoint="http://127.0.0.1:1", shape="0" * 16)
    planned = Plan(settings, "home", templates.draw(settings, templates.ACCOUNT), built, chosen)

    assert preflight.check(planned, account(), NOTHING) == ()
