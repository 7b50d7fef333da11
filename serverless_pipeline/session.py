"""What a task begins with: the settings, the way to AWS, and the first line that says where it acts."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws, console
from serverless_pipeline.errors import Error, Interrupted
from serverless_pipeline.settings import LOCAL_REGION, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invoke import Context

    from serverless_pipeline.aws import Clients, Endpoint

NOT_RUNNING = "The embedded AWS does not run."
_LOCAL_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Session:
    """The settings of a task; `reached` is None if the target is the embedded AWS and it does not run."""

    settings: Settings
    reached: Clients | None

    @property
    def clients(self) -> Clients:
        """The clients of a target that is there.

        Raises:
            Error: the embedded AWS does not run.
        """
        if self.reached is None:
            raise Error(NOT_RUNNING, hint="invoke pipeline.up")
        return self.reached


def settings(c: Context, **chosen: str) -> Settings:
    """The settings as the configuration and the command line have them.

    Raises:
        Misconfigured: tells all mistakes together.
    """
    section = dict(c.config.pipeline.items())
    return Settings.from_config(section | _booleans_as_written(section), **chosen)


@contextmanager
def opened(c: Context, *, start: bool = False, **chosen: str) -> Iterator[Session]:
    """Open the target and say on the first line where that is; `start` starts the embedded AWS if it must.

    Errors of AWS that nobody expected and Ctrl-C outside an operation end in words here.

    Raises:
        NoCredentials: the account cannot be reached as anybody.
    """
    with in_words():
        yield _open(settings(c, **chosen), start=start)


@contextmanager
def in_words() -> Iterator[None]:
    """Say in words what nobody expected of AWS, and what Ctrl-C ended."""
    try:
        yield
    except aws.failures() as error:
        raise Error(f"AWS did not do what was asked: {error}", hint="invoke pipeline.status") from error
    except KeyboardInterrupt as error:
        raise Interrupted("Interrupted.", hint="invoke pipeline.status") from error


def announce(chosen: Settings) -> None:
    """The first line of a task on the embedded AWS."""
    console.headline("local", _LOCAL_ACCOUNT, LOCAL_REGION, chosen.stack_name)


def _open(chosen: Settings, *, start: bool) -> Session:
    if not chosen.is_local:
        clients = aws.connect(chosen)
        console.headline("aws", clients.account, clients.region, chosen.stack_name)
        return Session(chosen, clients)
    announce(chosen)
    endpoint = _endpoint(chosen, start=start)
    if endpoint is None:
        return Session(_on_this_machine(chosen), None)
    return Session(_on_this_machine(chosen), aws.connect(chosen, endpoint))


def _endpoint(chosen: Settings, *, start: bool) -> Endpoint | None:
    from serverless_pipeline.local.client import server

    running = server.find()
    if running is None and start:
        with console.busy("Starting the embedded AWS"):
            endpoint = server.ensure(chosen, say=console.say)
        console.say("Started", f"the embedded AWS at {endpoint.url}")
        return endpoint
    return running.endpoint if running else None


def _on_this_machine(chosen: Settings) -> Settings:
    """The embedded AWS runs functions with the laptop's own Python, whatever the settings say."""
    from dataclasses import replace

    from serverless_pipeline.local.functions import runtime

    name, architecture = runtime.identity()
    return replace(chosen, runtime=name, architecture=architecture)


def _booleans_as_written(section: dict[str, Any]) -> dict[str, str]:
    """Where the configuration holds a boolean, Invoke reads `INVOKE_PIPELINE_X=false` as true; take the word itself."""
    names = [field.name for field in fields(Settings) if isinstance(section.get(field.name), bool)]
    variables = {name: f"INVOKE_PIPELINE_{name.upper()}" for name in names}
    return {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}
