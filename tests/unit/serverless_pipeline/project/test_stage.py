"""The actions of a stage; how they stand in the pipeline is proved with its template, `tests/unit/cfn`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from serverless_pipeline.project import environments as stages
from serverless_pipeline.project.stage import Action, Stage
from serverless_pipeline.settings import Settings
from tests.support import environments
from tests.support.frozen import changeable

if TYPE_CHECKING:
    from serverless_pipeline.project.environment_template import EnvironmentTemplate

RELEASE = "#{codepipeline.PipelineExecutionId}/#{Package.Version}"


def stage(template: EnvironmentTemplate, name: str = "Test", *, shift: str = "", **settings: Any) -> Stage:
    """The stage of an environment; the one before is that in which it was tested."""
    chosen = Settings(stack_name="shop", **settings)
    everyone = stages.of(chosen)
    position = [one.name for one in everyone].index(name)
    return Stage(chosen, template, everyone[position], everyone[position - 1] if position else None, shift)


def actions(*args: Any, **more: Any) -> dict[str, Action]:
    return {one.name: one for one in stage(*args, **more).actions()}


def asks(action: Action) -> dict[str, str]:
    """What an action is asked, by key, encoded as it is."""
    return dict(pair.split("=", 1) for pair in action.asks.split("&"))


def orders(*args: Any, **more: Any) -> list[tuple[int, str]]:
    return [(one.order, one.name) for one in stage(*args, **more).actions()]


NOTHING = environments.template({"Jobs": environments.QUEUE})


def test_an_environment_of_which_nothing_is_delivered_is_a_stack_and_its_tests() -> None:
    assert orders(NOTHING) == [(0, "DeployTestStack"), (1, "FunctionalTest")]
    assert orders(NOTHING, test_task="") == [(0, "DeployTestStack")]


def test_functions_and_apis_go_side_by_side_and_sites_after_them() -> None:
    template = environments.template(
        {"Site": environments.site(), "Worker": environments.function(), "Api": environments.api()}
    )

    assert orders(template) == [
        (0, "DeployTestStack"),
        (1, "DeployTestWorker"),
        (1, "DeployTestApi"),
        (2, "DeployTestSite"),
        (3, "FunctionalTest"),
    ]


def test_sites_alone_wait_for_nothing_but_the_stack() -> None:
    template = environments.template({"Shop": environments.site(), "Office": environments.site("dist/office")})

    assert orders(template)[1:3] == [(1, "DeployTestShop"), (1, "DeployTestOffice")]


def test_tasks_of_all_environments_and_of_this_one_come_before_delivery_and_after_the_tests() -> None:
    template = environments.template({"Worker": environments.function()})
    settings: dict[str, Any] = {
        "tasks_before_delivery": ("migrate", "Test.seed", "Prod.warm"),
        "tasks_after_test": ("load.test", "Prod.smoke_it"),
    }

    assert orders(template, **settings) == [
        (0, "DeployTestStack"),
        (1, "Migrate"),
        (1, "Seed"),
        (2, "DeployTestWorker"),
        (3, "FunctionalTest"),
        (4, "LoadTest"),
    ]
    assert orders(template, "Prod", **settings) == [
        (0, "DeployProdStack"),
        (1, "Migrate"),
        (1, "Warm"),
        (2, "DeployProdWorker"),
        (3, "FunctionalTest"),
        (4, "LoadTest"),
        (4, "SmokeIt"),
    ]


@pytest.mark.parametrize(("test_task", "order"), [("test", 4), ("", 3)])
def test_without_tests_the_tasks_after_them_follow_the_delivery(test_task: str, order: int) -> None:
    template = environments.template({"Worker": environments.function()})

    everything = orders(template, tasks_before_delivery=("seed",), tasks_after_test=("load",), test_task=test_task)

    assert everything[-1] == (order, "Load")


def test_a_task_whose_name_has_a_dot_is_not_taken_for_one_of_an_environment() -> None:
    found = actions(NOTHING, tasks_before_delivery=("db.migrate",))

    assert asks(found["DbMigrate"])["task"] == "db.migrate"


def test_a_task_finds_source_and_requirements_and_the_outputs_of_the_stack() -> None:
    template = environments.template({"Jobs": environments.QUEUE}, outputs=("Url", "Jobs"))

    found = actions(template, test_outputs={"JOBS": "Jobs"}, test_env={"A": "b c"}, folder="api", test_task="it")

    assert found["FunctionalTest"] == Action(
        name="FunctionalTest",
        function="RunTaskFunction",
        inputs=("SourceOutput", "DependenciesOutput"),
        asks=(
            "task=${TestTask}&Env.TARGET_URL=#{DeployTestStack.Url}&Env.JOBS=#{DeployTestStack.Jobs}"
            "&folder=api&Env.A=b%20c"
        ),
        order=1,
    )


def test_without_requirements_a_task_has_the_source_alone() -> None:
    assert actions(NOTHING, requirements="")["FunctionalTest"].inputs == ("SourceOutput",)


def test_the_stack_goes_on_record_and_is_what_was_tested_before() -> None:
    first, second = actions(NOTHING)["DeployTestStack"], actions(NOTHING, "Prod")["DeployProdStack"]

    assert (second.function, second.inputs, second.namespace) == (
        "DeployFunction",
        ("PackageOutput",),
        "DeployProdStack",
    )
    assert asks(second) == {
        "type": "cloudformation",
        "template": "template.json",
        "stack": "${StackName}-prod",
        "role": "${ProdStackRoleArn}",
        "capabilities": "CAPABILITY_IAM,CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND",
        "deliveries": "deliveries.json",
        "release": f"prod/{RELEASE}/Stack",
        "tested": "#{DeployTestStack.ArtifactDigest}",
    }
    assert "tested" not in asks(first)


def test_however_much_is_delivered_the_stack_is_asked_the_same() -> None:
    many = {f"Worker{number}": environments.function(f"dist/{number}.zip") for number in range(40)}

    assert actions(environments.template(many))["DeployTestStack"] == actions(NOTHING)["DeployTestStack"]


def test_an_action_refers_to_the_resources_that_its_delivery_names() -> None:
    template = environments.template(
        {
            "Worker": environments.function(),
            "Alias": {"Type": "AWS::Lambda::Alias"},
            "One": environments.api(Function="Alias"),
            "Two": environments.api("dist/two.json", Stage="Alias", Integrations={"Orders": "Alias"}),
        }
    )

    found = actions(template)

    assert asks(found["DeployTestOne"])["function"] == "#{DeployTestStack.Ref_Alias}"
    assert asks(found["DeployTestTwo"])["Integration.Orders"] == "#{DeployTestStack.Ref_Alias}"
    assert [asks(found[f"DeployTest{name}"])["stage"] for name in ("One", "Two")] == [
        "live",
        "#{DeployTestStack.Ref_Alias}",
    ]


def test_the_stack_gets_the_values_that_its_template_declares_and_no_others() -> None:
    template = environments.template({"Jobs": environments.QUEUE}, (*environments.KNOWN, "Size"))
    boundary = "arn:aws:iam::123456789012:policy/a+b"

    with_all = asks(actions(template, permissions_boundary=boundary)["DeployTestStack"])
    without = asks(actions(NOTHING, permissions_boundary=boundary)["DeployTestStack"])

    assert {key: value for key, value in with_all.items() if key.startswith("Parameter.")} == {
        "Parameter.Runtime": "${Runtime}",
        "Parameter.Architecture": "${Architecture}",
        "Parameter.Endpoint": "${Endpoint}",
        "Parameter.EnvironmentName": "test",
        "Parameter.PermissionsBoundary": "arn:aws:iam::123456789012:policy/a%2Bb",
    }
    assert [key for key in without if key.startswith("Parameter.")] == []


def test_without_a_boundary_its_value_is_empty() -> None:
    template = environments.template({"Jobs": environments.QUEUE}, ("PermissionsBoundary",))

    assert asks(actions(template)["DeployTestStack"])["Parameter.PermissionsBoundary"] == ""


def test_a_parameter_of_the_settings_goes_before_what_the_pipeline_knows() -> None:
    template = environments.template({"Jobs": environments.QUEUE}, ("Runtime", "EnvironmentName", "Size"))
    values = {"Runtime": "python3.12", "Prod.EnvironmentName": "live", "Size": "${x}&2"}

    test, prod = (asks(actions(template, name, parameters=values)[f"Deploy{name}Stack"]) for name in ("Test", "Prod"))

    assert (test["Parameter.Runtime"], test["Parameter.EnvironmentName"]) == ("python3.12", "test")
    assert (prod["Parameter.EnvironmentName"], prod["Parameter.Size"]) == ("live", "${!x}%262")


def test_the_file_of_values_is_that_of_the_environment_and_data_may_be_lost_where_it_is_allowed() -> None:
    plain = asks(actions(NOTHING)["DeployTestStack"])
    chosen = asks(actions(NOTHING, template_configuration="v/{environment}.json", data_loss="allow")["DeployTestStack"])

    assert {"configuration", "loss"} & plain.keys() == set()
    assert (chosen["configuration"], chosen["loss"]) == ("values/test.json", "allow")


def test_a_delivery_comes_out_of_the_one_package_or_an_artifact_of_its_own() -> None:
    template = environments.template(
        {"Worker": environments.function(Name="Jobs"), "Site": environments.site(Output="DistSiteOutput")}
    )

    found = actions(template)

    assert found["DeployTestJobs"].inputs == ("PackageOutput",)
    assert asks(found["DeployTestJobs"]) == {
        "type": "lambda",
        "function": "#{DeployTestStack.Ref_Worker}",
        "alias": "live",
        "path": "deliveries/Jobs.zip",
        "release": f"test/{RELEASE}/Jobs",
    }
    assert found["DeployTestSite"].inputs == ("DistSiteOutput",)
    assert asks(found["DeployTestSite"]) == {
        "type": "s3",
        "bucket": "#{DeployTestStack.Ref_Site}",
        "version": "#{Package.Version}",
        "release": f"test/{RELEASE}/Site",
    }


def test_the_stage_of_an_api_may_be_called_as_the_environment() -> None:
    template = environments.template({"Api": environments.api(Stage="v1-{environment}")})

    assert asks(actions(template, "Prod")["DeployProdApi"])["stage"] == "v1-prod"


def test_what_a_browser_is_told_stands_by_its_pattern() -> None:
    template = environments.template(
        {"Site": environments.site(Caches={"feed/**": "max-age=300"}, Distribution="Site")}
    )

    action = actions(template)["DeployTestSite"]

    assert "&Cache.feed/**=max-age%3D300&" in action.asks
    assert asks(action)["distribution"] == "#{DeployTestStack.Ref_Site}"


def test_a_text_of_the_template_refers_to_nothing() -> None:
    template = environments.template({"Worker": environments.function(Alias="live&shift=x ${y}")})

    action = actions(template)["DeployTestWorker"]

    assert "&alias=live%26shift%3Dx%20${!y}&" in action.asks
    assert parse_qs(action.asks)["alias"] == ["live&shift=x ${!y}"]


def test_the_output_that_a_site_names_is_the_address_of_its_api() -> None:
    template = environments.template({"Site": environments.site(ApiBaseurl="ApiUrl")}, outputs=("ApiUrl",))

    assert asks(actions(template)["DeployTestSite"])["apiBaseurl"] == "#{DeployTestStack.ApiUrl}"


def test_what_is_built_for_an_environment_was_not_tested_elsewhere() -> None:
    template = environments.template(
        {"Site": environments.site("dist/a b", Task="build-site"), "Worker": environments.function()},
        outputs=("ApiUrl",),
    )

    found = actions(template, "Prod")

    build, site = found["BuildProdSite"], found["DeployProdSite"]
    assert (build.function, build.outputs, build.order) == ("RunTaskFunction", ("ProdSiteOutput",), 1)
    assert build.asks == "task=build-site&ProdSiteOutput=dist/a%20b&Env.TARGET_URL=#{DeployProdStack.ApiUrl}"
    assert (site.inputs, site.order) == (("ProdSiteOutput",), 3)
    assert {"path", "tested"} & asks(site).keys() == set()
    assert "tested" in asks(found["DeployProdWorker"])


def test_only_functions_move_by_and_by() -> None:
    template = environments.template({"Worker": environments.function(), "Site": environments.site()})

    found = actions(template, shift="&shift=canary:10:5")

    assert asks(found["DeployTestWorker"])["shift"] == "canary:10:5"
    assert [name for name, one in found.items() if "shift" in one.asks] == ["DeployTestWorker"]


def test_an_output_of_the_stack_is_a_variable_of_its_action() -> None:
    assert stage(NOTHING, "Prod").output("SiteUrl") == "#{DeployProdStack.SiteUrl}"


def test_a_stage_and_its_actions_cannot_be_changed() -> None:
    assert changeable(stage(NOTHING), actions(NOTHING)["DeployTestStack"]) == []
