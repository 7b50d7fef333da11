"""An execution as it is watched: the board while it runs; at its end the sites' URLs, or what went wrong and where."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.codepipeline import board, execution, logs, pipeline
from serverless_pipeline.codepipeline.logs import Tail
from serverless_pipeline.errors import AwaitingApproval, Error
from serverless_pipeline.project import bucket, source
from serverless_pipeline.settings import WorkingTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
    from serverless_pipeline.patience import Patience
    from serverless_pipeline.settings import Settings

_LAST_LINES = 20


def watch(clients: Clients, declared: Declaration, execution_id: str, patience: Patience) -> Execution:
    """Show the execution until it has ended or waits for an approval; answers how it stands then.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    lines = _LatestLines(clients)
    with board.opened() as shown:
        for now in pipeline.follow(clients, declared, execution_id, patience):
            shown.show(now, lines.read(now) if shown.wants_lines else {})
    return now


def release(settings: Settings, clients: Clients) -> tuple[Declaration, str]:
    """Publish the working tree if that is the source, and start an execution; answers its ID.

    Raises:
        Error: there is no pipeline.
    """
    declared = pipeline.demand(clients, settings.stack_name)
    if isinstance(settings.source, WorkingTree):
        taken = source.publish(clients, bucket.name(settings, clients), settings.source.key)
        console.say("Published" if taken.changed else "Unchanged", f"source, {taken.summary}")
    started = pipeline.start(clients, declared.name)
    console.say("Started", f"execution {started}")
    return declared, started


def current(settings: Settings, clients: Clients) -> tuple[Declaration, str]:
    """The execution in progress, else the latest.

    Raises:
        Error: there is no pipeline, or no execution yet.
    """
    declared = pipeline.demand(clients, settings.stack_name)
    found = pipeline.latest(clients, declared, prefer_running=True)
    if found is None:
        raise Error(f"The pipeline {declared.name} has no execution yet.", hint="invoke pipeline.run")
    console.say("Attached", f"to execution {found.id}")
    return declared, found.id


def conclude(settings: Settings, clients: Clients, ended: Execution) -> None:
    """Print the URLs of the sites if the execution Succeeded.

    Raises:
        AwaitingApproval: a person has to decide; tells how.
        Error: it did not succeed; tells the action, its message, the last lines of its task and the next command.
    """
    if ended.approval:
        raise _approval(clients, ended, *ended.approval)
    if ended.status != execution.SUCCEEDED:
        raise _failure(clients, ended)
    console.say(ended.status, f"execution {ended.id}" + (f"  {ended.summary}" if ended.summary else ""))
    outputs = (stack.demand(clients, settings.stack_name)).outputs
    for name in settings.environments:
        console.data(f"{name}  {outputs.get(f'{name}SiteUrl', '')}")


def _approval(clients: Clients, ended: Execution, stage: StageState, action: ActionState) -> AwaitingApproval:
    token = pipeline.approval_token(clients, ended.pipeline, stage.name, action.name)
    command = (
        f"aws codepipeline put-approval-result --pipeline-name {ended.pipeline} --stage-name {stage.name}"
        f" --action-name {action.name} --token {token} --result summary=checked,status=Approved"
    )
    prepared = 'eval "$(invoke local.env)" && ' if clients.endpoint else ""
    told = f"{stage.name}/{action.name} waits for an approval. Approve it with\n  {prepared}{command}"
    return AwaitingApproval(told, hint=_AGAIN)


_AGAIN = "invoke pipeline.watch"


def _failure(clients: Clients, ended: Execution) -> Error:
    if ended.failure is None:
        hint = _AGAIN if ended.status == "Superseded" else "invoke pipeline.run"
        return Error(f"The execution {ended.id} is {ended.status}.", hint=hint)
    stage, action = ended.failure
    said = [f"{stage.name}/{action.name} failed: {action.error or 'it gave no message'}"]
    printed = _printed(clients, action)
    if printed:
        said += [f"The last lines of {action.function}:", *(f"  | {text}" for text in printed)]
    return Error(
        "\n".join(said),
        hint=f"mend it, then invoke pipeline.run; its log: invoke pipeline.log --action {stage.name}/{action.name}",
    )


def _printed(clients: Clients, action: ActionState) -> list[str]:
    """The last lines, without those that only say the message again or are said in it."""
    if action.function is None or action.started is None:
        return []
    found = deque(logs.lines(clients, action.function, action.started, action.ended), _LAST_LINES)
    message = action.error or ""
    first = message.partition("\n")[0]
    return [line.text for line in found if line.text not in message and not (first and first in line.text)]


class _LatestLines:
    """The latest line of each running action, read on from look to look."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._tails: dict[str, Tail] = {}
        self._latest: dict[str, str] = {}

    def read(self, now: Execution) -> Mapping[str, str]:
        for stage, action in now.actions:
            if action.status == "InProgress" and action.function and action.started:
                key = f"{stage.name}/{action.name}"
                if key not in self._tails:
                    self._tails[key] = Tail(self._clients, action.function, action.started)
                fresh = self._tails[key].read(datetime.now(UTC))
                if fresh:
                    self._latest[key] = fresh[-1].text
        return self._latest
