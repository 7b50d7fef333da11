"""A build is started with the artifacts of the action, and looked at until it has ended."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact, Revision
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import build_codebuild
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded, Work, Working
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

SOURCE = Artifact("Source", "store", "p/Source/abc", Revision("commit"))
OTHER = Artifact("Other", "store", "p/Other/def")
BUILT, MORE = Artifact("Built", "store", "p/Built/ghi"), Artifact("More", "store", "p/More/jkl")
RUN = ActionRun(
    "run",
    "e",
    "Build",
    Action("Build", ActionType("Build", "AWS", "CodeBuild", "1")),
    1,
    1,
    "ada",
    resolved_configuration={"ProjectName": "shop"},
    inputs=(SOURCE,),
    outputs=(BUILT,),
)
WORK = Work(SCOPE, "p", RUN, Credentials("pipeline-role", "u", REGION, "k", "s", "t"), TIMING, now=10)
URL = "https://console.aws.amazon.com/codebuild/home?region=eu-west-1#/builds/shop:1/view/new"
BUILD: dict[str, Any] = {"id": "shop:1", "buildStatus": "IN_PROGRESS", "logs": {"cloudWatchLogsArn": "log"}}
SAID = Succeeded(external_id="shop:1", external_url=URL, log_stream="log")


class CodeBuild:
    """It answers with a build, or refuses."""

    def __init__(self) -> None:
        self.build: dict[str, Any] | None = BUILD
        self.refused = ""

    def start_build(self, **_request: Any) -> dict[str, Any]:
        if self.refused:
            raise ClientError({"Error": {"Code": self.refused, "Message": "no"}}, "StartBuild")
        return {"build": self.build}

    def batch_get_builds(self, *, ids: list[str]) -> dict[str, Any]:
        assert ids == ["shop:1"]
        return {"builds": [self.build] if self.build else []}


@pytest.fixture
def codebuild(monkeypatch: pytest.MonkeyPatch) -> CodeBuild:
    codebuild = CodeBuild()
    monkeypatch.setattr(
        Credentials, "client", lambda _self, service, region: {("codebuild", REGION): codebuild}[service, region]
    )
    return codebuild


def configured(**configuration: str) -> Work:
    return replace(WORK, run=replace(RUN, resolved_configuration={"ProjectName": "shop", **configuration}))


def test_a_build_gets_the_artifact_and_leaves_another() -> None:
    assert build_codebuild.request(WORK) == {
        "projectName": "shop",
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceLocationOverride": "store/p/Source/abc",
        "sourceVersion": "commit",
        "secondarySourcesOverride": [],
        "artifactsOverride": {"type": "S3", "location": "store", "path": "p/Built", "name": "ghi", "packaging": "ZIP"},
        "secondaryArtifactsOverride": [],
        "environmentVariablesOverride": [],
        "idempotencyToken": "codepipeline/p/run",
    }


def test_of_several_artifacts_the_first_is_named_and_the_others_have_their_names() -> None:
    run = replace(
        RUN,
        inputs=(SOURCE, OTHER),
        outputs=(BUILT, MORE),
        resolved_configuration={"ProjectName": "shop", "PrimarySource": "Other"},
    )

    asked = build_codebuild.request(replace(WORK, run=run, key_id="key"))

    assert asked["sourceLocationOverride"] == "store/p/Other/def"
    assert "sourceVersion" not in asked
    assert asked["encryptionKeyOverride"] == "key"
    assert asked["secondarySourcesOverride"] == [
        {"type": "CODEPIPELINE", "location": "store/p/Source/abc", "sourceIdentifier": "Source"}
    ]
    assert asked["artifactsOverride"] == {"type": "NO_ARTIFACTS"}
    assert [one["artifactIdentifier"] for one in asked["secondaryArtifactsOverride"]] == ["Built", "More"]


def test_variables_are_handed_on() -> None:
    text = json.dumps([{"name": "A", "value": "1"}, {"name": "B", "value": "/b", "type": "PARAMETER_STORE"}])

    assert build_codebuild.request(configured(EnvironmentVariables=text))["environmentVariablesOverride"] == [
        {"name": "A", "value": "1", "type": "PLAINTEXT"},
        {"name": "B", "value": "/b", "type": "PARAMETER_STORE"},
    ]


@pytest.mark.parametrize(
    ("configuration", "inputs", "said"),
    [
        ({"BatchEnabled": "true"}, (SOURCE,), "does not imitate BatchEnabled"),
        ({"EnvironmentVariables": "A=1"}, (SOURCE,), "EnvironmentVariables has to be JSON"),
        ({"EnvironmentVariables": '["A"]'}, (SOURCE,), "EnvironmentVariables has to be JSON"),
        ({"PrimarySource": "Gone"}, (SOURCE,), "PrimarySource Gone is no input artifact"),
        ({}, (SOURCE, OTHER), "PrimarySource is required"),
    ],
)
@pytest.mark.usefixtures("codebuild")
def test_a_configuration_that_cannot_be_carried_out_is_told(
    configuration: dict[str, str], inputs: tuple[Artifact, ...], said: str
) -> None:
    work = configured(**configuration)

    outcome = build_codebuild.start(replace(work, run=replace(work.run, inputs=inputs)))

    assert isinstance(outcome, Failed)
    assert (outcome.code, said in outcome.message) == ("ConfigurationError", True)


@pytest.mark.usefixtures("codebuild")
def test_a_build_is_looked_at_until_it_has_ended() -> None:
    assert build_codebuild.start(WORK) == Working("shop:1", SAID)
    assert build_codebuild.start(replace(WORK, continuation="shop:1")) == Working("shop:1", SAID)


def test_exported_variables_are_the_output_variables(codebuild: CodeBuild) -> None:
    codebuild.build = {
        **BUILD,
        "buildStatus": "SUCCEEDED",
        "exportedEnvironmentVariables": [{"name": "A", "value": "1"}],
    }

    assert build_codebuild.start(replace(WORK, continuation="shop:1")) == replace(SAID, variables={"A": "1"})


def test_a_build_that_failed_says_so_as_on_aws(codebuild: CodeBuild) -> None:
    phases = [
        {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED"},
        {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [{"statusCode": "C", "message": "m"}]},
        {"phaseType": "COMPLETED"},
    ]
    codebuild.build = {**BUILD, "buildStatus": "FAILED", "phases": phases}

    assert build_codebuild.start(replace(WORK, continuation="shop:1")) == Failed(
        "JobFailed",
        "Build terminated with state: FAILED. Phase: BUILD, Code: C, Message: m",
        external_id="shop:1",
        external_url=URL,
        log_stream="log",
    )


def test_a_build_that_was_stopped_or_is_gone_failed(codebuild: CodeBuild) -> None:
    codebuild.build = {**BUILD, "buildStatus": "STOPPED"}
    stopped = build_codebuild.start(replace(WORK, continuation="shop:1"))
    codebuild.build = None
    gone = build_codebuild.start(replace(WORK, continuation="shop:1"))

    assert isinstance(stopped, Failed)
    assert stopped.message == "Build terminated with state: STOPPED"
    assert gone == Failed("JobFailed", "The build shop:1 is gone", external_id="shop:1")


@pytest.mark.parametrize(
    ("refused", "code", "said"),
    [
        ("AccessDeniedException", "PermissionError", "allow it codebuild:StartBuild and codebuild:BatchGetBuilds"),
        ("ResourceNotFoundException", "ConfigurationError", "Error calling startBuild: no"),
    ],
)
def test_why_a_build_could_not_be_started(codebuild: CodeBuild, refused: str, code: str, said: str) -> None:
    codebuild.refused = refused

    outcome = build_codebuild.start(WORK)

    assert isinstance(outcome, Failed)
    assert (outcome.code, said in outcome.message) == (code, True)


def test_it_builds_and_tests_for_eight_hours_at_most() -> None:
    assert [(one.category, one.name) for one in (build_codebuild.BUILD, build_codebuild.TEST)] == [
        ("Build", "CodeBuild"),
        ("Test", "CodeBuild"),
    ]
    assert build_codebuild.BUILD.timeout == 8 * 3600
