"""How an execution ended, or what it waits for, with all that a person needs to know then."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.codepipeline.execution import SUCCEEDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState

_LAST_LINES = 20


@dataclass(frozen=True)
class Succeeded:
    """All stages Succeeded."""

    execution: Execution


@dataclass(frozen=True)
class Waiting:
    """An approval waits for a person, who may answer it with `command`."""

    stage: str
    action: str
    command: str


@dataclass(frozen=True)
class Failed:
    """An action failed; `lines` are the last that its function printed, without those that its message says."""

    stage: str
    action: ActionState
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Ended:
    """The execution ended early and no action failed: it was stopped, superseded or cancelled."""

    execution: Execution


Outcome = Succeeded | Waiting | Failed | Ended


def find(clients: Clients, execution: Execution) -> Outcome:
    """Find out what it means that an execution stands like this."""
    if execution.approval:
        return _waiting(clients, execution, *execution.approval)
    if execution.status == SUCCEEDED:
        return Succeeded(execution)
    if execution.failure:
        stage, action = execution.failure
        return Failed(stage.name, action, _last_lines(clients, action))
    return Ended(execution)


def _waiting(clients: Clients, execution: Execution, stage: StageState, action: ActionState) -> Waiting:
    token = pipeline.approval_token(clients, execution.pipeline, stage.name, action.name)
    prepared = 'eval "$(invoke local.env)" && ' if clients.endpoint else ""
    command = (
        f"{prepared}aws codepipeline put-approval-result --pipeline-name {execution.pipeline}"
        f" --stage-name {stage.name} --action-name {action.name} --token {token}"
        " --result summary=checked,status=Approved"
    )
    return Waiting(stage.name, action.name, command)


def _last_lines(clients: Clients, action: ActionState) -> list[str]:
    """The last lines, without those that only say the message again or are said in it."""
    if action.function is None or action.started is None:
        return []
    last = deque(logs.lines(clients, action.function, action.started, action.ended), _LAST_LINES)
    message = action.error or ""
    first = message.partition("\n")[0]
    return [line.text for line in last if line.text not in message and not (first and first in line.text)]
