"""An execution: its way through the stages, its variables and artifacts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus, Artifact
from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.model.execution import Execution, ExecutionStatus, StageStatus, Trigger
from tests.support.engine import REGION, action, declaration, words_of
from tests.support.frozen import changeable


def execution(*, trigger: Trigger | None = None, **more: Any) -> Execution:
    pipeline = Pipeline.from_document(declaration(**more), REGION)
    return Execution("e", pipeline, trigger or Trigger("CreatePipeline", "ada"), 10, 10)


def run_of(running: Execution, name: str = "Build", **more: Any) -> ActionRun:
    """A run of an action of the second stage."""
    (build,) = [each for each in running.pipeline.stages[1].actions if each.name == name]
    return replace(ActionRun("run", "e", "Commit", build, 10, 10, "ada"), **more)


@pytest.mark.parametrize(
    ("statuses", "shape"),
    [(ExecutionStatus, "PipelineExecutionStatus"), (StageStatus, "StageExecutionStatus")],
)
def test_the_statuses_are_those_of_aws(statuses: Any, shape: str) -> None:
    assert sorted(statuses) == words_of(shape)


def test_a_new_execution_is_before_the_first_stage_and_nothing_ran() -> None:
    new = execution()

    assert vars(new) == {
        "id": "e",
        "pipeline": new.pipeline,
        "trigger": Trigger("CreatePipeline", "ada"),
        "started": 10,
        "updated": 10,
        "status": ExecutionStatus.IN_PROGRESS,
        "status_summary": "",
        "variables": {},
        "overrides": {},
        "stop_reason": "",
        "stop_requested": False,
        "stage_index": 0,
        "attempt": {},
        "runs": {},
        "artifacts": {},
        "namespaces": {},
        "succeeded_stages": set(),
        "attempts": 1,
        "retried": None,
        "entered": None,
        "stage_retried": None,
        "checks": {},
        "retried_stages": set(),
        "target": "",
    }
    assert new.stage.name == "Source"


def test_the_stage_is_the_one_of_its_index() -> None:
    moved = execution()

    moved.stage_index = 1

    assert moved.stage.name == "Commit"


@pytest.mark.parametrize("status", list(ExecutionStatus))
def test_an_execution_is_active_while_it_runs_or_stops(status: ExecutionStatus) -> None:
    one = execution()

    one.status = status

    assert one.is_active == (status in ("InProgress", "Stopping"))


def test_a_run_begins_with_the_artifacts_it_takes_and_places_for_those_it_makes() -> None:
    build = action("Build", inputArtifacts=[{"name": "SourceOutput"}], outputArtifacts=[{"name": "Built"}])
    one = execution(stages=[{"name": "Commit", "actions": [build]}])
    source = Artifact("SourceOutput", "store", "p/SourceOutp/abc")
    one.artifacts = {"Other": Artifact("Other", "store", "p/Other/abc"), "SourceOutput": source}

    run = one.begin(one.stage.actions[0], 12)

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", run.id)
    assert [(artifact.name, artifact.bucket) for artifact in run.outputs] == [("Built", "store")]
    assert run == ActionRun(
        id=run.id,
        execution_id="e",
        stage="Commit",
        action=one.stage.actions[0],
        started=12,
        updated=12,
        updated_by="ada",
        inputs=(source,),
        outputs=run.outputs,
    )


def test_a_run_of_an_execution_that_nobody_started_is_the_services_own() -> None:
    one = execution(trigger=Trigger("PollForSourceChanges"))

    assert one.begin(one.stage.actions[0], 12).updated_by == "codepipeline.amazonaws.com"


def test_the_runs_of_the_stage_that_are_in_progress_are_running() -> None:
    stages = [{"name": "Source", "actions": []}, {"name": "Commit", "actions": [action("Build"), action("Lint")]}]
    one = execution(stages=stages)
    lint = run_of(one, "Lint", id="lint")

    one.put(run_of(one, status=ActionStatus.SUCCEEDED))
    one.put(lint)

    assert one.running() == [lint]


def test_variables_get_their_values_or_their_defaults() -> None:
    one = execution(variables=[{"name": "A"}, {"name": "B", "defaultValue": "b"}, {"name": "C", "defaultValue": "c"}])

    missing = one.assign({"A": "1", "C": "3", "Other": "4"})

    assert (one.variables, missing) == ({"A": "1", "B": "b", "C": "3"}, [])


def test_required_variables_without_a_value_are_named() -> None:
    one = execution(variables=[{"name": "A"}, {"name": "B", "defaultValue": ""}, {"name": "C"}])

    missing = one.assign({})

    assert (one.variables, missing) == ({"B": ""}, ["A", "C"])


def test_a_newer_state_of_a_run_replaces_the_older_one() -> None:
    one = execution()
    one.put(run_of(one))
    newer = run_of(one, status=ActionStatus.SUCCEEDED, updated=11)

    one.put(newer)

    assert (one.attempt, one.runs, one.updated) == ({"Build": newer}, {"run": newer}, 11)


def test_a_run_that_a_retry_has_replaced_counts_no_more() -> None:
    one = execution()
    retried, late = run_of(one, id="retried"), run_of(one, summary="late")
    one.put(retried)

    one.put(late)

    assert one.attempt == {"Build": retried}
    assert one.runs == {"retried": retried, "run": late}


def test_later_actions_may_use_artifacts_and_variables_of_a_run() -> None:
    one = execution(
        stages=[{"name": "Source", "actions": []}, {"name": "Commit", "actions": [action("Build", namespace="Mine")]}]
    )
    built, older = Artifact("Built", "store", "new"), Artifact("Older", "store", "old")
    one.artifacts = {"Older": older}

    one.keep(run_of(one, outputs=(built,), variables={"v": "1"}))

    assert one.artifacts == {"Older": older, "Built": built}
    assert one.scopes() == {"Mine": {"v": "1"}, "variables": {}, "codepipeline": {"PipelineExecutionId": "e"}}


def test_variables_of_an_action_without_a_namespace_cannot_be_referred_to() -> None:
    one = execution()

    one.keep(run_of(one, variables={"v": "1"}))

    assert one.namespaces == {}


def test_the_pipelines_own_variables_are_in_scope() -> None:
    one = execution(variables=[{"name": "A"}])

    one.assign({"A": "1"})

    assert one.scopes() == {"variables": {"A": "1"}, "codepipeline": {"PipelineExecutionId": "e"}}


def test_an_execution_ends_with_a_status_a_time_and_a_reason() -> None:
    one = execution()

    one.finish(ExecutionStatus.CANCELLED, 14, "The pipeline was deleted")

    assert (one.status, one.updated, one.status_summary) == ("Cancelled", 14, "The pipeline was deleted")


def test_an_execution_that_ends_well_needs_no_reason() -> None:
    one = execution()
    one.status_summary = "older"

    one.finish(ExecutionStatus.SUCCEEDED, 14)

    assert (one.status, one.status_summary) == ("Succeeded", "")


def test_a_trigger_cannot_be_changed() -> None:
    assert changeable(Trigger("CreatePipeline")) == []
    assert Trigger("CreatePipeline").detail == ""


def test_a_run_says_by_which_version_it_ran_though_the_execution_goes_on_by_another() -> None:
    one = execution()
    run = one.begin(one.stage.actions[0], 12)

    one.pipeline = replace(one.pipeline, version=2)

    assert (run.version, one.begin(one.stage.actions[0], 13).version) == (1, 2)


def test_an_approval_has_its_token_from_the_start_and_others_have_none() -> None:
    one = execution(stages=[{"name": "Commit", "actions": [action("Gate", "Approval", "Manual"), action("Build")]}])

    gate, build = (one.begin(each, 12) for each in one.stage.actions)

    assert (gate.token, build.token) == (gate.id, "")


def test_an_execution_knows_when_it_came_into_the_stage_and_when_that_was_retried() -> None:
    one = execution()

    one.enter(11)
    one.resume(12)
    retried = (one.attempts, one.entered, one.retried, one.stage_retried, one.updated)
    one.enter(13)

    assert retried == (2, 11, 12, 12, 12)
    assert (one.attempts, one.entered, one.retried, one.stage_retried) == (2, 13, 12, None)
