"""What CodePipeline answers: the pipeline's declaration, its executions, one of them from look to look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws
from serverless_pipeline.codepipeline.execution import (
    FAILED,
    SUCCEEDED,
    ActionState,
    Declaration,
    Execution,
    StageState,
)
from serverless_pipeline.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.patience import Patience


def declaration(clients: Clients, name: str) -> Declaration | None:
    """The pipeline's declaration; None if there is no such pipeline."""
    try:
        return Declaration.from_response(clients.codepipeline.get_pipeline(name=name)["pipeline"])
    except ClientError as error:
        if not aws.is_absent(error):
            raise
        return None


def demand(clients: Clients, name: str) -> Declaration:
    """The pipeline's declaration.

    Raises:
        Error: there is no such pipeline.
    """
    pipeline = declaration(clients, name)
    if pipeline is None:
        raise Error(f"There is no pipeline {name} in {clients.account}, {clients.region}.", hint="invoke pipeline.up")
    return pipeline


def latest(clients: Clients, name: str) -> Execution | None:
    """The newest execution, without its stages; None if there was none yet."""
    return next(iter(_newest(clients, name)), None)


def current(clients: Clients, name: str) -> Execution:
    """The newest execution that runs, else the newest of all; without its stages.

    Raises:
        Error: there was none yet.
    """
    executions = _newest(clients, name)
    if not executions:
        raise Error(f"The pipeline {name} has no execution yet.", hint="invoke pipeline.run")
    return next((execution for execution in executions if execution.is_running), executions[0])


def read(clients: Clients, pipeline: Declaration, execution_id: str) -> Execution:
    """Look at one execution and its stages; the execution first, so that one that ended has all its actions."""
    response = clients.codepipeline.get_pipeline_execution(pipelineName=pipeline.name, pipelineExecutionId=execution_id)
    return with_stages(clients, pipeline, Execution.from_response(pipeline.name, response["pipelineExecution"]))


def with_stages(clients: Clients, pipeline: Declaration, execution: Execution) -> Execution:
    """The execution with its stages and actions as they stand.

    A stage that shows another execution now has the status that the actions of this one tell.
    """
    runs = _runs(clients, execution)
    statuses = _stage_statuses(clients, execution)
    return replace(execution, stages=tuple(_stage(stage, runs, statuses.get(stage.name)) for stage in pipeline.stages))


def follow(clients: Clients, pipeline: Declaration, execution_id: str, patience: Patience) -> Iterator[Execution]:
    """Each look at the execution, until it has ended or waits for an approval.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    what = f"the execution {execution_id} of {pipeline.name}"
    for execution in patience.looks(lambda: _look(clients, pipeline, execution_id), what=what):
        if execution is not None:
            yield execution
            if not execution.is_running or execution.approval:
                return


def approval_token(clients: Clients, name: str, stage: str, action: str) -> str:
    """The token by which a person answers this approval; empty if it was answered in between."""
    for state in clients.codepipeline.get_pipeline_state(name=name)["stageStates"]:
        for item in state.get("actionStates", []):
            if (state.get("stageName"), item.get("actionName")) == (stage, action):
                return item.get("latestExecution", {}).get("token", "")
    return ""


def _newest(clients: Clients, name: str) -> list[Execution]:
    """The first page, a hundred of them: CodePipeline remembers a year, and nobody waits for that."""
    page = clients.codepipeline.list_pipeline_executions(pipelineName=name)
    return [Execution.from_response(name, item) for item in page["pipelineExecutionSummaries"]]


def _look(clients: Clients, pipeline: Declaration, execution_id: str) -> Execution | None:
    """None while CodePipeline does not know yet what it has just started."""
    try:
        return read(clients, pipeline, execution_id)
    except ClientError as error:
        if aws.code(error) == "PipelineExecutionNotFoundException":
            return None
        raise


def _runs(clients: Clients, execution: Execution) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What ran, by stage and action; of several attempts the newest."""
    pages = clients.codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=execution.pipeline, filter={"pipelineExecutionId": execution.id}
    )
    runs: dict[tuple[str, str], Mapping[str, Any]] = {}
    for page in aws.moving(pages, f"the actions of execution {execution.id}"):
        for run in page["actionExecutionDetails"]:
            key = (run["stageName"], run["actionName"])
            if key not in runs or run["startTime"] > runs[key]["startTime"]:
                runs[key] = run
    return runs


def _stage_statuses(clients: Clients, execution: Execution) -> dict[str, str]:
    """The status of each stage whose latest execution is this one."""
    states = clients.codepipeline.get_pipeline_state(name=execution.pipeline)["stageStates"]
    return {
        state["stageName"]: state["latestExecution"]["status"]
        for state in states
        if state.get("latestExecution", {}).get("pipelineExecutionId") == execution.id
    }


def _stage(stage: StageState, runs: Mapping[tuple[str, str], Mapping[str, Any]], status: str | None) -> StageState:
    actions = tuple(_action(action, runs.get((stage.name, action.name))) for action in stage.actions)
    return StageState(stage.name, status or _status_of(actions), actions)


def _status_of(actions: Iterable[ActionState]) -> str | None:
    """The status of a stage in which a newer execution has taken the place of this one."""
    statuses = {action.status for action in actions}
    if statuses == {None}:
        return None
    for status in ("InProgress", FAILED):
        if status in statuses:
            return status
    return SUCCEEDED if statuses == {SUCCEEDED} else "Stopped"


def _action(action: ActionState, run: Mapping[str, Any] | None) -> ActionState:
    if run is None:
        return action
    result = run.get("output", {}).get("executionResult", {})
    return replace(
        action,
        status=run["status"],
        summary=result.get("externalExecutionSummary") or None,
        error=result.get("errorDetails", {}).get("message"),
        started=run["startTime"],
        ended=None if run["status"] == "InProgress" else run.get("lastUpdateTime"),
    )
