"""What a task begins with: the settings, the first line that says where it acts, and the way to AWS."""

from __future__ import annotations

import os
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws, console, interpreters
from serverless_pipeline.errors import Error, Interrupted
from serverless_pipeline.settings import LOCAL_REGION, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from invoke import Context

    from serverless_pipeline.aws import Clients, Endpoint

NOT_RUNNING = "The embedded AWS does not run."
_STATUS = "invoke pipeline.status"


@dataclass(frozen=True)
class Session:
    """The settings of a task, and its clients; `connection` is None if the embedded AWS is the target and is down."""

    settings: Settings
    connection: Clients | None

    @property
    def clients(self) -> Clients:
        """The clients of a target that is there.

        Raises:
            Error: the embedded AWS does not run.
        """
        if self.connection is None:
            raise Error(NOT_RUNNING, hint="invoke pipeline.up")
        return self.connection


@contextmanager
def begin(c: Context, *, start: bool = False, **options: str) -> Iterator[Session]:
    """Read the settings, say on the first line where the task acts, and connect; all of it at the project's root.

    `start` starts the embedded AWS if that is the target and it does not run. What nobody expected of AWS and Ctrl-C
    outside an operation end in words here.

    Raises:
        Misconfigured: tells all mistakes of the settings together.
        NoCredentials: the account cannot be reached as anybody.
    """
    with explain_failures(), chdir(root(c)):
        settings = read_settings(c, **options)
        yield _on_laptop(settings, start=start) if settings.is_local else _on_account(settings)


@contextmanager
def explain_failures() -> Iterator[None]:
    """Say in words what nobody expected of AWS, and what Ctrl-C ended.

    Raises:
        Error: AWS refused, failed or did not answer, or its answer cannot be read.
        Interrupted: the user pressed Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted("Interrupted.", hint=_STATUS) from error
    except Error:  # in words already; boto3 need not be loaded to know that
        raise
    except aws.misreadings() as error:
        raise Error(f"The answer of AWS was not understood: {aws.words(error)}", hint=_STATUS) from error
    except aws.failures() as error:
        raise Error(f"AWS did not do what was asked: {aws.words(error)}", hint=_STATUS) from error


@contextmanager
def begin_local(c: Context) -> Iterator[Settings]:
    """The settings of a task about the embedded AWS itself, after its first line, at the project's root.

    Raises:
        Misconfigured: tells all mistakes of the settings together.
    """
    with chdir(root(c)):
        settings = read_settings(c, target="local")
        _say_local(settings)
        yield settings


def root(c: Context) -> Path:
    """The folder of the project: the nearest one, from here upward, in which its tasks lie, as Invoke looks for them.

    Where there are none, as with tasks from elsewhere (`--search-root`), it is the working directory.
    https://docs.pyinvoke.org/en/stable/concepts/loading.html
    """
    here, name = Path.cwd(), c.config.tasks.collection_name
    folders = (folder for folder in (here, *here.parents) if _holds(folder, name))
    return next(folders, here)


def _holds(folder: Path, tasks: str) -> bool:
    return (folder / f"{tasks}.py").is_file() or (folder / tasks / "__init__.py").is_file()


def read_settings(c: Context, **options: str) -> Settings:
    """The settings as the configuration and the command line have them.

    Raises:
        Misconfigured: tells all mistakes together.
    """
    section = dict(c.config.pipeline.items())
    return Settings.from_config(section | _booleans_as_written(section), **options)


def find_server() -> Endpoint | None:
    """The embedded AWS, if it runs."""
    from serverless_pipeline.local.client import server

    running = server.find()
    return running.endpoint if running else None


def start_server(settings: Settings) -> Endpoint:
    """The embedded AWS, started if it does not run.

    Raises:
        Error: it does not start.
    """
    from serverless_pipeline.local.client import server

    if endpoint := find_server():
        return endpoint
    with console.busy("Starting the embedded AWS"):
        endpoint = server.ensure(settings, say=console.say)
    console.say("Started", f"the embedded AWS at {endpoint.url}")
    return endpoint


def _on_account(settings: Settings) -> Session:
    clients = aws.connect(settings)
    console.headline("aws", clients.account, clients.region, settings.stack_name)
    return Session(settings, clients)


def _on_laptop(settings: Settings, *, start: bool) -> Session:
    _say_local(settings)
    endpoint = start_server(settings) if start else find_server()
    connection = aws.connect(settings, endpoint) if endpoint else None
    return Session(_with_this_laptop(settings, plans=start), connection)


def _say_local(settings: Settings) -> None:
    console.headline("local", aws.LOCAL_ACCOUNT, LOCAL_REGION, settings.stack_name)


def _with_this_laptop(settings: Settings, *, plans: bool) -> Settings:
    """What functions run on here: the Python of the settings where this laptop has it, else its own; its architecture.

    Only words that plan make use of the Python, so the others do not look for it.
    """
    from serverless_pipeline.local.functions import runtime

    own, architecture = runtime.identity()
    is_here = plans and interpreters.find(settings.runtime.removeprefix("python"))
    return replace(settings, runtime=settings.runtime if is_here else own, architecture=architecture)


def _booleans_as_written(section: Mapping[str, Any]) -> dict[str, str]:
    """Where the configuration holds a boolean, Invoke reads `INVOKE_PIPELINE_X=false` as true; take the word itself."""
    variables = {name: f"INVOKE_PIPELINE_{name.upper()}" for name, value in section.items() if isinstance(value, bool)}
    return {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}
