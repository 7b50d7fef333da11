"""A project builds the source of a pipeline, for real."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psutil

from tests.support.building import LOGS, STORE, artifact, failures, log, source
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.support.codepipeline import World

SPEC = """
version: 0.2
env:
  variables: {COLOUR: red}
  parameter-store: {TOKEN: TOKEN_NAME}
  exported-variables: [ANSWER]
phases:
  install: {runtime-versions: {python: 3.11}}
  pre_build: {commands: [cd sub, KEPT=42]}
  build:
    commands:
      - echo "colour $COLOUR mode $MODE token $TOKEN"
      - export ANSWER=$KEPT
      - test -z "$BREAK"
      - mkdir -p ../dist && git --version > ../dist/git.txt && pwd > ../dist/folder.txt
  post_build: {commands: ['echo succeeding=$CODEBUILD_BUILD_SUCCEEDING']}
artifacts: {files: ['**/*'], base-directory: dist}
"""


def project(builder: World, name: str, spec: str | None = None) -> str:
    full = f"{builder.prefix}-{name}"
    builder.client("codebuild").create_project(
        name=full,
        source={"type": "CODEPIPELINE", **({"buildspec": spec} if spec else {})},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=builder.role(name, "codebuild.amazonaws.com", *LOGS, *STORE, "ssm:GetParameter"),
    )
    return full


def building(category: str, project: str, inputs: list[str], outputs: list[str], **variables: str) -> dict[str, Any]:
    asked = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    return {
        "name": category,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": "CodeBuild", "version": "1"},
        "configuration": {"ProjectName": project, "EnvironmentVariables": json.dumps(asked)},
        "inputArtifacts": [{"name": name} for name in inputs],
        "outputArtifacts": [{"name": name} for name in outputs],
        "namespace": category,
    }


def role(builder: World) -> str:
    return builder.role(
        "pipeline",
        "codepipeline.amazonaws.com",
        *("s3:GetBucketVersioning", *STORE, "codebuild:StartBuild", "codebuild:BatchGetBuilds"),
    )


def test_a_source_is_built_and_tested_and_its_log_is_there(builder: World) -> None:
    parameter = f"{builder.prefix}-token"
    builder.client("ssm").put_parameter(Name=parameter, Value="swordfish", Type="SecureString")
    spec = SPEC.replace("TOKEN_NAME", parameter)
    test = "version: 0.2\nphases:\n  build:\n    commands:\n      - cat folder.txt\n      - test -s git.txt\n"
    build = building("Build", project(builder, "build"), ["SourceOutput"], ["Built"], MODE="fast")
    tests = building("Test", project(builder, "test", test), ["Built"], [])

    name, execution = builder.create(
        ("Source", [source(builder, {"buildspec.yml": spec, "sub/file": "x"})]),
        ("Build", [build]),
        ("Test", [tests]),
        role=role(builder),
    )

    assert builder.until(name, execution) == "Succeeded", failures(builder, name, execution)
    details = builder.actions(name, execution)["Build"]
    assert details["output"]["outputVariables"] == {"ANSWER": "42"}
    files = artifact(builder, details)
    assert sorted(files) == ["folder.txt", "git.txt"]
    result = details["output"]["executionResult"]
    assert result["externalExecutionId"].startswith(f"{builder.prefix}-build:")
    text = log(builder, result["logStreamARN"])
    assert "colour red mode fast token ***" in text
    assert "succeeding=1" in text
    assert "swordfish" not in text
    assert "runtime-versions: python 3.11 runs on Python" in text


def test_a_command_that_fails_ends_the_build_in_the_words_of_aws(builder: World) -> None:
    spec = SPEC.replace("  parameter-store: {TOKEN: TOKEN_NAME}\n", "")
    build = building("Build", project(builder, "build"), ["SourceOutput"], ["Built"], BREAK="yes")

    name, execution = builder.create(
        ("Source", [source(builder, {"buildspec.yml": spec, "sub/file": "x"})]), ("Build", [build]), role=role(builder)
    )

    assert builder.until(name, execution) == "Failed"
    result = builder.actions(name, execution)["Build"]["output"]["executionResult"]
    assert result["errorDetails"] == {
        "code": "JobFailed",
        "message": "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error"
        ' while executing command: test -z "$BREAK". Reason: exit status 1',
    }
    assert "succeeding=0" in log(builder, result["logStreamARN"])


def test_a_role_that_may_not_build_is_told(builder: World) -> None:
    build = building("Build", project(builder, "build"), ["SourceOutput"], [])

    name, execution = builder.create(("Source", [source(builder, {})]), ("Build", [build]))

    assert builder.until(name, execution) == "Failed"
    error = builder.actions(name, execution)["Build"]["output"]["executionResult"]["errorDetails"]
    assert (error["code"], "codebuild:StartBuild" in error["message"]) == ("PermissionError", True)


def test_a_build_is_stopped_with_all_that_it_started(builder: World) -> None:
    codebuild = builder.client("codebuild")
    seconds = f"1000.{int(builder.prefix[1:], 16)}"
    command = f"sleep {seconds} & sleep {seconds}"
    spec = f"version: 0.2\nphases:\n  build:\n    commands:\n      - {command}\n"
    name = f"{builder.prefix}-alone"
    codebuild.create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": spec},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=builder.role("alone", "codebuild.amazonaws.com", *LOGS),
    )
    build = codebuild.start_build(projectName=name)["build"]["id"]

    def look() -> dict[str, Any]:
        return dict(codebuild.batch_get_builds(ids=[build])["builds"][0])

    until(lambda: look()["currentPhase"] == "BUILD")
    codebuild.stop_build(id=build)
    until(lambda: look()["buildStatus"] != "IN_PROGRESS")

    ended = look()
    assert (ended["buildStatus"], ended["buildNumber"], ended["currentPhase"]) == ("STOPPED", 1, "COMPLETED")
    assert [process for process in psutil.process_iter(["cmdline"]) if seconds in (process.info["cmdline"] or [])] == []
    assert codebuild.list_builds_for_project(projectName=name)["ids"] == [build]


def test_several_artifacts_go_in_and_come_out_by_their_names(builder: World) -> None:
    split = (
        "version: 0.2\nphases:\n  build:\n    commands:\n      - echo one >one.txt\n      - echo two >two.txt\n"
        "artifacts:\n  secondary-artifacts:\n    One: {files: one.txt}\n    Two: {files: two.txt}\n"
    )
    join = (
        "version: 0.2\nphases:\n  build:\n    commands:\n"
        '      - cat two.txt "$CODEBUILD_SRC_DIR_One/one.txt" >both.txt\nartifacts: {files: [both.txt]}\n'
    )
    first = building("Build", project(builder, "split", split), ["SourceOutput"], ["One", "Two"])
    second = building("Test", project(builder, "join", join), ["One", "Two"], ["Both"])
    second["configuration"]["PrimarySource"] = "Two"

    name, execution = builder.create(
        ("Source", [source(builder, {"a": "b"})]), ("Build", [first]), ("Test", [second]), role=role(builder)
    )

    assert builder.until(name, execution) == "Succeeded", failures(builder, name, execution)
    assert artifact(builder, builder.actions(name, execution)["Test"]) == {"both.txt": "two\none\n"}
