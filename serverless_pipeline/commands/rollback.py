"""The way back: choose a release on record, ask, and have the stack's own function bring the environment there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Error
from serverless_pipeline.project import releases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.releases import Release
    from serverless_pipeline.settings import Settings

_LIST = "invoke pipeline.releases"


def roll_back(settings: Settings, clients: Clients, environment: str, execution: str, *, sure: bool) -> None:
    """Bring an environment back to the release of an execution; without one, to the release before the current one.

    Raises:
        Error: there is no such release, it was not confirmed, or the environment is not there as a whole.
    """
    found = releases.recorded(settings, clients, environment)
    now = releases.current(clients, found)
    target = chosen(environment, found, now, execution)
    again = f"invoke pipeline.rollback --environment {environment} --to {target.execution}"
    where = f"{settings.target}, account {clients.account}, {clients.region}, stack {settings.stack_name}"
    console.confirm(
        f"Bring {environment} ({where}) from {_named(now)} back to {_named(target)}?", sure=sure, again=f"{again} --yes"
    )
    for told in _moved(settings, clients, environment, target, again):
        console.say("Moved", told)
    console.say("Ended", f"{environment} to {_named(target)}")


def chosen(environment: str, found: Sequence[Release], now: Release | None, execution: str) -> Release:
    """The release of the execution, or the newest complete one before the current one.

    Where none is in place as a whole, the newest complete one is what the environment was before.

    Raises:
        Error: there is none; says why.
    """
    if not found:
        raise Error(f"No release of {environment} is on record yet.", hint="invoke pipeline.run")
    if execution:
        return _of_execution(environment, found, execution)
    complete = [release for release in found if release.complete]
    before = complete[complete.index(now) + 1 :] if now else complete
    if not before:
        told = f"before the current one, {now.execution}" if now else "that is complete"
        raise Error(f"There is no release of {environment} {told}.", hint=_LIST)
    return before[0]


def _of_execution(environment: str, found: Sequence[Release], execution: str) -> Release:
    named = next((release for release in found if release.execution == execution), None)
    if named is None:
        raise Error(f"No release of execution {execution} is on record for {environment}.", hint=_LIST)
    if not named.complete:
        raise Error(f"The release {execution} of {environment} is incomplete: not all of it got there.", hint=_LIST)
    return named


def _named(release: Release | None) -> str:
    if release is None:
        return "a state that no release left"
    return f"release {release.execution} ({release.version}, {release.time.astimezone():%Y-%m-%d %H:%M:%S})"


def _moved(settings: Settings, clients: Clients, environment: str, target: Release, again: str) -> list[str]:
    """Have the function do it; answers what has moved.

    Raises:
        Error: it could not, or not all of it; tells how to go on.
    """
    name = f"{settings.stack_name}-rollback"
    asked = {"environment": environment.lower(), "execution": target.execution}
    try:
        with console.busy(f"Rolling {environment} back"):
            response = clients.rollbacks.invoke(FunctionName=name, Payload=json.dumps(asked).encode())
    except clients.rollbacks.exceptions.ResourceNotFoundException as error:
        stack.demand(clients, settings.stack_name)
        raise Error(f"The stack has no function {name} yet.", hint="invoke pipeline.up") from error
    answer: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise Error(f"The function {name} broke: {answer.get('errorMessage')}. It can be repeated.", hint=again)
    if "error" in answer:
        raise Error(f"{environment} was not brought back: {answer['error']}.", hint=again if answer["moved"] else _LIST)
    return list(answer["moved"])
