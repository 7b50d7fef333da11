"""Executions move through stages: on the embedded AWS, with real functions and real roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def test_the_creation_of_a_pipeline_runs_it_to_its_end(world: World, invoke: Declare) -> None:
    build = invoke(
        "Build", world.function(), inputArtifacts=[{"name": "SourceOutput"}], outputArtifacts=[{"name": "Built"}]
    )

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))

    assert world.until(name, execution) == "Succeeded"
    summary = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    assert summary["trigger"]["triggerType"] == "CreatePipeline"


def test_an_action_reads_what_earlier_ones_made_with_the_credentials_of_its_job(world: World, invoke: Declare) -> None:
    function = world.function()
    first = invoke("First", function, inputArtifacts=[{"name": "SourceOutput"}], outputArtifacts=[{"name": "Made"}])
    second = invoke(
        "Second", function, inputArtifacts=[{"name": "Made"}], outputArtifacts=[{"name": "Remade"}], runOrder=2
    )

    name, execution = world.create(("Source", [world.source("the source")]), ("Commit", [first, second]))

    assert world.until(name, execution) == "Succeeded"
    where = world.actions(name, execution)["Second"]["output"]["outputArtifacts"][0]["s3location"]
    remade = json.loads(
        json.loads(world.s3.get_object(Bucket=where["bucket"], Key=where["key"])["Body"].read())["read"][0]
    )
    assert remade["read"] == ["the source"]


def test_artifacts_lie_under_the_names_of_pipeline_and_artifact(world: World, invoke: Declare) -> None:
    build = invoke("Build", world.function(), outputArtifacts=[{"name": "DistributionOutput"}])

    name, execution = world.create(("Source", [world.source()]), ("Commit", [build]))

    assert world.until(name, execution) == "Succeeded"
    key = world.actions(name, execution)["Build"]["output"]["outputArtifacts"][0]["s3location"]["key"]
    folder, _, last = key.rpartition("/")
    assert folder == f"{name[:20]}/Distributi"
    assert (len(last), last.isalnum()) == (7, True)


def test_actions_of_one_run_order_run_side_by_side(world: World, invoke: Declare, approval: Declare) -> None:
    stage = [approval("Left"), approval("Right"), {**invoke("After", world.function()), "runOrder": 2}]
    name, execution = world.create(("Source", [world.source()]), ("Commit", stage))

    tokens = {world.token(name, "Commit", "Left"), world.token(name, "Commit", "Right")}

    assert len(tokens) == 2
    assert "After" not in world.actions(name, execution)


def test_a_failure_lets_its_neighbours_end_and_nothing_more_start(
    world: World, invoke: Declare, approval: Declare
) -> None:
    function = world.function()
    stage = [invoke("Bad", function, {"fail": "no way"}), approval("Slow"), invoke("After", function, runOrder=2)]
    name, execution = world.create(("Source", [world.source()]), ("Commit", stage))
    world.token(name, "Commit", "Slow")

    world.decide(name, "Commit", "Slow")

    assert world.until(name, execution) == "Failed"
    actions = world.actions(name, execution)
    assert {key: item["status"] for key, item in actions.items()} == {
        "Source": "Succeeded",
        "Bad": "Failed",
        "Slow": "Succeeded",
    }
    assert actions["Bad"]["output"]["executionResult"]["errorDetails"] == {"code": "JobFailed", "message": "no way"}
    assert world.stages(name)["Commit"]["latestExecution"]["status"] == "Failed"


def test_variables_are_resolved_just_before_an_action(world: World, invoke: Declare) -> None:
    function = world.function()
    first = invoke("First", function, {"variables": {"Version": "7"}}, namespace="Package")
    text = "#{Package.Version} #{codepipeline.PipelineExecutionId} #{SourceVariables.ObjectKey}"
    second = invoke("Second", function, text, runOrder=2)

    name, execution = world.create(("Source", [world.source()]), ("Commit", [first, second]))

    assert world.until(name, execution) == "Succeeded"
    second_input = world.actions(name, execution)["Second"]["input"]
    assert second_input["configuration"]["UserParameters"] == text
    assert second_input["resolvedConfiguration"]["UserParameters"] == f"7 {execution} source.zip"


def test_a_variable_without_a_value_fails_the_action_by_name(world: World, invoke: Declare) -> None:
    stage = [invoke("Bad", world.function(), "#{SourceVariables.Nothing}")]

    name, execution = world.create(("Source", [world.source()]), ("Commit", stage))

    assert world.until(name, execution) == "Failed"
    error = world.actions(name, execution)["Bad"]["output"]["executionResult"]["errorDetails"]
    assert error["message"] == "These variables have no value: #{SourceVariables.Nothing} in UserParameters"


def test_a_newer_execution_supersedes_the_one_that_waits(world: World, approval: Declare) -> None:
    name, first = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")

    second = world.start(name)
    world.until(name, second, "InProgress")
    world.waits(name, "Commit", second)
    third = world.start(name)

    assert world.until(name, second) == "Superseded"
    world.waits(name, "Commit", third)
    world.decide(name, "Commit", "Gate")
    assert world.until(name, first) == "Succeeded"
    world.decide(name, "Commit", "Gate")
    assert world.until(name, third) == "Succeeded"


def test_a_failure_lets_the_waiting_execution_in(world: World, approval: Declare) -> None:
    name, first = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")
    second = world.start(name)
    world.waits(name, "Commit", second)

    world.decide(name, "Commit", "Gate", "Rejected")

    assert world.until(name, first) == "Failed"
    world.token(name, "Commit", "Gate")
    assert world.stages(name)["Commit"]["latestExecution"]["pipelineExecutionId"] == second


def test_a_closed_transition_holds_executions_back_until_it_is_opened(world: World, approval: Declare) -> None:
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    name = pipeline["name"]
    world.codepipeline.create_pipeline(pipeline=pipeline)
    way = {"pipelineName": name, "stageName": "Commit", "transitionType": "Inbound"}
    world.decide(name, "Commit", "Gate")
    world.codepipeline.disable_stage_transition(**way, reason="not today")
    held = world.start(name)
    world.waits(name, "Commit", held)
    closed = world.stages(name)["Commit"]["inboundTransitionState"]

    world.codepipeline.enable_stage_transition(**way)

    assert (closed["enabled"], closed["disabledReason"]) == (False, "not today")
    world.decide(name, "Commit", "Gate")
    assert world.until(name, held) == "Succeeded"


def test_a_stop_waits_for_what_runs(world: World, approval: Declare) -> None:
    stage = [approval("Gate"), {**approval("Next"), "runOrder": 2}]
    name, execution = world.create(("Source", [world.source()]), ("Commit", stage))
    world.token(name, "Commit", "Gate")

    world.codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution, reason="lunch")
    stopping = world.until(name, execution, "Stopping")
    with pytest.raises(ClientError, match="DuplicatedStopRequestException"):
        world.codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)
    world.decide(name, "Commit", "Gate")

    assert stopping == "Stopping"
    assert world.until(name, execution, "Stopped") == "Stopped"
    assert world.stages(name)["Commit"]["latestExecution"]["status"] == "Stopped"
    assert "Next" not in world.actions(name, execution)
    summary = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    assert summary["stopTrigger"] == {"reason": "lunch"}


def test_an_abandoned_action_ends_the_execution_at_once(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")

    world.codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution, abandon=True)

    assert world.until(name, execution) == "Stopped"
    assert world.actions(name, execution)["Gate"]["status"] == "Abandoned"
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        world.codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)


def test_a_waiting_execution_is_stopped_and_cannot_be_retried(world: World, approval: Declare) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.token(name, "Commit", "Gate")
    second = world.start(name)
    world.waits(name, "Commit", second)

    world.codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=second)

    assert world.until(name, second) == "Stopped"
    assert world.stages(name)["Commit"]["inboundExecutions"] == []
    with pytest.raises(ClientError, match="NotLatestPipelineExecutionException"):
        retry(world, name, second)


def test_a_retry_runs_only_the_failed_actions_again(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Good"), approval("Bad")]))
    world.decide(name, "Commit", "Good")
    world.decide(name, "Commit", "Bad", "Rejected")
    assert world.until(name, execution) == "Failed"
    good = world.actions(name, execution)["Good"]["actionExecutionId"]

    answer = retry(world, name, execution)
    metadata = world.stages(name)["Commit"]["retryStageMetadata"]
    world.decide(name, "Commit", "Bad")

    assert answer["pipelineExecutionId"] == execution
    assert metadata == {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
    assert world.until(name, execution) == "Succeeded"
    assert world.actions(name, execution)["Good"]["actionExecutionId"] == good


def test_a_retry_of_all_actions_runs_them_all(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Good"), approval("Bad")]))
    world.decide(name, "Commit", "Good")
    world.decide(name, "Commit", "Bad", "Rejected")
    assert world.until(name, execution) == "Failed"

    retry(world, name, execution, "ALL_ACTIONS")
    world.decide(name, "Commit", "Good")
    world.decide(name, "Commit", "Bad")

    assert world.until(name, execution) == "Succeeded"


def test_a_stage_that_did_not_fail_is_not_retried(world: World, approval: Declare) -> None:
    name, execution = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    world.decide(name, "Commit", "Gate")
    assert world.until(name, execution) == "Succeeded"

    with pytest.raises(ClientError, match="StageNotRetryableException"):
        retry(world, name, execution)


def test_an_update_cancels_what_runs_and_starts_nothing(world: World, approval: Declare) -> None:
    pipeline = world.declare(("Source", [world.source()]), ("Commit", [approval("Gate")]))
    name = pipeline["name"]
    world.codepipeline.create_pipeline(pipeline=pipeline)
    world.token(name, "Commit", "Gate")
    execution = world.newest(name)

    updated = world.codepipeline.update_pipeline(pipeline=pipeline)["pipeline"]

    assert updated["version"] == 2
    assert world.until(name, execution) == "Cancelled"
    assert world.newest(name) == execution
    assert world.codepipeline.get_pipeline(name=name, version=1)["pipeline"]["version"] == 1


def test_a_deleted_pipeline_is_gone_with_its_jobs(world: World, invoke: Declare) -> None:
    name, execution = world.create(
        ("Source", [world.source()]), ("Commit", [invoke("Quiet", world.function(), {"silent": True})])
    )
    world.until(name, execution, "InProgress")

    world.codepipeline.delete_pipeline(name=name)
    world.codepipeline.delete_pipeline(name=name)

    with pytest.raises(ClientError, match=f"does not have a pipeline with name '{name}'"):
        world.codepipeline.get_pipeline(name=name)


def test_a_required_variable_without_a_value_fails_the_execution(world: World, approval: Declare) -> None:
    gate = {**approval("Gate"), "configuration": {"CustomData": "#{variables.Who}"}}
    name, created = world.create(("Source", [world.source()]), ("Commit", [gate]), variables=[{"name": "Who"}])

    complete = world.start(name, variables=[{"name": "Who", "value": "Ada"}])

    failed = world.codepipeline.get_pipeline_execution(pipelineName=name, pipelineExecutionId=created)
    assert failed["pipelineExecution"]["statusSummary"] == "Values for required variables haven't been provided: Who"
    world.token(name, "Commit", "Gate")
    assert world.actions(name, complete)["Gate"]["input"]["resolvedConfiguration"] == {"CustomData": "Ada"}


def test_a_request_token_answers_the_same_execution_again(world: World, approval: Declare) -> None:
    name, _ = world.create(("Source", [world.source()]), ("Commit", [approval("Gate")]))

    first = world.start(name, clientRequestToken="once")

    assert world.start(name, clientRequestToken="once") == first


def retry(world: World, name: str, execution: str, mode: str = "FAILED_ACTIONS") -> Any:
    return world.codepipeline.retry_stage_execution(
        pipelineName=name, stageName="Commit", pipelineExecutionId=execution, retryMode=mode
    )
