from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.settings import Settings, Shift

from .conftest import BARE, BOUNDARY, BUCKET, BUSY, LOCAL, TWELVE, render

if TYPE_CHECKING:
    from .conftest import Rendered

LONGEST = "x" * 200
"""As long as a task's name or a path may be; the templates' MaxLength says so."""

KNOWN = {
    "StackName": "s" * 28,
    "Shape": "0123456789abcdef",
    "Runtime": "python3.13",
    "Architecture": "arm64",
    "Endpoint": "http://127.0.0.1:65535",
}
"""Values as long as settings allow."""

ROLE_ARN = "arn:aws-us-gov:iam::123456789012:role/" + "r" * 64
"""As long as the ARN of a role that CloudFormation names."""

RELEASE = "&release={}/#{{codepipeline.PipelineExecutionId}}/#{{Package.Version}}/{}"
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
    return written(action(rendered, stage, name))


def written(declaration: dict[str, Any]) -> str:
    """What an action says in its UserParameters; text that names no parameter stands there as it is."""
    query = declaration["Configuration"].get("UserParameters", "")
    return query if isinstance(query, str) else str(query["Fn::Sub"])


def artifacts(rendered: Rendered, stage: str, name: str) -> tuple[list[str], list[str]]:
    declaration = action(rendered, stage, name)
    inputs, outputs = (declaration.get(f"{direction}Artifacts", []) for direction in ("Input", "Output"))
    return [item["Name"] for item in inputs], [item["Name"] for item in outputs]


def delivering(name: str, *deliveries: str, first: int = 1) -> list[tuple[int, str]]:
    """The outline of a stage: its stack, what is delivered side by side, the site after it, the tests."""
    *beside, site = deliveries
    return [
        (first, f"Deploy{name}Stack"),
        *((first + 1, f"Deploy{name}{one}") for one in beside),
        (first + 2, f"Deploy{name}{site}"),
        (first + 3, "FunctionalTest"),
    ]


def test_two_environments_make_four_stages(local: Rendered) -> None:
    assert outline(local) == {
        "Source": [(1, "Source")],
        "Commit": [(1, "Dependencies"), (2, "TestAndPackage")],
        "Acceptance": delivering("Test", "App", "Api", "Site"),
        "Production": delivering("Prod", "App", "Api", "Site"),
    }


def test_a_single_environment_is_production() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Live",)))

    assert list(outline(rendered)) == ["Source", "Commit", "Production"]
    assert outline(rendered)["Production"] == delivering("Live", "App", "Api", "Site")


def test_further_environments_are_stages_of_acceptance_named_for_them() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Test", "Stage", "Load", "Prod")), "a function")

    assert list(outline(rendered))[2:] == ["Acceptance", "AcceptanceStage", "AcceptanceLoad", "Production"]


def test_an_approval_comes_first_in_production_and_nowhere_else() -> None:
    rendered = render(Settings(stack_name="shop", approval=True))

    assert outline(rendered)["Production"] == [(1, "Approval"), *delivering("Prod", "App", "Api", "Site", first=2)]
    assert outline(rendered)["Acceptance"] == delivering("Test", "App", "Api", "Site")


def test_an_environment_of_which_nothing_is_delivered_is_a_stack_and_its_tests() -> None:
    rendered = render(LOCAL, "nothing to deliver")

    assert outline(rendered)["Production"] == [(1, "DeployProdStack"), (2, "FunctionalTest")]
    assert artifacts(rendered, "Commit", "TestAndPackage")[1] == ["PackageOutput"]


def test_twelve_functions_are_delivered_side_by_side_out_of_the_one_package() -> None:
    rendered = render(LOCAL, "twelve functions")

    beside = [(2, f"DeployTest{name}") for name in TWELVE]
    assert outline(rendered)["Acceptance"] == [(1, "DeployTestStack"), *beside, (3, "FunctionalTest")]
    assert {artifacts(rendered, "Acceptance", name)[0][0] for _, name in beside} == {"PackageOutput"}
    assert [f"&path=deliveries/{name}.zip&" in query_of(rendered, "Acceptance", f"DeployTest{name}") for name in TWELVE]


def test_sites_alone_follow_their_stack_at_once() -> None:
    rendered = render(LOCAL, "two sites")

    assert outline(rendered)["Production"] == [
        (1, "DeployProdStack"),
        (2, "DeployProdShop"),
        (2, "DeployProdOffice"),
        (3, "FunctionalTest"),
    ]
    assert artifacts(rendered, "Production", "DeployProdShop") == (["ShopOutput"], [])
    assert artifacts(rendered, "Production", "DeployProdOffice") == (["PackageOutput"], [])


def test_what_is_built_for_an_environment_is_built_in_its_stage() -> None:
    rendered = render(LOCAL, "a site built for each")

    assert outline(rendered)["Acceptance"] == [
        (1, "DeployTestStack"),
        (2, "BuildTestSite"),
        (3, "DeployTestWorker"),
        (4, "DeployTestSite"),
        (5, "FunctionalTest"),
    ]
    assert artifacts(rendered, "Acceptance", "BuildTestSite")[1] == ["TestSiteOutput"]
    assert artifacts(rendered, "Acceptance", "DeployTestSite") == (["TestSiteOutput"], [])
    assert "tested=" not in query_of(rendered, "Production", "DeployProdSite")
    assert "&tested=#{DeployTestWorker.ArtifactDigest}" in query_of(rendered, "Production", "DeployProdWorker")


def test_tasks_of_the_project_run_before_delivery_and_after_the_tests() -> None:
    rendered = render(BUSY)

    stages = {name: actions for name, actions in outline(rendered).items() if name.startswith("Acceptance")}
    assert stages == {
        "Acceptance": [
            (1, "DeployTestStack"),
            (2, "Migrate"),
            (2, "Seed"),
            (3, "DeployTestApp"),
            (3, "DeployTestApi"),
            (4, "DeployTestSite"),
            (5, "FunctionalTest"),
            (6, "LoadTest"),
        ],
        "AcceptanceStage": [
            (1, "DeployStageStack"),
            (2, "Migrate"),
            (3, "DeployStageApp"),
            (3, "DeployStageApi"),
            (4, "DeployStageSite"),
            (5, "FunctionalTest"),
            (6, "LoadTest"),
        ],
    }


def test_without_requirements_a_package_task_and_tests_there_is_the_package_and_the_stack() -> None:
    rendered = render(BARE, "nothing to deliver")

    assert outline(rendered) == {
        "Source": [(1, "Source")],
        "Commit": [(2, "TestAndPackage")],
        "Production": [(1, "DeployLiveStack")],
    }
    assert artifacts(rendered, "Commit", "TestAndPackage") == (["SourceOutput"], ["PackageOutput"])
    assert query_of(rendered, "Commit", "TestAndPackage") == "template=${Template}&shape=${Shape}"


def test_only_the_alias_of_production_moves_by_and_by() -> None:
    rendered = render(Settings(stack_name="shop", shift=Shift("canary", 10, Decimal(5)), alarms=("errors", "p&l ${x}")))

    shift = "&alias=live&shift=canary:10:5&alarms=errors,p%26l%20${!x}&"
    assert shift in query_of(rendered, "Production", "DeployProdApp")
    others = [written(one) for stage in rendered.stages() for one in stage["Actions"] if one["Name"] != "DeployProdApp"]
    assert [query for query in others if "shift" in query] == []


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

    package = "&Env.STAGE=a%26b%20${!x}&Secret.NPM=secretsmanager:shop/npm:token"
    assert query_of(rendered, "Commit", "TestAndPackage").endswith(f"&reads=ApiUrl,SiteUrl{package}")
    for stage, name in (("Acceptance", "Test"), ("Production", "Prod")):
        test = f"&Env.TARGET_URL=#{{Deploy{name}Stack.SiteUrl}}&Env.COLOUR=red&Secret.KEY=ssm:/shop/key"
        assert query_of(rendered, stage, "FunctionalTest") == f"task=${{TestTask}}{test}"


def test_functions_are_told_in_which_folder_the_project_lies() -> None:
    rendered = render(Settings(stack_name="shop", folder="services/a&b"))

    assert query_of(rendered, "Commit", "Dependencies") == "requirements=${Requirements}&folder=services/a%26b"
    assert query_of(rendered, "Commit", "TestAndPackage").endswith("&folder=services/a%26b")
    assert query_of(rendered, "Acceptance", "FunctionalTest").endswith("&folder=services/a%26b")


def test_who_approves_is_shown_the_site_of_the_environment_before() -> None:
    rendered = render(Settings(stack_name="shop", environments=("Test", "Stage", "Prod"), approval=True))

    configuration = action(rendered, "Production", "Approval")["Configuration"]

    assert configuration == {
        "CustomData": "Deliver #{Package.Version} to Prod?",
        "ExternalEntityLink": "#{DeployStageStack.SiteUrl}",
    }


@pytest.mark.parametrize(
    ("environments", "template"), [(("Prod",), "dromedary"), (("Test", "Prod"), "nothing to deliver")]
)
def test_where_nothing_answers_who_approves_has_nothing_to_see(environments: tuple[str, ...], template: str) -> None:
    rendered = render(Settings(stack_name="shop", environments=environments, approval=True), template)

    assert set(action(rendered, "Production", "Approval")["Configuration"]) == {"CustomData"}


STACK = (
    "type=cloudformation&template=template.json&stack=${StackName}-%s&role=${%sStackRoleArn}"
    "&capabilities=CAPABILITY_IAM,CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND"
)


@pytest.mark.parametrize(
    ("stage", "name", "query"),
    [
        ("Commit", "Dependencies", "requirements=${Requirements}"),
        (
            "Commit",
            "TestAndPackage",
            (
                "task=${PackageTask}&DistLambdaOutput=dist/lambda.zip&DistApiOutput=dist/openapi.json"
                "&DistSiteOutput=dist/site.zip&template=${Template}&shape=${Shape}&reads=ApiUrl,SiteUrl"
            ),
        ),
        (
            "Acceptance",
            "DeployTestApp",
            "type=lambda&function=#{DeployTestStack.Ref_ApplicationFunction}&alias=live"
            + RELEASE.format("test", "App"),
        ),
        (
            "Production",
            "DeployProdSite",
            (
                "type=s3&bucket=#{DeployProdStack.Ref_SiteBucket}&apiBaseurl=#{DeployProdStack.ApiUrl}"
                "&version=#{Package.Version}"
                + RELEASE.format("prod", "Site")
                + "&tested=#{DeployTestSite.ArtifactDigest}"
            ),
        ),
        ("Production", "FunctionalTest", "task=${TestTask}&Env.TARGET_URL=#{DeployProdStack.SiteUrl}"),
    ],
)
def test_an_action_asks_its_function_in_a_query_string(local: Rendered, stage: str, name: str, query: str) -> None:
    assert query_of(local, stage, name) == query


def test_a_stack_is_asked_for_with_its_role_its_values_and_the_file_of_what_others_need_of_it() -> None:
    rendered = render(BUCKET, "twelve functions")

    values = (
        "&Parameter.Runtime=${Runtime}&Parameter.Architecture=${Architecture}&Parameter.Endpoint=${Endpoint}"
        "&Parameter.PermissionsBoundary=&Parameter.EnvironmentName=prod"
    )
    assert query_of(rendered, "Production", "DeployProdStack") == (
        STACK % ("prod", "Prod")
        + "&deliveries=deliveries.json"
        + values
        + RELEASE.format("prod", "Stack")
        + "&tested=#{DeployTestStack.ArtifactDigest}"
    )


def test_a_package_says_by_which_values_and_whether_bounded_and_a_stack_whether_it_may_lose_data() -> None:
    rendered = render(replace(BUSY, permissions_boundary=BOUNDARY), "a function")

    packaging = query_of(rendered, "Commit", "TestAndPackage")
    stack = query_of(rendered, "AcceptanceStage", "DeployStageStack")

    files = "".join(f"&Values.{name}=values/{name}.json" for name in ("test", "stage", "prod"))
    assert f"&template=${{Template}}&shape=${{Shape}}&bounded=true{files}&folder=services/shop&" in packaging
    assert "&configuration=values/stage.json&loss=allow&" in stack


@pytest.mark.parametrize(
    ("stage", "name", "inputs", "outputs"),
    [
        ("Source", "Source", [], ["SourceOutput"]),
        ("Commit", "Dependencies", ["SourceOutput"], ["DependenciesOutput"]),
        (
            "Commit",
            "TestAndPackage",
            ["SourceOutput", "DependenciesOutput"],
            ["DistLambdaOutput", "DistApiOutput", "DistSiteOutput", "PackageOutput"],
        ),
        ("Acceptance", "DeployTestStack", ["PackageOutput"], []),
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


def test_no_action_has_more_artifacts_than_a_function_may(rendered: Rendered) -> None:
    counts = {
        len(one.get(f"{direction}Artifacts", []))
        for stage in rendered.stages()
        for one in stage["Actions"]
        for direction in ("Input", "Output")
    }

    assert max(counts) <= 5


def test_the_variables_that_an_action_reads_are_outputs_or_references_that_its_stack_gives(rendered: Rendered) -> None:
    references = {f"Ref_{name}" for one in rendered.template.shape.deliveries for name in one.references}

    asked = {
        variable
        for stage in rendered.stages()
        for one in stage["Actions"]
        for variable in re.findall(r"#\{Deploy\w+Stack\.(\w+)\}", written(one))
    }

    assert asked - {*references, *rendered.template.outputs, "ArtifactDigest"} == set()
    assert references <= asked


def test_no_query_string_exceeds_what_an_action_may_say(rendered: Rendered) -> None:
    values = {name: LONGEST for name, value in parameters(rendered).items() if value.get("MaxLength") == 200}
    values |= {f"{name}StackRoleArn": ROLE_ARN for name in rendered.settings.environments} | KNOWN

    lengths = {one["Name"]: len(filled(one, values)) for stage in rendered.stages() for one in stage["Actions"]}

    assert {name: length for name, length in lengths.items() if length > 1000} == {}


def filled(declaration: dict[str, Any], values: dict[str, str]) -> str:
    """A query string as CloudFormation hands it over; of variables of CodePipeline their names count."""
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], written(declaration))


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
    assert "&tested=#{DeployTestStack.ArtifactDigest}" in query_of(rendered, "AcceptanceStage", "DeployStageStack")
    assert query_of(rendered, "AcceptanceStage", "DeployStageApi").endswith("&tested=#{DeployTestApi.ArtifactDigest}")
    assert query_of(rendered, "Production", "DeployProdApp").endswith("&tested=#{DeployStageApp.ArtifactDigest}")


def test_the_pipeline_is_of_the_second_type_and_lets_newer_executions_overtake(local: Rendered) -> None:
    properties = local.documents["pipeline"]["Resources"]["Pipeline"]["Properties"]

    assert (properties["PipelineType"], properties["ExecutionMode"]) == ("V2", "SUPERSEDED")
    assert properties["Name"] == {"Ref": "StackName"}


def parameters(rendered: Rendered) -> dict[str, Any]:
    return dict(rendered.documents["pipeline"]["Parameters"])


def test_an_action_has_the_role_of_the_actions_of_its_function(rendered: Rendered) -> None:
    actions = [action for stage in rendered.stages() for action in stage["Actions"]]
    invoking = [action for action in actions if action["ActionTypeId"]["Provider"] == "Lambda"]

    assert {action["Name"] for action in actions if "RoleArn" in action} == {action["Name"] for action in invoking}
    for action in invoking:
        kind = action["Configuration"]["FunctionName"]["Ref"].removesuffix("Function")
        assert action["RoleArn"] == {"Ref": f"{kind}ActionRoleArn"}
