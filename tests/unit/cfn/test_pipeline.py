from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.settings import Settings, Shift

from .conftest import render

if TYPE_CHECKING:
    from .conftest import Rendered

LONGEST = "x" * 200
"""As long as a task's name or a path may be; the templates' MaxLength says so."""

ADDRESS = "https://" + "x" * 92
"""Longer than the address of any REST API or website of S3."""


RELEASE = "&release={}/#{{codepipeline.PipelineExecutionId}}/#{{Package.Version}}"
"""By this the deploys of an execution are one release of their environment."""


def outline(rendered: Rendered) -> dict[str, list[tuple[int, str]]]:
    """The names of the actions by stage, with their run order."""
    return {
        stage["Name"]: [(action["RunOrder"], action["Name"]) for action in stage["Actions"]]
        for stage in rendered.stages()
    }


def action(rendered: Rendered, stage: str, name: str) -> dict[str, Any]:
    (only,) = (
        action
        for candidate in rendered.stages()
        for action in candidate["Actions"]
        if (candidate["Name"], action["Name"]) == (stage, name)
    )
    return dict(only)


def query_of(rendered: Rendered, stage: str, name: str) -> str:
    """The query string of an action, before CloudFormation substitutes its parameters."""
    return str(action(rendered, stage, name)["Configuration"]["UserParameters"]["Fn::Sub"])


def artifacts(rendered: Rendered, stage: str, name: str) -> tuple[list[str], list[str]]:
    declaration = action(rendered, stage, name)
    inputs, outputs = (declaration.get(f"{direction}Artifacts", []) for direction in ("Input", "Output"))
    return [item["Name"] for item in inputs], [item["Name"] for item in outputs]


def test_two_environments_make_four_stages(local: Rendered) -> None:
    assert outline(local) == {
        "Source": [(1, "Source")],
        "Commit": [(1, "Dependencies"), (2, "TestAndPackage")],
        "Acceptance": [(1, "DeployTestApp"), (1, "DeployTestApi"), (2, "DeployTestSite"), (3, "FunctionalTest")],
        "Production": [(1, "DeployProdApp"), (1, "DeployProdApi"), (2, "DeployProdSite"), (3, "FunctionalTest")],
    }


def test_a_single_environment_is_production() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Live",)))

    assert list(outline(rendered)) == ["Source", "Commit", "Production"]
    assert (1, "DeployLiveApp") in outline(rendered)["Production"]


def test_further_environments_are_stages_of_acceptance_named_for_them() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Test", "Stage", "Load", "Prod")))

    assert list(outline(rendered))[2:] == ["Acceptance", "AcceptanceStage", "AcceptanceLoad", "Production"]


def test_an_approval_comes_first_in_production_and_nowhere_else() -> None:
    rendered = render(Settings(stack_name="shop", approval=True))

    assert outline(rendered)["Production"] == [
        (1, "Approval"),
        (2, "DeployProdApp"),
        (2, "DeployProdApi"),
        (3, "DeployProdSite"),
        (4, "FunctionalTest"),
    ]
    assert (1, "Approval") not in outline(rendered)["Acceptance"]


def test_only_the_alias_of_production_moves_by_and_by() -> None:
    rendered = render(Settings(stack_name="shop", shift=Shift("canary", 10, Decimal(5)), alarms=("errors", "p&l ${x}")))

    def asks(stage: str, name: str) -> str:
        return str(action(rendered, stage, name)["Configuration"]["UserParameters"]["Fn::Sub"])

    assert "&alias=live&shift=canary:10:5&alarms=errors,p%26l%20${!x}&" in asks("Production", "DeployProdApp")
    assert "shift" not in asks("Production", "DeployProdApi")
    assert "shift" not in asks("Acceptance", "DeployTestApp")


def test_a_task_gets_the_variables_and_secrets_of_its_settings_and_not_those_of_another() -> None:
    rendered = render(
        Settings(
            stack_name="shop",
            package_env={"STAGE": "a&b ${x}"},
            package_secrets={"NPM": "secretsmanager:shop/npm:token"},
            test_env={"COLOUR": "red"},
            test_secrets={"KEY": "ssm:/shop/key"},
        )
    )

    def asks(stage: str, name: str) -> str:
        return str(action(rendered, stage, name)["Configuration"]["UserParameters"]["Fn::Sub"])

    package = "&Env.STAGE=a%26b%20${!x}&Secret.NPM=secretsmanager:shop/npm:token"
    assert asks("Commit", "TestAndPackage").endswith(f"&DistApiOutput=${{ApiPath}}{package}")
    for stage, site in (("Acceptance", "TestSiteUrl"), ("Production", "ProdSiteUrl")):
        test = f"&Env.TARGET_URL=${{{site}}}&Env.COLOUR=red&Secret.KEY=ssm:/shop/key"
        assert asks(stage, "FunctionalTest") == f"task=${{TestTask}}{test}"


def test_functions_are_told_in_which_folder_the_project_lies() -> None:
    rendered = render(Settings(stack_name="shop", folder="services/a&b"))

    def asks(stage: str, name: str) -> str:
        return str(action(rendered, stage, name)["Configuration"]["UserParameters"]["Fn::Sub"])

    assert asks("Commit", "Dependencies") == "requirements=${Requirements}&folder=services/a%26b"
    assert asks("Commit", "TestAndPackage").endswith("&folder=services/a%26b")
    assert asks("Acceptance", "FunctionalTest").endswith("&folder=services/a%26b")


def test_who_approves_is_shown_the_site_of_the_environment_before() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Test", "Stage", "Prod"), approval=True))

    configuration = action(rendered, "Production", "Approval")["Configuration"]

    assert configuration["ExternalEntityLink"] == {"Ref": "StageSiteUrl"}


def test_a_first_environment_with_approval_has_no_site_to_show() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Prod",), approval=True))

    assert "ExternalEntityLink" not in action(rendered, "Production", "Approval")["Configuration"]


@pytest.mark.parametrize(
    ("stage", "name", "query"),
    [
        ("Commit", "Dependencies", "requirements=${Requirements}"),
        (
            "Commit",
            "TestAndPackage",
            "task=${PackageTask}&DistSiteOutput=${SitePath}&DistLambdaOutput=${AppPath}&DistApiOutput=${ApiPath}",
        ),
        ("Acceptance", "DeployTestApp", "type=lambda&function=${TestFunction}&alias=live" + RELEASE.format("test")),
        (
            "Acceptance",
            "DeployTestApi",
            "type=apigateway&api=${TestRestApi}&stage=test&function=${TestAliasArn}" + RELEASE.format("test"),
        ),
        (
            "Production",
            "DeployProdSite",
            (
                "type=s3&bucket=${ProdSiteBucket}&apiBaseurl=${ProdApiUrl}&version=#{Package.Version}"
                + RELEASE.format("prod")
                + "&tested=#{DeployTestSite.ArtifactDigest}"
            ),
        ),
        ("Production", "FunctionalTest", "task=${TestTask}&Env.TARGET_URL=${ProdSiteUrl}"),
    ],
)
def test_an_action_asks_its_function_in_a_query_string(local: Rendered, stage: str, name: str, query: str) -> None:
    assert query_of(local, stage, name) == query


@pytest.mark.parametrize(
    ("stage", "name", "inputs", "outputs"),
    [
        ("Source", "Source", [], ["SourceOutput"]),
        ("Commit", "Dependencies", ["SourceOutput"], ["DependenciesOutput"]),
        (
            "Commit",
            "TestAndPackage",
            ["SourceOutput", "DependenciesOutput"],
            ["DistSiteOutput", "DistLambdaOutput", "DistApiOutput"],
        ),
        ("Acceptance", "DeployTestApp", ["DistLambdaOutput"], []),
        ("Acceptance", "DeployTestApi", ["DistApiOutput"], []),
        ("Acceptance", "DeployTestSite", ["DistSiteOutput"], []),
        ("Acceptance", "FunctionalTest", ["SourceOutput", "DependenciesOutput"], []),
    ],
)
def test_an_action_names_what_it_reads_and_writes(
    local: Rendered, stage: str, name: str, inputs: list[str], outputs: list[str]
) -> None:
    assert artifacts(local, stage, name) == (inputs, outputs)


def test_what_an_action_reads_was_written_before(rendered: Rendered) -> None:
    written: set[str] = set()

    for stage in rendered.stages():
        for one in sorted(stage["Actions"], key=lambda action: int(action["RunOrder"])):
            assert {item["Name"] for item in one.get("InputArtifacts", [])} <= written

            written |= {item["Name"] for item in one.get("OutputArtifacts", [])}


def test_no_query_string_exceeds_what_an_action_may_say(rendered: Rendered) -> None:
    values = {name: LONGEST for name, value in parameters(rendered).items() if value.get("MaxLength") == 200}
    values |= {name: ADDRESS for name in parameters(rendered) if name not in values}

    for stage in rendered.stages():
        for one in stage["Actions"]:
            query = one["Configuration"].get("UserParameters", {}).get("Fn::Sub", "")
            filled = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], query)
            filled = re.sub(r"#\{[\w.]+\}", "x" * 64, filled)

            assert len(filled) <= 1000, one["Name"]


@pytest.mark.parametrize(("fixture", "polls"), [("local", "false"), ("s3", "true")])
def test_a_bucket_is_polled_but_a_working_tree_is_not(request: pytest.FixtureRequest, fixture: str, polls: str) -> None:
    source = action(request.getfixturevalue(fixture), "Source", "Source")

    assert source["ActionTypeId"]["Provider"] == "S3"
    assert source["Configuration"]["PollForSourceChanges"] == polls


def test_github_is_reached_through_a_connection_which_notices_changes(github: Rendered) -> None:
    source = action(github, "Source", "Source")

    assert source["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
    assert source["Configuration"] == {
        "ConnectionArn": {"Ref": "ConnectionArn"},
        "FullRepositoryId": {"Ref": "Repository"},
        "BranchName": {"Ref": "Branch"},
        "DetectChanges": "true",
        "OutputArtifactFormat": "CODE_ZIP",
    }


def test_variables_have_the_namespaces_that_configurations_refer_to(rendered: Rendered) -> None:
    referred = set(re.findall(r"#\{([^.}]+)\.", rendered.texts["pipeline"]))
    namespaces = {one["Namespace"] for stage in rendered.stages() for one in stage["Actions"] if "Namespace" in one}

    assert referred <= namespaces | {"codepipeline"}
    assert "Package" in referred


def test_each_environment_insists_on_what_was_tested_in_the_one_before() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Test", "Stage", "Prod")))

    assert "tested=" not in query_of(rendered, "Acceptance", "DeployTestApp")
    assert query_of(rendered, "AcceptanceStage", "DeployStageApi").endswith("&tested=#{DeployTestApi.ArtifactDigest}")
    assert query_of(rendered, "Production", "DeployProdApp").endswith("&tested=#{DeployStageApp.ArtifactDigest}")


def test_the_pipeline_is_of_the_second_type_and_lets_newer_executions_overtake(local: Rendered) -> None:
    properties = local.documents["pipeline"]["Resources"]["Pipeline"]["Properties"]

    assert (properties["PipelineType"], properties["ExecutionMode"]) == ("V2", "SUPERSEDED")
    assert properties["Name"] == {"Ref": "StackName"}


def parameters(rendered: Rendered) -> dict[str, Any]:
    return dict(rendered.documents["pipeline"]["Parameters"])
