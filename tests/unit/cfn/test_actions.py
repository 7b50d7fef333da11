from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import ROOT

from .conftest import TOOLS, render

if TYPE_CHECKING:
    from .conftest import Rendered

INLINE_LIMIT = 4096
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html in the past;
more is taken today, by some parts of AWS."""
ACTIONS = [
    ("Install", "install", "lambdas.install.handler"),
    ("RunTask", "run-task", "lambdas.run_task.handler"),
    ("Deploy", "deploy", "lambdas.deploy.handler"),
]


def resources(rendered: Rendered) -> dict[str, Any]:
    return dict(rendered.documents["actions"]["Resources"])


@pytest.mark.parametrize(("id_", "name", "handler"), ACTIONS)
def test_each_action_has_a_function_with_its_own_handler_and_role(
    local: Rendered, id_: str, name: str, handler: str
) -> None:
    function = resources(local)[f"{id_}Function"]["Properties"]

    assert function["FunctionName"] == {"Fn::Sub": "${StackName}-" + name}
    assert function["Handler"] == handler
    assert function["Role"] == {"Ref": f"{id_}RoleArn"}
    assert function["Code"] == {"S3Bucket": {"Ref": "BundleBucket"}, "S3Key": {"Ref": "BundleKey"}}


@pytest.mark.parametrize("id_", [id_ for id_, _, _ in ACTIONS])
def test_a_job_has_a_quarter_of_an_hour_and_two_gigabytes_of_disk(local: Rendered, id_: str) -> None:
    function = resources(local)[f"{id_}Function"]["Properties"]

    assert (function["Timeout"], function["EphemeralStorage"]["Size"]) == (900, 2048)
    assert function["MemorySize"] == {"Ref": "Memory"}


@pytest.mark.parametrize("id_", [id_ for id_, _, _ in ACTIONS])
def test_lambda_delivers_a_job_once(local: Rendered, id_: str) -> None:
    config = resources(local)[f"{id_}EventInvokeConfig"]["Properties"]

    assert config == {
        "FunctionName": {"Ref": f"{id_}Function"},
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["ReportLostJobFunction", "Arn"]}}},
    }


def test_what_answers_for_a_function_that_broke_is_small_and_tried_again(local: Rendered) -> None:
    function = resources(local)["ReportLostJobFunction"]["Properties"]

    assert (function["Handler"], function["MemorySize"], function["Timeout"]) == ("index.handler", 256, 60)
    assert "ReportLostJobEventInvokeConfig" not in resources(local)


def test_what_answers_for_a_function_that_broke_does_not_share_its_bundle(rendered: Rendered) -> None:
    function = resources(rendered)["ReportLostJobFunction"]["Properties"]

    code = (ROOT / "lambdas" / "lost_job.py").read_text()
    assert function["Code"] == {"ZipFile": code}
    assert len(code) <= INLINE_LIMIT
    assert "Layers" not in function


def test_tools_are_layers_of_the_functions_that_run_the_projects_code() -> None:
    there = resources(render(TOOLS, "a function"))

    layers = {name: one["Properties"].get("Layers") for name, one in there.items() if name.endswith("Function")}
    tools = [{"Ref": "Tools1"}, {"Ref": "Tools2Layer"}]
    others = dict.fromkeys(("DeployFunction", "RollbackFunction", "ReportLostJobFunction"))
    assert layers == {"InstallFunction": tools, "RunTaskFunction": tools, **others}


def test_a_tool_of_the_project_is_a_layer_by_its_zip() -> None:
    there = resources(render(TOOLS, "a function"))

    assert "Tools1Layer" not in there
    assert there["Tools2Layer"] == {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {
            "LayerName": {"Fn::Sub": "${StackName}-tools2"},
            "Description": "Tools that the project brings to its tasks",
            "Content": {"S3Bucket": {"Ref": "BundleBucket"}, "S3Key": {"Ref": "Tools2"}},
            "CompatibleArchitectures": [{"Ref": "Architecture"}],
            "CompatibleRuntimes": [{"Ref": "Runtime"}],
        },
    }


def test_without_tools_no_function_has_layers(local: Rendered) -> None:
    assert [name for name, one in resources(local).items() if "Layers" in one["Properties"]] == []


def test_what_rolls_back_is_asked_and_waited_for_so_no_job_is_lost_with_it(local: Rendered) -> None:
    function = resources(local)["RollbackFunction"]["Properties"]

    assert (function["Handler"], function["Timeout"]) == ("lambdas.rollback.handler", 300)
    assert function["Environment"] == {"Variables": {"ARTIFACT_BUCKET": {"Ref": "ArtifactBucket"}}}
    assert "RollbackEventInvokeConfig" not in resources(local)


@pytest.mark.parametrize(("id_", "name", "handler"), [*ACTIONS, ("Rollback", "rollback", "lambdas.rollback.handler")])
def test_a_handler_is_a_module_of_the_bundle(local: Rendered, id_: str, name: str, handler: str) -> None:
    from serverless_pipeline import assets

    handled = resources(local)[f"{id_}Function"]["Properties"]["Handler"]
    module = handled.removesuffix(".handler").removeprefix("lambdas.")

    assert (assets.functions() / f"{module}.py").is_file(), (name, handler)
