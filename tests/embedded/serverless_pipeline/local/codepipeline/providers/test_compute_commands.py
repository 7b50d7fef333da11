"""Commands run with the role of their action, and leave an artifact and a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.building import LOGS, STORE, artifact, failures, log, source

if TYPE_CHECKING:
    from tests.support.codepipeline import World


def commands(*lines: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Run",
        "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
        "commands": list(lines),
        "inputArtifacts": [{"name": "SourceOutput"}],
        "namespace": "Run",
        **more,
    }


def role(builder: World) -> str:
    actions = ("s3:GetBucketVersioning", *STORE, *LOGS, "secretsmanager:GetSecretValue")
    return builder.role("pipeline", "codepipeline.amazonaws.com", *actions)


def test_commands_make_an_artifact_and_a_variable(builder: World) -> None:
    secret = f"{builder.prefix}-secret"
    builder.client("secretsmanager").create_secret(Name=secret, SecretString="swordfish")
    action = commands(
        "GREETING=hello",
        "mkdir out && cat word.txt > out/copy.txt",
        'echo "token $TOKEN colour $COLOUR"',
        'export SAID="$GREETING $(cat word.txt)"',
        outputVariables=["SAID"],
        outputArtifacts=[{"name": "Made", "files": ["out/*"]}],
        environmentVariables=[
            {"name": "COLOUR", "value": "red"},
            {"name": "TOKEN", "value": secret, "type": "SECRETS_MANAGER"},
        ],
    )

    name, execution = builder.create(
        ("Source", [source(builder, {"word.txt": "world"})]), ("Run", [action]), role=role(builder)
    )

    assert builder.until(name, execution) == "Succeeded", failures(builder, name, execution)
    details = builder.actions(name, execution)["Run"]
    assert details["output"]["outputVariables"] == {"SAID": "hello world"}
    assert artifact(builder, details) == {"out/copy.txt": "world"}
    stream = details["output"]["executionResult"]["logStreamARN"]
    assert f":log-group:/aws/codepipeline/{name}:log-stream:" in stream
    assert "token *** colour red" in log(builder, stream)


def test_the_first_command_that_fails_is_the_last(builder: World) -> None:
    action = commands("exit 3", "echo never")

    name, execution = builder.create(("Source", [source(builder, {})]), ("Run", [action]), role=role(builder))

    assert builder.until(name, execution) == "Failed"
    result = builder.actions(name, execution)["Run"]["output"]["executionResult"]
    assert result["errorDetails"]["message"] == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while"
        " executing command: exit 3. Reason: exit status 3"
    )
    assert "echo never" not in log(builder, result["logStreamARN"])


def test_a_pipeline_of_the_first_type_has_no_commands(builder: World) -> None:
    pipeline = builder.declare(("Source", [source(builder, {})]), ("Run", [commands("true")]), pipelineType="V1")

    with pytest.raises(ClientError, match="Commands Action can only be used with V2 pipelines"):
        builder.codepipeline.create_pipeline(pipeline=pipeline)
