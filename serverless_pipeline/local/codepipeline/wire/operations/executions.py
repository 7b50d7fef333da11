"""Executions: start, stop, read, and what their actions did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import interventions
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import documents
from serverless_pipeline.local.codepipeline.wire.paging import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.providers.work import Provider
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller


def start(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Release a change; the same client request token answers the same execution."""
    name, token = request["name"], request.get("clientRequestToken")
    with engine.store.lock:
        record = engine.store.find(caller.scope, name)
        if record is None:
            raise Refusal(
                "PipelineNotFoundException",
                f"The account with id '{caller.scope.account}' does not include a pipeline with the name '{name}'",
            )
        if token in record.requests:
            return {"pipelineExecutionId": record.requests[token]}
        execution = engine.start(
            record,
            Trigger("StartPipelineExecution", caller.arn),
            variables=_variables(record, request.get("variables", [])),
            overrides=_overrides(record, request.get("sourceRevisions", [])),
        )
        if token:
            record.requests[token] = execution.id
    return {"pipelineExecutionId": execution.id}


def stop(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Stop an execution: wait for its actions, or abandon them."""
    name, execution_id = request["pipelineName"], request["pipelineExecutionId"]
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, name)
        execution = record.executions.get(execution_id)
        if execution is None:
            raise Refusal(
                "PipelineExecutionNotStoppableException",
                f"Pipeline '{name}' does not have an execution with ID '{execution_id}'",
            )
        abandon, reason = request.get("abandon", False), request.get("reason", "")
        interventions.stop(engine, record, execution, abandon=abandon, reason=reason)
    return {"pipelineExecutionId": execution_id}


def get(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """One execution."""
    with engine.store.lock:
        execution = engine.store.execution(caller.scope, request["pipelineName"], request["pipelineExecutionId"])
        return {"pipelineExecution": documents.execution(execution)}


def list_(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The executions of a pipeline, newest first."""
    stage = request.get("filter", {}).get("succeededInStage", {}).get("stageName")
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        summaries = [
            documents.execution_summary(execution)
            for execution in reversed(record.executions.values())
            if stage is None or stage in execution.succeeded_stages
        ]
    return page("pipelineExecutionSummaries", summaries, request)


def list_actions(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What the actions did, newest first: of all executions, or of one."""
    filter_ = request.get("filter", {})
    execution_id = filter_.get("latestInPipelineExecution", filter_).get("pipelineExecutionId")
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        if execution_id:
            executions = [engine.store.execution(caller.scope, request["pipelineName"], execution_id)]
        else:
            executions = list(reversed(record.executions.values()))
        details = [
            documents.action_execution(run, execution, caller.scope.region)
            for execution in executions
            for run in reversed(execution.runs.values())
        ]
    if filter_.get("latestInPipelineExecution", {}).get("startTimeRange") == "Latest":
        details = _latest(details)
    return page("actionExecutionDetails", details, request)


def _latest(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each action its last run; the runs are newest first."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for detail in details:
        latest.setdefault((detail["stageName"], detail["actionName"]), detail)
    return list(latest.values())


def _variables(record: PipelineRecord, variables: list[dict[str, str]]) -> dict[str, str]:
    names = {variable.name for variable in record.pipeline.variables}
    for variable in variables:
        if variable["name"] not in names:
            raise Refusal(
                "ValidationException",
                f"The pipeline '{record.pipeline.name}' does not declare the variable '{variable['name']}'",
            )
    return {variable["name"]: variable["value"] for variable in variables}


def _kinds(provider: Provider | None, record: PipelineRecord) -> str:
    """What may be asked for instead."""
    if provider is None:
        sources = ", ".join(action.name for action in record.pipeline.stages[0].actions)
        return f"the source actions are {sources}"
    return f"{provider.category}/{provider.name} takes {' and '.join(provider.revisions) or 'none'}"


def _overrides(record: PipelineRecord, revisions: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """The source revisions that an execution is to use, by action."""
    sources = {action.name: action for action in record.pipeline.stages[0].actions}
    overrides: dict[str, dict[str, str]] = {}
    for revision in revisions:
        name, kind = revision["actionName"], revision["revisionType"]
        provider = providers.find(sources[name].type) if name in sources else None
        if provider is None or kind not in provider.revisions:
            raise Refusal(
                "ValidationException",
                f"The source action '{name}' does not take a revision of type {kind}; {_kinds(provider, record)}",
            )
        allowed = sources[name].configuration.get("AllowOverrideForS3ObjectKey") == "true"
        if kind == "S3_OBJECT_KEY" and not allowed:
            raise Refusal(
                "ValidationException",
                f"The source action '{name}' does not allow another object key; set AllowOverrideForS3ObjectKey",
            )
        overrides.setdefault(name, {})[kind] = revision["revisionValue"]
    return overrides
