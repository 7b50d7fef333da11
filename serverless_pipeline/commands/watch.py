"""The word `watch`: an execution on the board to its end, then the sites' URLs, or what went wrong and where.

The word `run` goes on here once it has started an execution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.codepipeline import board, outcome, pipeline
from serverless_pipeline.codepipeline.logs import LatestLines
from serverless_pipeline.codepipeline.outcome import Ended, Failed, Succeeded, Waiting
from serverless_pipeline.errors import AwaitingApproval, Error
from serverless_pipeline.project import environments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import Declaration
    from serverless_pipeline.codepipeline.outcome import Outcome
    from serverless_pipeline.patience import Patience
    from serverless_pipeline.settings import Settings

AGAIN = "invoke pipeline.watch"
"""The command that attaches again."""


@dataclass(frozen=True)
class Result:
    """How an execution ended, and if it Succeeded, where each environment answers."""

    outcome: Outcome
    addresses: Mapping[str, str] = field(default_factory=dict)


def watch(settings: Settings, clients: Clients, patience: Patience) -> Result:
    """Attach to the execution in progress, else to the latest, and follow it.

    Raises:
        Error: there is no pipeline, or no execution yet.
        TimedOut: it had not ended when the patience did.
    """
    declaration = pipeline.demand(clients, settings.stack_name)
    execution = pipeline.current(clients, declaration.name)
    console.say("Attached", f"to execution {execution.id}")
    return follow(settings, clients, declaration, execution.id, patience)


def follow(
    settings: Settings, clients: Clients, declaration: Declaration, execution_id: str, patience: Patience
) -> Result:
    """Show the execution on the board until it has ended or waits for an approval; answers what that means.

    Raises:
        TimedOut: it had not when the patience ended.
    """
    lines = LatestLines(clients)
    with board.display() as view:
        for execution in pipeline.follow(clients, declaration, execution_id, patience):
            view.show(execution, lines.read(execution) if view.wants_lines else {})
    ended = outcome.find(clients, execution)
    return Result(ended, environments.addresses(settings, clients) if isinstance(ended, Succeeded) else {})


def show(result: Result) -> None:
    """Print where the environments answer if the execution Succeeded.

    Raises:
        AwaitingApproval: a person has to decide; tells how.
        Error: it did not succeed; tells the action, its message, the last lines of its task and the next command.
    """
    match result.outcome:
        case Succeeded(execution):
            console.say("Succeeded", f"execution {execution.id}  {execution.summary or ''}".rstrip())
            for environment, url in result.addresses.items():
                console.data(f"{environment}  {url}")
        case Waiting(stage, action, command):
            words = f"{stage}/{action} waits for an approval. Approve it with\n  {command}"
            raise AwaitingApproval(words, hint=AGAIN)
        case Failed() as failed:
            raise _failure(failed)
        case Ended(execution):
            hint = AGAIN if execution.status == "Superseded" else "invoke pipeline.run"
            raise Error(f"The execution {execution.id} is {execution.status}.", hint=hint)


def _failure(failed: Failed) -> Error:
    place = f"{failed.stage}/{failed.action.name}"
    words = [f"{place} failed: {failed.action.error or 'it gave no message'}"]
    if failed.lines:
        words += [f"The last lines of {failed.action.function}:", *(f"  | {line}" for line in failed.lines)]
    hint = f"mend it, then invoke pipeline.run; its log: invoke pipeline.log --action {place}"
    return Error("\n".join(words), hint=hint)
