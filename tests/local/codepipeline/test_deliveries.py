"""The function that delivers, with the role that its template gives it, in pipelines of the embedded AWS."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline import assets

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import World

    Declare = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.embedded


@pytest.fixture
def deploy(world: World) -> str:
    """The name of the function, as a stack of the test's own has it."""
    name = f"{world.prefix}-deploy"
    world.client("lambda").create_function(
        FunctionName=name,
        Role=deploy_role(world),
        Runtime="python3.11",
        Handler="deploy.handler",
        Code={"ZipFile": zipped({path.name: path.read_text() for path in assets.functions().glob("*.py")})},
        Timeout=60,
    )
    world.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    return name


def deploy_role(world: World) -> str:
    """The role of the template, with the names of the test's own stack in it."""
    from cfnlint.decode import decode_str

    from serverless_pipeline import templates
    from serverless_pipeline.settings import Settings

    texts = templates.render_all(Settings(stack_name=world.prefix), lambda name, _: f"https://bucket/{name}.yml")
    role = decode_str(resolved(texts["roles"], world.prefix))[0]["Resources"]["DeployRole"]["Properties"]
    trust, (policy,) = json.dumps(role["AssumeRolePolicyDocument"]), role["Policies"]
    statements = json.dumps(policy["PolicyDocument"])
    arn = world.iam.create_role(RoleName=f"{world.prefix}-DeployRole", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    world.iam.put_role_policy(RoleName=f"{world.prefix}-DeployRole", PolicyName="own", PolicyDocument=statements)
    return str(arn)


def resolved(text: str, prefix: str) -> str:
    """A template in which the names are written out that a stack would put in."""
    known = {"StackName": prefix, "AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "000000000000"}
    return re.sub(r"\$\{([\w:]+)\}", lambda found: known.get(found[1], "none"), text.replace("!Sub ", ""))


def zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def test_a_pipeline_of_rehearsals_runs_through_with_artifacts_and_variables(
    world: World, invoke: Declare, deploy: str
) -> None:
    package = invoke(
        "Package",
        deploy,
        "type=mock&result=continue&times=3&Variable.Version=7",
        namespace="Package",
        inputArtifacts=[{"name": "SourceOutput"}],
        outputArtifacts=[{"name": "DistSiteOutput"}, {"name": "DistApiOutput"}],
    )
    site = invoke(
        "Site",
        deploy,
        "type=mock&result=succeed&message=version #{Package.Version}",
        inputArtifacts=[{"name": "DistSiteOutput"}],
    )

    name, execution = world.create(("Source", [world.source()]), ("Commit", [package]), ("Acceptance", [site]))

    assert world.until(name, execution) == "Succeeded"
    ran = world.actions(name, execution)
    assert ran["Site"]["output"]["executionResult"]["externalExecutionSummary"] == "version 7"
    assert jobs_of(world, deploy) == 3 + 1 + 1


def test_a_rehearsed_failure_ends_the_pipeline_with_its_words(world: World, invoke: Declare, deploy: str) -> None:
    package = invoke("Package", deploy, "type=mock&result=fail&times=1&message=the tests failed")
    never = invoke("Never", deploy, "type=mock&result=succeed")

    name, execution = world.create(("Source", [world.source()]), ("Commit", [package]), ("Acceptance", [never]))

    assert world.until(name, execution) == "Failed"
    ran = world.actions(name, execution)
    assert ran["Package"]["output"]["executionResult"]["errorDetails"]["message"] == "the tests failed"
    assert "Never" not in ran


def jobs_of(world: World, function: str) -> int:
    """How many jobs the function got: each begins a line of its log."""
    pages = world.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return sum("deploy began" in event["message"] for page in pages for event in page["events"])
