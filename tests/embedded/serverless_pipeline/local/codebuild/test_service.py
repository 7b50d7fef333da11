"""A project of a template builds, and says what of it has no effect."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from tests.support.building import LOGS
from tests.support.waiting import until

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

SPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo mode $MODE\n      - exit $CODE\n"


def template(mode: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": list(LOGS), "Resource": "*"}
    variables = [{"Name": "MODE", "Value": mode, "Type": "PLAINTEXT"}, {"Name": "CODE", "Value": "0"}]
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                    "Policies": [
                        {
                            "PolicyName": "logs",
                            "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
                        }
                    ],
                },
            },
            "Project": {
                "Type": "AWS::CodeBuild::Project",
                "Properties": {
                    "Artifacts": {"Type": "NO_ARTIFACTS"},
                    "Source": {"Type": "NO_SOURCE", "BuildSpec": SPEC},
                    "Environment": {
                        "Type": "LINUX_CONTAINER",
                        "Image": "aws/codebuild/standard:7.0",
                        "ComputeType": "BUILD_GENERAL1_SMALL",
                        "PrivilegedMode": True,
                        "EnvironmentVariables": variables,
                    },
                    "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
                    "TimeoutInMinutes": 10,
                    "Cache": {"Type": "LOCAL", "Modes": ["LOCAL_SOURCE_CACHE"]},
                    "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "builds"}},
                    "Tags": [{"Key": "team", "Value": "a"}],
                },
            },
        },
        "Outputs": {
            "Name": {"Value": {"Ref": "Project"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Project", "Arn"]}},
        },
    }


def build(clients: Clients, name: str, code: str = "0") -> dict[str, Any]:
    codebuild = clients.client("codebuild")
    variables = [{"name": "CODE", "value": code, "type": "PLAINTEXT"}]
    started = codebuild.start_build(projectName=name, environmentVariablesOverride=variables)["build"]["id"]

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = codebuild.batch_get_builds(ids=[started])["builds"][0]
        return found if found["buildComplete"] else None

    return until(look, "the build")


def test_a_project_of_a_template_builds_as_it_is_and_as_it_becomes(clients: Clients) -> None:
    cloudformation, logs = clients.client("cloudformation"), clients.client("logs")
    stack, capabilities = f"builds-{secrets.token_hex(4)}", ["CAPABILITY_IAM"]

    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template("fast")), Capabilities=capabilities)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described}
    name = outputs["Name"]
    first = build(clients, name)
    cloudformation.update_stack(StackName=stack, TemplateBody=json.dumps(template("slow")), Capabilities=capabilities)
    cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    second = build(clients, name, code="4")

    assert outputs["Arn"].endswith(f":project/{name}")
    assert (first["buildStatus"], first["buildNumber"]) == ("SUCCEEDED", 1)
    assert [phase["phaseType"] for phase in first["phases"]] == [
        *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
        *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]
    assert (second["buildStatus"], second["buildNumber"]) == ("FAILED", 2)
    failed = [phase for phase in second["phases"] if phase.get("phaseStatus") == "FAILED"]
    assert [(phase["phaseType"], phase["contexts"][0]["statusCode"]) for phase in failed] == [
        ("BUILD", "COMMAND_EXECUTION_ERROR")
    ]
    events = logs.filter_log_events(logGroupName="builds", logStreamNames=[second["logs"]["streamName"]])["events"]
    text = "\n".join(event["message"] for event in events)
    assert "mode slow" in text
    assert "[WARNING] PrivilegedMode: there is no Docker in a build" in text
    reasons = [
        event.get("ResourceStatusReason", "")
        for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        if event["LogicalResourceId"] == "Project"
    ]
    assert any("PrivilegedMode" in reason and "Cache" in reason for reason in reasons)
    cloudformation.delete_stack(StackName=stack)
