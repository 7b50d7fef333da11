"""The word `log`, on stdout: the events of the stacks, why an operation failed, or what an action printed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from serverless_pipeline import console
from serverless_pipeline.cloudformation import events, operation, tree
from serverless_pipeline.codepipeline import pipeline
from serverless_pipeline.codepipeline.logs import Tail
from serverless_pipeline.errors import Error
from serverless_pipeline.project import environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.events import Event
    from serverless_pipeline.cloudformation.operation import Failure
    from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
    from serverless_pipeline.codepipeline.logs import Line
    from serverless_pipeline.patience import Patience
    from serverless_pipeline.settings import Settings


def stack_events(
    settings: Settings, clients: Clients, patience: Patience, environment: str, *, follow: bool
) -> Iterator[str]:
    """A line for each event, oldest first; with `follow` until the operation in progress has ended.

    The stack is that of the environment, or the pipeline's own if none is named.
    """
    root = environments.demand_stack(settings, clients, environment)
    stacks = tree.look(clients, root.id)
    if not follow:
        return (_event(event, root.name) for event in events.history(clients, stacks))
    looks = events.follow(clients, root, stacks, patience)
    return (_event(event, root.name) for look in looks for event in look.events)


def action_lines(
    settings: Settings, clients: Clients, patience: Patience, words: str, *, follow: bool
) -> Iterator[str]:
    """What the function of an action printed in the execution that runs, else in the latest; `words` name the action.

    With `follow` it goes on until the action has ended.

    Raises:
        Error: the pipeline has no such action, it did not run yet, or it is no function.
    """
    declaration = pipeline.demand(clients, settings.stack_name)
    execution = pipeline.with_stages(clients, declaration, pipeline.current(clients, declaration.name))
    stage, action = execution.select(words)
    tail = _tail(clients, execution, stage, action)
    if not follow:
        return (line.text for line in tail.read(action.ended))
    look = partial(_look, clients, declaration, execution.id, (stage.name, action.name), tail)
    return _read_on(look, patience)


def failure(settings: Settings, clients: Clients, environment: str) -> Failure:
    """Find out why the last operation failed, if it did, of the environment's stack or of the pipeline's own."""
    return operation.failure(clients, environments.demand_stack(settings, clients, environment))


def show(lines: Iterable[str]) -> None:
    """Print lines as they come."""
    for line in lines:
        console.data(line)


def explain(failure: Failure) -> Iterator[str]:
    """The first cause, what it usually means and what helps, then all that failed with it."""
    root, first = failure.stack, failure.first
    if first is None:
        yield f"Nothing failed in the last operation of stack {root.name}, {root.status}."
        return
    yield f"First cause: {first.words(root.name)} ({first.type}, {first.status})"
    if failure.meaning:
        yield f"Usually: {failure.meaning.meaning}"
        yield f"Next: {failure.meaning.hint}"
    for event in failure.others:
        yield _event(event, root.name)


def _tail(clients: Clients, execution: Execution, stage: StageState, action: ActionState) -> Tail:
    if action.function is None or action.started is None:
        why = "is no function, so it has no log" if action.function is None else "did not run yet"
        place = f"{stage.name}/{action.name}"
        raise Error(f"The action {place} of execution {execution.id} {why}.", hint="invoke pipeline.status")
    return Tail(clients, action.function, action.started)


def _look(
    clients: Clients, declaration: Declaration, execution_id: str, place: tuple[str, str], tail: Tail
) -> tuple[ActionState, Sequence[Line]]:
    """The action as it stands, and what it printed since the last look."""
    action = pipeline.read(clients, declaration, execution_id).action(*place)
    return action, tail.read(action.ended)


def _read_on(look: Callable[[], tuple[ActionState, Sequence[Line]]], patience: Patience) -> Iterator[str]:
    for action, lines in patience.looks(look, lambda now, _: bool(now[1])):
        yield from (line.text for line in lines)
        if action.ended:
            return


def _event(event: Event, root: str) -> str:
    return f"{event.time:%Y-%m-%d %H:%M:%S}Z  {event.status:<20}  {event.words(root)}"
