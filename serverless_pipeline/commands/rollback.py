"""The word `rollback`: choose a release, ask, and have the stack's own function bring the environment there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from serverless_pipeline import aws, console, functions
from serverless_pipeline.errors import Error
from serverless_pipeline.project import environments, releases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.project.releases import Release
    from serverless_pipeline.settings import Settings

_LIST = "invoke pipeline.releases"
_LEFT = "the stack as it is: what CloudFormation delivered goes back by a commit, git revert, then invoke pipeline.run"


@dataclass(frozen=True)
class Choice:
    """The way back of an environment: from what is in place, None if no release left that, to a release."""

    environment: str
    current: Release | None
    target: Release

    @property
    def again(self) -> str:
        """The command that goes the same way again."""
        return f"invoke pipeline.rollback --environment {self.environment} --to {self.target.execution}"


def choose(settings: Settings, clients: Clients, environment: str, execution: str) -> Choice:
    """The release of the execution, or the one before the current one; of the last environment if none is named.

    Raises:
        Misconfigured: there is no such environment.
        Error: there is no such release.
    """
    name = environments.select(settings, environment).name
    history = releases.read(clients, releases.bucket(settings, clients), name)
    current = releases.current(clients, history)
    if not history:
        raise Error(f"No release of {name} is on record yet.", hint="invoke pipeline.run")
    target = _of_execution(name, history, execution) if execution else _before(name, history, current)
    return Choice(name, current, target)


def confirm(settings: Settings, clients: Clients, choice: Choice, *, sure: bool) -> None:
    """Ask before anything moves.

    Raises:
        Misconfigured: there is no terminal to ask on, and nobody said that they are sure.
        Error: the answer was not yes.
    """
    where = f"{settings.target}, account {clients.account}, {clients.region}, stack {settings.stack_name}"
    way = f"from {_words(choice.current)} back to {_words(choice.target)}"
    console.confirm(f"Bring {choice.environment} ({where}) {way}?", sure=sure, again=f"{choice.again} --yes")


def roll_back(settings: Settings, clients: Clients, choice: Choice) -> list[str]:
    """Have the function do it; answers what has moved.

    Raises:
        Error: it could not, or not all of it; tells how to go on.
    """
    function = functions.name(settings.stack_name, functions.ROLLBACK)
    request = {"environment": choice.environment.lower(), "execution": choice.target.execution}
    with console.busy(f"Rolling {choice.environment} back"):
        response = _invoke(clients, function, request)
    answer: dict[str, Any] = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        why = answer.get("errorMessage")
        raise Error(f"The function {function} broke: {why}. It can be repeated.", hint=choice.again)
    if "error" in answer:
        hint = choice.again if answer["moved"] else _LIST
        raise Error(f"{choice.environment} was not brought back: {answer['error']}.", hint=hint)
    return list(answer["moved"])


def show(choice: Choice, moved: Sequence[str]) -> None:
    """Tell what has moved and what has not, and where the environment is now."""
    for thing in moved:
        console.say("Moved", thing)
    console.say("Left", _LEFT)
    console.say("Ended", f"{choice.environment} to {_words(choice.target)}")


def _before(environment: str, history: Sequence[Release], current: Release | None) -> Release:
    """The newest complete release before the current one.

    Where none is in place as a whole, the newest complete one is what the environment was before.
    """
    complete = [release for release in history if release.is_complete]
    before = complete[complete.index(current) + 1 :] if current else complete
    if not before:
        which = f"before the current one, {current.execution}" if current else "that is complete"
        raise Error(f"There is no release of {environment} {which}.", hint=_LIST)
    return before[0]


def _of_execution(environment: str, history: Sequence[Release], execution: str) -> Release:
    release = next((one for one in history if one.execution == execution), None)
    if release is None:
        raise Error(f"No release of execution {execution} is on record for {environment}.", hint=_LIST)
    if not release.is_complete:
        raise Error(f"The release {execution} of {environment} is incomplete: not all of it got there.", hint=_LIST)
    return release


def _words(release: Release | None) -> str:
    if release is None:
        return "a state that no release left"
    return f"release {release.execution} ({release.version}, {release.time.astimezone():%Y-%m-%d %H:%M:%S})"


def _invoke(clients: Clients, function: str, request: Mapping[str, str]) -> InvocationResponseTypeDef:
    try:
        return clients.rollbacks.invoke(FunctionName=function, Payload=json.dumps(request).encode())
    except ClientError as error:
        if not aws.is_absent(error):
            raise
        raise Error(f"The stack has no function {function} yet.", hint="invoke pipeline.up") from error
