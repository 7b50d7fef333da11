"""How the pipeline stands, as `pipeline.status` says it; the JSON is a contract that other programs read.

::

    {"target", "stack": {"name", "status", "outputs": {…}},
     "pipeline": {"name", "execution": {"id", "status", "trigger", "revision"} or null,
                  "stages": [{"name", "status",
                              "actions": [{"name", "status", "summary", "error", "started", "ended"}]}]}}

Statuses are AWS's own words, times are ISO 8601 in UTC, `null` stands where there is nothing yet.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.codepipeline import pipeline as codepipeline
from serverless_pipeline.output import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState
    from serverless_pipeline.settings import Settings


def read(settings: Settings, clients: Clients | None) -> dict[str, Any]:
    """Find out how everything stands; with no clients there is nothing yet."""
    found = stack.find(clients, settings.stack_name) if clients else None
    declared = codepipeline.declaration(clients, settings.stack_name) if clients else None
    latest = codepipeline.latest(clients, declared) if clients and declared else None
    stages = latest.stages if latest else declared.stages if declared else ()
    return {
        "target": settings.target,
        "stack": {
            "name": settings.stack_name,
            "status": str(found.status) if found else None,
            "outputs": dict(found.outputs) if found else {},
        },
        "pipeline": {
            "name": declared.name if declared else None,
            "execution": _execution(latest) if latest else None,
            "stages": [_stage(stage) for stage in stages],
        },
    }


def text(report: dict[str, Any], output: str) -> str:
    """The report as text, JSON or YAML."""
    return written(report, output, _words(report))


def _execution(latest: Execution) -> dict[str, str | None]:
    return {"id": latest.id, "status": latest.status, "trigger": latest.trigger, "revision": latest.revision}


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


def _words(report: dict[str, Any]) -> Iterator[str]:
    about, pipeline = report["stack"], report["pipeline"]
    yield f"Stack      {about['name']}  {about['status'] or 'not there yet'}"
    if about["outputs"]:
        yield console.table([f"  {name}", value] for name, value in sorted(about["outputs"].items()))
    if pipeline["name"] is None:
        return
    latest = pipeline["execution"]
    yield f"Pipeline   {pipeline['name']}"
    yield (
        f"Execution  {latest['id']}  {latest['status']}  {latest['revision'] or ''}".rstrip()
        if latest
        else "Execution  -"
    )
    yield console.table(row for stage in pipeline["stages"] for row in _rows(stage))


def _rows(stage: dict[str, Any]) -> Iterator[list[str]]:
    yield [stage["name"], stage["status"] or "-", ""]
    for action in stage["actions"]:
        detail = action["error"] or action["summary"] or ""
        yield [f"  {action['name']}", action["status"] or "-", detail.partition("\n")[0]]
