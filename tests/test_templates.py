"""Every shape of the templates, rendered and linted, and what each shape must hold."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from cfnlint.decode.decode import decode_str

from serverless_pipeline import templates
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/0b5a6f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b"
SOURCES = {
    "local": Settings(requirements="app/requirements.txt"),
    "github": Settings(target="aws", source="github", repository="owner/name", connection_arn=CONNECTION),
    "s3": Settings(target="aws", source="s3", source_bucket="somebody-elses"),
}
ENVIRONMENTS = ("Live", "Test,Prod", "Test,Stage,Prod")
SHAPES = [
    pytest.param(kind, environments, approval, id=f"{kind}-{environments}-{'approval' if approval else 'straight'}")
    for kind in SOURCES
    for environments in ENVIRONMENTS
    for approval in (False, True)
]


@cache
def rendered(kind: str = "local", environments: str = "Test,Prod", approval: bool = False) -> dict[str, str]:  # noqa: FBT001, FBT002
    from dataclasses import replace

    settings = replace(SOURCES[kind], environments=environments, approval=approval)
    return templates.render_all(settings, lambda name, _: f"https://bucket.s3.amazonaws.com/{name}.yml")


def parsed(text: str) -> dict[str, Any]:
    template, mistakes = decode_str(text)
    assert not mistakes
    return json.loads(json.dumps(template))


def stages(**shape: Any) -> list[dict[str, Any]]:
    return parsed(rendered(**shape)["pipeline"])["Resources"]["Pipeline"]["Properties"]["Stages"]


def statements(roles: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in roles["Resources"].items():
        for policy in resource["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


@pytest.mark.parametrize(("kind", "environments", "approval"), SHAPES)
def test_every_shape_passes_the_linter(kind: str, environments: str, approval: bool) -> None:  # noqa: FBT001
    shape = rendered(kind, environments, approval)

    assert templates.lint(shape) == []


@pytest.mark.parametrize(("kind", "environments", "approval"), SHAPES)
def test_every_parameter_and_output_is_described(kind: str, environments: str, approval: bool) -> None:  # noqa: FBT001
    for name, text in rendered(kind, environments, approval).items():
        template = parsed(text)

        for section in ("Parameters", "Outputs"):
            undescribed = [key for key, value in template.get(section, {}).items() if not value.get("Description")]
            assert undescribed == [], f"{name}, {section}"


@pytest.mark.parametrize(("kind", "environments", "approval"), SHAPES)
def test_the_root_is_given_exactly_the_parameters_it_has(kind: str, environments: str, approval: bool) -> None:  # noqa: FBT001
    given = templates.parameters(SOURCES[kind], bucket="b", bundle_key="k", endpoint="")

    assert set(given) == set(parsed(rendered(kind, environments, approval)["root"])["Parameters"])


def test_the_nested_templates_come_before_the_root_that_names_them() -> None:
    shape = rendered()

    assert list(shape)[-1] == "root"
    assert all(f"https://bucket.s3.amazonaws.com/{name}.yml" in shape["root"] for name in list(shape)[:-1])


def test_the_stages_and_actions_are_those_of_the_story() -> None:
    named = {stage["Name"]: [(one["Name"], one["RunOrder"]) for one in stage["Actions"]] for stage in stages()}

    assert named == {
        "Source": [("Source", 1)],
        "Commit": [("Dependencies", 1), ("TestAndPackage", 2)],
        "Acceptance": [
            ("DeployTestApp", 1),
            ("DeployTestApi", 1),
            ("DeployTestSite", 2),
            ("FunctionalTest", 3),
        ],
        "Production": [
            ("DeployProdApp", 1),
            ("DeployProdApi", 1),
            ("DeployProdSite", 2),
            ("FunctionalTest", 3),
        ],
    }


@pytest.mark.parametrize(
    ("environments", "expected"),
    [
        ("Live", ["Source", "Commit", "Production"]),
        ("Test,Prod", ["Source", "Commit", "Acceptance", "Production"]),
        ("Test,Stage,Prod", ["Source", "Commit", "Acceptance", "AcceptanceStage", "Production"]),
    ],
)
def test_each_environment_has_a_stage_and_the_last_is_production(environments: str, expected: list[str]) -> None:
    assert [stage["Name"] for stage in stages(environments=environments)] == expected


def test_an_approval_comes_first_in_production_and_nowhere_else() -> None:
    first = {stage["Name"]: stage["Actions"][0]["Name"] for stage in stages(approval=True)}

    assert first["Production"] == "Approval"
    assert first["Acceptance"] == "DeployTestApp"


@pytest.mark.parametrize(
    ("kind", "provider", "detection"),
    [
        ("local", "S3", {"PollForSourceChanges": "false"}),
        ("s3", "S3", {"PollForSourceChanges": "true"}),
        ("github", "CodeStarSourceConnection", {"DetectChanges": "true"}),
    ],
)
def test_each_source_has_its_provider(kind: str, provider: str, detection: dict[str, str]) -> None:
    source = stages(kind=kind)[0]["Actions"][0]

    assert source["ActionTypeId"]["Provider"] == provider
    assert detection.items() <= source["Configuration"].items()


@pytest.mark.parametrize(("kind", "environments", "approval"), SHAPES)
def test_user_parameters_are_query_strings_codepipeline_takes(kind: str, environments: str, approval: bool) -> None:  # noqa: FBT001
    shape = stages(kind=kind, environments=environments, approval=approval)
    configurations = [one["Configuration"] for stage in shape for one in stage["Actions"] if "Configuration" in one]
    given = [one["UserParameters"] for one in configurations if "UserParameters" in one]

    assert given
    for one in given:
        text = one["Fn::Sub"] if isinstance(one, dict) else one
        assert len(text) <= 1000
        assert parse_qsl(text, strict_parsing=True)


def test_a_value_with_signs_of_a_query_string_survives_it() -> None:
    settings = Settings(requirements="odd & names/requirements+dev=1.txt")

    text = templates.render_all(settings, lambda name, _: name)["pipeline"]

    assert "requirements=odd%20%26%20names/requirements%2Bdev%3D1.txt" in text


@pytest.mark.parametrize("kind", SOURCES)
def test_nothing_is_allowed_on_everything_but_answering_jobs(kind: str) -> None:
    shape = rendered(kind)
    everything = {
        action
        for name in ("roles", "environment")
        for _, statement in statements(parsed(shape[name]))
        if statement["Effect"] == "Allow" and "*" in ([statement["Resource"]] if "Resource" in statement else [])
        for action in statement["Action"]
    }

    assert everything == {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}


@pytest.mark.parametrize("kind", SOURCES)
def test_no_action_is_a_pattern(kind: str) -> None:
    shape = rendered(kind)
    actions = [
        action
        for name in ("roles", "environment")
        for _, statement in statements(parsed(shape[name]))
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]

    assert actions
    assert [action for action in actions if "*" in action] == []


def test_the_outputs_of_the_root_are_those_of_the_contract() -> None:
    outputs = parsed(rendered()["root"])["Outputs"]

    assert set(outputs) == {
        *("TestSiteUrl", "ProdSiteUrl", "TestApiUrl", "ProdApiUrl"),
        *("PipelineName", "PipelineUrl", "ArtifactBucketName"),
    }


def test_a_finding_carries_the_rendered_line() -> None:
    text = "Resources:\n  Topic:\n    Type: AWS::SNS::Nothing\n"

    [finding] = templates.lint({"mine": text})

    assert (finding.template, finding.line, finding.rule) == ("mine", 3, "E3006")
    assert finding.text == "    Type: AWS::SNS::Nothing"


def test_a_template_that_is_no_yaml_is_a_finding() -> None:
    findings = templates.lint({"mine": "Resources: ["})

    assert [finding.template for finding in findings] == ["mine"]


def test_a_name_that_is_not_defined_is_told_with_template_and_line(tmp_path: Path) -> None:
    (tmp_path / "roles.yml.j2").write_text("one\n{{ nobody }}\n")

    with pytest.raises(Misconfigured, match=r"roles\.yml\.j2, line 2.*'nobody' is undefined"):
        templates.render_all(Settings(), lambda name, _: name, tmp_path)


def test_a_mistake_in_jinja_is_told_with_template_and_line(tmp_path: Path) -> None:
    (tmp_path / "actions.yml.j2").write_text("one\ntwo\n{% if %}\n")

    with pytest.raises(Misconfigured, match=r"actions\.yml\.j2, line 3"):
        templates.render_all(Settings(), lambda name, _: name, tmp_path)


def test_a_project_adds_a_stage_by_inheritance(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yml.j2").write_text(
        '{% extends "serverless_pipeline/pipeline.yml.j2" %}\n'
        "{% block stages_after_commit %}\n"
        "          - Name: Scan\n"
        "            Actions:\n"
        '{{ invoke("Scan", "RunTask", 1, "task=scan", ["SourceOutput", "DependenciesOutput"]) }}\n'
        "{% endblock %}\n"
    )

    shape = templates.render_all(Settings(), lambda name, _: f"https://bucket.s3.amazonaws.com/{name}.yml", tmp_path)

    pipeline = parsed(shape["pipeline"])["Resources"]["Pipeline"]["Properties"]
    assert [stage["Name"] for stage in pipeline["Stages"]] == ["Source", "Commit", "Scan", "Acceptance", "Production"]
    assert templates.lint(shape) == []


def test_a_dynamic_reference_keeps_its_braces(tmp_path: Path) -> None:
    (tmp_path / "roles.yml.j2").write_text('{{ resolve("secretsmanager", "name") }}')

    assert (
        templates.render_all(Settings(), lambda name, _: name, tmp_path)["roles"] == "{{resolve:secretsmanager:name}}"
    )
