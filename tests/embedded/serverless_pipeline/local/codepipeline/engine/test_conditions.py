"""Modes, conditions, rollbacks and automatic retries, through the ordinary client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World

    Declare = Callable[..., dict[str, Any]]


def rule(provider: str, **configuration: str) -> dict[str, Any]:
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": "Check", "ruleTypeId": kind, "configuration": configuration}


def gate(result: str, provider: str, **configuration: str) -> dict[str, Any]:
    return {"conditions": [{"result": result, "rules": [rule(provider, **configuration)]}]}


def declared(world: World, action: dict[str, Any], **stage: Any) -> dict[str, Any]:
    """A pipeline whose second stage is guarded."""
    pipeline = world.declare(
        ("Source", [world.source()]), ("Prod", [action]), variables=[{"name": "Who", "defaultValue": "nobody"}]
    )
    pipeline["stages"][1].update(stage)
    return pipeline


def created(world: World, pipeline: dict[str, Any]) -> tuple[str, str]:
    world.codepipeline.create_pipeline(pipeline=pipeline)
    return pipeline["name"], world.newest(pipeline["name"])


def test_a_variable_lets_an_execution_in_or_skips_the_stage(world: World, invoke: Declare) -> None:
    entry = gate("SKIP", "VariableCheck", Variable="#{variables.Who}", Operator="EQ", Value="Ada")
    name, skipped = created(world, declared(world, invoke("Deploy", world.function()), beforeEntry=entry))

    assert world.until(name, skipped) == "Succeeded"
    assert world.stages(name)["Prod"]["latestExecution"]["status"] == "Skipped"
    assert "Deploy" not in world.actions(name, skipped)

    ada = world.start(name, variables=[{"name": "Who", "value": "Ada"}])
    assert world.until(name, ada) == "Succeeded"
    assert world.actions(name, ada)["Deploy"]["status"] == "Succeeded"
    state = world.stages(name)["Prod"]["beforeEntryConditionState"]
    assert state["latestExecution"]["status"] == "Succeeded"
    listed = world.codepipeline.list_rule_executions(pipelineName=name)["ruleExecutionDetails"]
    assert [(one["ruleName"], one["status"]) for one in listed] == [("Check", "Succeeded"), ("Check", "Failed")]


def test_a_function_that_says_no_keeps_an_execution_out_until_a_person_overrides_it(
    world: World, invoke: Declare
) -> None:
    function = world.function()
    entry = gate("FAIL", "LambdaInvoke", FunctionName=function, UserParameters=json.dumps({"fail": "not on Fridays"}))
    name, execution = created(world, declared(world, invoke("Deploy", function), beforeEntry=entry))

    assert world.until(name, execution) == "Failed"
    (detail,) = world.codepipeline.list_rule_executions(pipelineName=name)["ruleExecutionDetails"]
    assert detail["output"]["executionResult"]["errorDetails"]["message"] == "not on Fridays"

    world.codepipeline.override_stage_condition(
        pipelineName=name, stageName="Prod", pipelineExecutionId=execution, conditionType="BEFORE_ENTRY"
    )
    assert world.until(name, execution) == "Succeeded"
    assert world.stages(name)["Prod"]["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"


def test_a_stage_is_rolled_back_by_hand_and_by_itself(world: World, invoke: Declare) -> None:
    deploy = invoke(
        "Deploy", world.function(), json.dumps({"fail": "#{variables.Who}"}), inputArtifacts=[{"name": "SourceOutput"}]
    )
    deploy["configuration"]["UserParameters"] = "#{variables.Who}"
    pipeline = declared(world, deploy, onFailure={"result": "ROLLBACK"})
    name, good = created(world, pipeline)
    assert world.until(name, good) == "Succeeded"

    back = world.codepipeline.rollback_stage(pipelineName=name, stageName="Prod", targetPipelineExecutionId=good)
    assert world.until(name, back["pipelineExecutionId"]) == "Succeeded"
    assert list(world.actions(name, back["pipelineExecutionId"])) == ["Deploy"]

    bad = world.start(name, variables=[{"name": "Who", "value": json.dumps({"fail": "broken"})}])
    assert world.until(name, bad) == "Failed"
    newest = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    assert newest["executionType"] == "ROLLBACK"
    assert newest["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": good}
    assert newest["trigger"]["triggerType"] == "AutomatedRollback"
    assert world.until(name, newest["pipelineExecutionId"]) == "Succeeded"
    with pytest.raises(ClientError, match="UnableToRollbackStageException"):
        world.codepipeline.rollback_stage(pipelineName=name, stageName="Prod", targetPipelineExecutionId=bad)


def test_a_stage_retries_itself_once(world: World, invoke: Declare) -> None:
    wrong = invoke("Deploy", world.function(), json.dumps({"fail": "no"}))
    name, execution = created(world, declared(world, wrong, onFailure={"result": "RETRY"}))

    assert world.until(name, execution) == "Failed"
    listed = world.codepipeline.list_action_executions(pipelineName=name)["actionExecutionDetails"]
    assert [one["actionName"] for one in listed] == ["Deploy", "Deploy", "Source"]
    assert world.stages(name)["Prod"]["retryStageMetadata"] == {
        "autoStageRetryAttempt": 1,
        "latestRetryTrigger": "AutomatedStageRetry",
    }


def test_executions_queue_up_or_go_side_by_side(world: World, approval: Declare) -> None:
    pipeline = world.declare(("Source", [world.source()]), ("Gate", [approval("Ask")]), executionMode="QUEUED")
    name, first = created(world, pipeline)
    token = world.token(name, "Gate", "Ask")
    second, third = world.start(name), world.start(name)
    world.waits(name, "Gate", third)
    waiting = [one["pipelineExecutionId"] for one in world.stages(name)["Gate"]["inboundExecutions"]]
    assert waiting == [second, third]

    world.decide(name, "Gate", "Ask")
    assert world.until(name, first) == "Succeeded"
    for execution in (second, third):
        assert world.stages(name)["Gate"]["latestExecution"]["pipelineExecutionId"] == execution
        world.decide(name, "Gate", "Ask")
        assert world.until(name, execution) == "Succeeded"
    assert token

    world.codepipeline.update_pipeline(pipeline={**pipeline, "executionMode": "PARALLEL"})
    executions = [world.start(name) for _ in range(3)]
    for execution in executions:
        world.approves(name, execution, "Gate", "Ask")
        assert world.until(name, execution) == "Succeeded"
