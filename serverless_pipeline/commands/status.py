"""The word `status`: how the pipeline stands; the JSON is a contract that other programs read.

::

    {"target", "stack": {"name", "status", "outputs": {…}},
     "environments": [{"name", "stack", "status"}],
     "pipeline": {"name", "execution": {"id", "status", "trigger", "revision"} or null,
                  "stages": [{"name", "status",
                              "actions": [{"name", "status", "summary", "error", "started", "ended"}]}]}}

Statuses are AWS's own words, times are ISO 8601 in UTC, `null` stands where there is nothing yet. Among the outputs of
the stack are those of its environments, after their names.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console, output
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.project import environments, outputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Stack
    from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
    from serverless_pipeline.project.environments import Environment
    from serverless_pipeline.settings import Settings


def describe(settings: Settings, clients: Clients | None) -> dict[str, Any]:
    """Find out how everything stands; with no clients there is nothing yet."""
    root = stack.find(clients, settings.stack_name) if clients else None
    below = environments.stacks(settings, clients) if clients else {}
    declaration = pipeline.declaration(clients, settings.stack_name) if clients else None
    execution = _latest(clients, declaration) if clients and declaration else None
    return {
        "target": settings.target,
        "stack": _stack(settings.stack_name, root, below),
        "environments": [_environment(one, below.get(one.name)) for one in environments.of(settings)],
        "pipeline": _pipeline(declaration, execution),
    }


def show(document: dict[str, Any], form: str) -> None:
    """Print the document as text, JSON or YAML."""
    console.data(output.written(document, form, _lines(document)))


def _latest(clients: Clients, declaration: Declaration) -> Execution | None:
    execution = pipeline.latest(clients, declaration.name)
    return pipeline.with_stages(clients, declaration, execution) if execution else None


def _stack(name: str, root: Stack | None, below: Mapping[str, Stack]) -> dict[str, Any]:
    if root is None:
        return {"name": name, "status": None, "outputs": {}}
    return {"name": name, "status": str(root.status), "outputs": outputs.merged(root, below)}


def _environment(environment: Environment, own: Stack | None) -> dict[str, str | None]:
    return {"name": environment.name, "stack": environment.stack, "status": str(own.status) if own else None}


def _pipeline(declaration: Declaration | None, execution: Execution | None) -> dict[str, Any]:
    """What is declared stands where nothing ran yet."""
    stages = execution.stages if execution else declaration.stages if declaration else ()
    return {
        "name": declaration.name if declaration else None,
        "execution": _execution(execution) if execution else None,
        "stages": [_stage(stage) for stage in stages],
    }


def _execution(execution: Execution) -> dict[str, str | None]:
    return {name: getattr(execution, name) for name in ("id", "status", "trigger", "revision")}


def _stage(stage: StageState) -> dict[str, Any]:
    return {"name": stage.name, "status": stage.status, "actions": [_action(action) for action in stage.actions]}


def _action(action: ActionState) -> dict[str, str | None]:
    return {
        "name": action.name,
        "status": action.status,
        "summary": action.summary,
        "error": action.error,
        "started": _instant(action.started),
        "ended": _instant(action.ended),
    }


def _instant(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="milliseconds") if time else None


def _lines(document: dict[str, Any]) -> Iterator[str]:
    root, pipeline = document["stack"], document["pipeline"]
    yield f"Stack      {root['name']}  {root['status'] or 'not there yet'}"
    is_anything_there = root["status"] or any(environment["status"] for environment in document["environments"])
    for environment in document["environments"] if is_anything_there else ():
        yield f"Stack      {environment['stack']}  {environment['status'] or 'not there yet'}"
    if root["outputs"]:
        yield console.table([f"  {name}", value] for name, value in sorted(root["outputs"].items()))
    if pipeline["name"] is None:
        return
    yield f"Pipeline   {pipeline['name']}"
    execution = pipeline["execution"] or {"id": "-", "status": "", "revision": ""}
    yield f"Execution  {execution['id']}  {execution['status']}  {execution['revision'] or ''}".rstrip()
    yield console.table(row for stage in pipeline["stages"] for row in _rows(stage))


def _rows(stage: dict[str, Any]) -> Iterator[list[str]]:
    yield [stage["name"], stage["status"] or "-", ""]
    for action in stage["actions"]:
        detail = action["error"] or action["summary"] or ""
        yield [f"  {action['name']}", action["status"] or "-", detail.partition("\n")[0]]
