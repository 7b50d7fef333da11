"""Executions: start, stop, read, and what their actions did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.engine import admission, interventions
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import documents, links
from serverless_pipeline.local.codepipeline.wire.paging import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
    from serverless_pipeline.local.codepipeline.model.execution import Execution
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.providers.work import Provider
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

STARTED = "StartPipelineExecution"


def start(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Release a change for its caller."""
    return release(engine, caller.scope, request, Trigger(STARTED, caller.arn))


def release(engine: Engine, scope: Scope, request: Mapping[str, Any], trigger: Trigger) -> dict[str, Any]:
    """Release a change; the same client request token answers the same execution.

    Raises:
        Refusal: there is no such pipeline, or it does not take what it is to be started with.
    """
    name, token = request["name"], request.get("clientRequestToken")
    with engine.store.lock:
        record = engine.store.find(scope, name)
        if record is None:
            raise Refusal(
                "PipelineNotFoundException",
                f"The account with id '{scope.account}' does not include a pipeline with the name '{name}'",
            )
        if token in record.requests:
            return {"pipelineExecutionId": record.requests[token]}
        admission.demand_room(record)
        execution = engine.start(
            record,
            trigger,
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
        executions = [
            execution
            for execution in reversed(record.executions.values())
            if stage is None or stage in execution.succeeded_stages
        ]
        return page(
            "pipelineExecutionSummaries",
            executions,
            request,
            key=lambda execution: execution.id,
            describe=documents.execution_summary,
        )


@dataclass(frozen=True)
class Listing:
    """A list of what actions did, or rules: its name, and the document of each run in a region."""

    name: str
    describe: Callable[[ActionRun, str, frozenset[str]], Mapping[str, Any]]
    of_rules: bool = False


def list_actions(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What the actions did, of all executions or of one; what started last comes first."""
    return list_runs(engine, caller, request, Listing("actionExecutionDetails", documents.action_execution))


def list_runs(engine: Engine, caller: Caller, request: Mapping[str, Any], listing: Listing) -> dict[str, Any]:
    """The runs that a filter asks for and that belong in the list; what started last comes first."""
    filter_ = request.get("filter", {})
    execution_id = filter_.get("latestInPipelineExecution", filter_).get("pipelineExecutionId")
    with engine.store.lock:
        record = engine.store.pipeline(caller.scope, request["pipelineName"])
        if execution_id:
            executions = [engine.store.execution(caller.scope, request["pipelineName"], execution_id)]
        else:
            executions = list(record.executions.values())
        runs = [run for run in _newest_first(executions) if bool(run.condition) is listing.of_rules]
        only_latest = filter_.get("latestInPipelineExecution", {}).get("startTimeRange") == "Latest"
        wanted = _latest(runs) if only_latest else {run.id for run in runs}
        answer = page(
            listing.name,
            runs,
            request,
            key=lambda run: run.id,
            wanted=lambda run: run.id in wanted,
            describe=lambda run: listing.describe(run, caller.scope.region, _hidden(record, run)),
        )
        if not listing.of_rules:
            links.add_to_runs(answer[listing.name], engine.store.action_types_of(caller.scope))
        return answer


def list_targets(engine: Engine, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Where an action deployed to; those that are here deploy to no instances, so they have no targets."""
    name, run_id = request.get("pipelineName"), request["actionExecutionId"]
    with engine.store.lock:
        records = [engine.store.pipeline(caller.scope, name)] if name else engine.store.pipelines_of(caller.scope)
        runs = (execution.runs.get(run_id) for record in records for execution in record.executions.values())
        run = next((run for run in runs if run), None)
    if run is None:
        raise Refusal("ActionExecutionNotFoundException", f"There is no action execution with ID '{run_id}'")
    if run.action.type.category != "Deploy":
        raise Refusal(
            "ValidationException",
            f"The action '{run.action.name}' is of the category {run.action.type.category}; Deploy has targets",
        )
    return page("targets", [], request)


def _hidden(record: PipelineRecord, run: ActionRun) -> frozenset[str]:
    """The keys of a run's configuration that are secret."""
    return record.executions[run.execution_id].pipeline.secrets.get(run.action.type, frozenset())


def _newest_first(executions: Iterable[Execution]) -> list[ActionRun]:
    """All runs by their start; of those that started at once, the one comes first that was begun last."""
    runs = [run for execution in executions for run in execution.runs.values()]
    return sorted(runs, key=lambda run: run.started)[::-1]


def _latest(runs: Iterable[ActionRun]) -> set[str]:
    """The IDs of the last runs of each action; the runs are newest first."""
    latest: dict[tuple[str, str], str] = {}
    for run in runs:
        latest.setdefault((run.stage, run.action.name), run.id)
    return set(latest.values())


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
