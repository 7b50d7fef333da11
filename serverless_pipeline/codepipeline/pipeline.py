"""What CodePipeline says when it is asked: the pipeline, its executions, one execution from look to look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline.codepipeline.execution import (
    FAILED,
    RUNNING,
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
    except clients.codepipeline.exceptions.PipelineNotFoundException:
        return None


def demand(clients: Clients, name: str) -> Declaration:
    """The pipeline's declaration.

    Raises:
        Error: there is no such pipeline.
    """
    found = declaration(clients, name)
    if found is None:
        raise Error(f"There is no pipeline {name} in {clients.account}, {clients.region}.", hint="invoke pipeline.up")
    return found


def latest(clients: Clients, declared: Declaration, *, prefer_running: bool = False) -> Execution | None:
    """The newest execution, or the newest that runs; None if there was none yet."""
    pages = clients.codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=declared.name)
    newest: str | None = None
    for page in pages:
        for item in page["pipelineExecutionSummaries"]:
            newest = newest or item["pipelineExecutionId"]
            if not prefer_running or item["status"] in RUNNING:
                return read(clients, declared, item["pipelineExecutionId"])
        break
    return read(clients, declared, newest) if newest else None


def start(clients: Clients, name: str) -> str:
    """Start an execution of the current source; answers its ID."""
    return clients.codepipeline.start_pipeline_execution(name=name)["pipelineExecutionId"]


def read(clients: Clients, declared: Declaration, execution_id: str) -> Execution:
    """Look at one execution: a stage that shows another execution now is told from the actions of this one."""
    found = clients.codepipeline.get_pipeline_execution(pipelineName=declared.name, pipelineExecutionId=execution_id)
    described = found["pipelineExecution"]
    ran = _actions(clients, declared.name, execution_id)
    shown = _shown_stages(clients, declared.name, execution_id)
    revisions = described.get("artifactRevisions", [])
    return Execution(
        pipeline=declared.name,
        id=execution_id,
        status=described["status"],
        trigger=described.get("trigger", {}).get("triggerType"),
        revision=revisions[0].get("revisionId") if revisions else None,
        summary=revisions[0].get("revisionSummary") if revisions else None,
        stages=tuple(_stage(stage, ran, shown.get(stage.name)) for stage in declared.stages),
    )


def follow(clients: Clients, declared: Declaration, execution_id: str, patience: Patience) -> Iterator[Execution]:
    """Each look at the execution, until it has ended or waits for an approval.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    before = None
    while True:
        now = _look(clients, declared, execution_id)
        if now is not None:
            yield now
            if not now.is_running or now.approval:
                return
        patience.rest(news=now != before)
        before = now


def approval_token(clients: Clients, name: str, stage: str, action: str) -> str:
    """The token by which a person answers this approval; empty if it was answered in between."""
    for state in clients.codepipeline.get_pipeline_state(name=name)["stageStates"]:
        for item in state.get("actionStates", []):
            if state.get("stageName") == stage and item.get("actionName") == action:
                return item.get("latestExecution", {}).get("token", "")
    return ""


def _look(clients: Clients, declared: Declaration, execution_id: str) -> Execution | None:
    """None while CodePipeline does not know yet what it has just started."""
    try:
        return read(clients, declared, execution_id)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "PipelineExecutionNotFoundException":
            return None
        raise


def _actions(clients: Clients, name: str, execution_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What ran, by stage and action; of several attempts the newest."""
    pages = clients.codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=name, filter={"pipelineExecutionId": execution_id}
    )
    ran: dict[tuple[str, str], dict[str, Any]] = {}
    for page in pages:
        for item in page["actionExecutionDetails"]:
            key = (item["stageName"], item["actionName"])
            if key not in ran or item["startTime"] > ran[key]["startTime"]:
                ran[key] = dict(item)
    return ran


def _shown_stages(clients: Clients, name: str, execution_id: str) -> dict[str, str]:
    """The state of each stage whose latest execution is this one."""
    states = clients.codepipeline.get_pipeline_state(name=name)["stageStates"]
    return {
        state["stageName"]: state["latestExecution"]["status"]
        for state in states
        if state.get("latestExecution", {}).get("pipelineExecutionId") == execution_id
    }


def _stage(stage: StageState, ran: Mapping[tuple[str, str], Mapping[str, Any]], shown: str | None) -> StageState:
    actions = tuple(_action(action, ran.get((stage.name, action.name))) for action in stage.actions)
    return StageState(stage.name, shown or _told_from(actions), actions)


def _told_from(actions: Iterable[ActionState]) -> str | None:
    """The state of a stage in which a newer execution has taken the place of this one."""
    statuses = {action.status for action in actions}
    if statuses == {None}:
        return None
    for word in ("InProgress", FAILED):
        if word in statuses:
            return word
    return SUCCEEDED if statuses == {SUCCEEDED} else "Stopped"


def _action(action: ActionState, ran: Mapping[str, Any] | None) -> ActionState:
    if ran is None:
        return action
    result = ran.get("output", {}).get("executionResult", {})
    return replace(
        action,
        status=ran["status"],
        summary=result.get("externalExecutionSummary") or None,
        error=result.get("errorDetails", {}).get("message") or None,
        started=ran["startTime"],
        ended=None if ran["status"] == "InProgress" else ran.get("lastUpdateTime"),
    )
