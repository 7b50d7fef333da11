"""What `pipeline.log` shows, on stdout: the events of the stacks, or what an action printed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import causes, events, stack, tree
from serverless_pipeline.codepipeline import execution, logs, pipeline
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.codepipeline.execution import Declaration
    from serverless_pipeline.settings import Settings


def stack_events(settings: Settings, clients: Clients, *, follow: bool) -> None:
    """Print all events, oldest first; then go on until the operation in progress has ended."""
    root = stack.demand(clients, settings.stack_name)
    held = tree.look(clients, root.id)
    looks = events.follow(clients, root, held, Patience.towards(clients))
    happened = (event for look in looks for event in look.events) if follow else events.history(clients, held)
    for event in happened:
        console.data(f"{event.time:%Y-%m-%d %H:%M:%S}Z  {event.status:<20}  {event.words(root.name)}")


def failures(settings: Settings, clients: Clients) -> None:
    """Print the first cause of the last operation's failure, what it usually means, and all that failed with it."""
    root = stack.demand(clients, settings.stack_name)
    happened = events.last_operation(clients, tree.look(clients, root.id))
    first = events.first_cause(happened)
    if first is None:
        console.data(f"Nothing failed in the last operation of stack {root.name}, {root.status}.")
        return
    console.data(f"First cause: {first.words(root.name)} ({first.type}, {first.status})")
    if known := causes.explain(first.reason):
        console.data(f"Usually: {known.meaning}\nNext: {known.hint}")
    for event in happened:
        if event.failed and event is not first:
            console.data(f"{event.time:%Y-%m-%d %H:%M:%S}Z  {event.status:<20}  {event.words(root.name)}")


def action(settings: Settings, clients: Clients, words: str, *, follow: bool) -> None:
    """Print what the action's function printed in the execution that runs, else in the latest.

    Raises:
        Error: the pipeline has no such action, it did not run yet, or it is no function.
    """
    declared = pipeline.demand(clients, settings.stack_name)
    shown = _shown(clients, declared)
    stage, name = execution.select(shown, words)
    found = shown.action(stage, name)
    if found.function is None or found.started is None:
        why = "is no function, so it has no log" if found.function is None else "did not run yet"
        raise Error(f"The action {stage}/{name} of execution {shown.id} {why}.", hint="invoke pipeline.status")
    tail = logs.Tail(clients, found.function, found.started)
    patience = Patience.towards(clients)
    while True:
        found = pipeline.read(clients, declared, shown.id).action(stage, name)
        fresh = tail.read(found.ended or datetime.now(UTC))
        for line in fresh:
            console.data(line.text)
        if found.ended or not follow:
            return
        patience.rest(news=bool(fresh))


def _shown(clients: Clients, declared: Declaration) -> execution.Execution:
    found = pipeline.latest(clients, declared, prefer_running=True)
    if found is None:
        raise Error(f"The pipeline {declared.name} has no execution yet.", hint="invoke pipeline.run")
    return found
