"""Commands are one phase of a build, which is looked at until it has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codebuild import build as builds
from serverless_pipeline.local.codebuild.build import Source
from serverless_pipeline.local.codebuild.buildspec import Artifact as Files
from serverless_pipeline.local.codebuild.buildspec import Buildspec, Phase
from serverless_pipeline.local.codebuild.transfer import Target
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Artifact
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType, EnvironmentVariable
from serverless_pipeline.local.codepipeline.providers import compute_commands
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded, Work, Working
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import ACCOUNT, REGION, SCOPE, TIMING

if TYPE_CHECKING:
    from pathlib import Path

ACTION = Action(
    "Run",
    ActionType("Compute", "AWS", "Commands", "1"),
    commands=("make", "make test"),
    environment=(EnvironmentVariable("A", "1"), EnvironmentVariable("S", "s", "SECRETS_MANAGER")),
    output_variables=("SAID",),
    files={"Made": ("dist/*",)},
)
RUN = ActionRun(
    "run",
    "e",
    "Build",
    ACTION,
    1,
    1,
    "ada",
    inputs=(Artifact("Source", "store", "a"), Artifact("Other", "store", "b")),
    outputs=(Artifact("Made", "store", "c"),),
)
WORK = Work(SCOPE, "p", RUN, Credentials("role", "u", REGION, "k", "s", "t"), TIMING, now=10, key_id="key")
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/codepipeline/p:log-stream:run/Run"


class Running:
    """A build that a test ends."""

    def __init__(self, order: Any, _place: Place) -> None:
        self.order, self.status = order, "IN_PROGRESS"
        self.failure: dict[str, str] | None = None
        self.exported = {"SAID": "hello"}

    def perform(self) -> None:
        pass


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The commands that run, by their action run."""
    running: dict[str, Any] = {}
    monkeypatch.setattr(compute_commands, "Build", Running)
    monkeypatch.setattr(compute_commands, "_running", running)
    monkeypatch.setattr(builds, "_places", [Place(tmp_path, "url")])
    return running


def test_commands_are_one_phase_with_the_artifacts_and_the_role_of_the_action() -> None:
    order = compute_commands.order(WORK)

    assert order.spec == Buildspec(
        phases=(
            Phase("install"),
            Phase("pre_build"),
            Phase("build", ("make", "make test"), on_failure="ABORT"),
            Phase("post_build"),
        ),
        exported=("SAID",),
        artifacts=(Files("Made", ("dist/*",)),),
    )
    assert order.credentials is WORK.credentials
    assert order.sources == (Source("", "store/a"), Source("Other", "store/b"))
    assert order.targets == {"Made": Target("store", "c", key_id="key")}
    assert order.variables == (Variable("A", "1"), Variable("S", "s", "SECRETS_MANAGER"))
    assert (order.group, order.stream) == ("/aws/codepipeline/p", "run/Run")


def test_commands_find_what_codebuild_sets() -> None:
    given = compute_commands.order(WORK).given

    assert given == {
        "CODEPIPELINE_EXECUTION_ID": "e",
        "CODEBUILD_BUILD_ID": "p:run",
        "CODEBUILD_INITIATOR": "codepipeline/p",
    }


def test_they_are_looked_at_until_they_have_ended(running: dict[str, Any]) -> None:
    said = Succeeded(external_id="run", log_stream=LOG)

    assert compute_commands.start(WORK) == Working("run", said)
    assert compute_commands.start(replace(WORK, continuation="run")) == Working("run", said)
    running["run"].status = "SUCCEEDED"
    assert compute_commands.start(replace(WORK, continuation="run")) == replace(said, variables={"SAID": "hello"})
    assert running == {}


def test_a_command_that_failed_is_named(running: dict[str, Any]) -> None:
    compute_commands.start(WORK)
    running["run"].status = "FAILED"
    running["run"].failure = {"phase": "BUILD", "statusCode": "C", "message": "m"}

    assert compute_commands.start(replace(WORK, continuation="run")) == Failed(
        "JobFailed",
        "Build terminated with state: FAILED. Phase: BUILD, Code: C, Message: m",
        external_id="run",
        log_stream=LOG,
    )


def test_commands_that_nobody_runs_failed(running: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    gone = compute_commands.start(replace(WORK, continuation="run"))
    monkeypatch.setattr(builds, "_places", [])
    nowhere = compute_commands.start(WORK)

    assert gone == Failed("JobFailed", "The commands are gone with the server that ran them")
    assert nowhere == Failed("JobFailed", "builds have no place to run at in this server")
    assert running == {}
