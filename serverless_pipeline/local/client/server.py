"""The one embedded AWS of a project: started when it is needed, found again by its record, stopped for good.

Every word of the pipeline looks here first, so what only a start or an end needs is loaded there.
"""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.local.client import health, record
from serverless_pipeline.local.client.record import Illegible, Server
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    import psutil

HEALTH_SECONDS = 10


@dataclass(frozen=True)
class Lost:
    """A server that was written down and does not serve; `process` is what is left of it."""

    reason: str
    process: "psutil.Process | None" = None


def ensure(
    settings: Settings, project: Path | None = None, *, say: Callable[[str, str], None] | None = None
) -> Endpoint:
    """The project's embedded AWS, started if it does not run; `say` is told if one was lost, in a verb and a thing.

    Raises:
        Misconfigured: the port is taken by somebody else, or it runs in another mode than the settings choose.
        Error: it does not start; the message holds the last lines of its log.
    """
    from serverless_pipeline.local.client.start import start

    home, modes = Home.of(project), Modes.from_settings(settings)
    home.open()
    with _locked(home):
        server = _look(home)
        if isinstance(server, Server):
            _demand(server, modes)
            return server.endpoint
        if server:
            _clear(home, server.process)
            if say:
                say("Restarted", f"the embedded AWS: {server.reason}; what it held is lost")
        return start(settings.port, home, modes).endpoint


def find(project: Path | None = None) -> Server | None:
    """The embedded AWS that runs for the project, if one does; nothing is started or changed."""
    server = _look(Home.of(project))
    return server if isinstance(server, Server) else None


def stop(project: Path | None = None) -> bool:
    """End the embedded AWS and all that it started, and remove what it left; False if there was nothing to end."""
    home = Home.of(project)
    if not home.path.exists():
        return False
    with _locked(home):
        server = record.read(home.record)
        process = _process(server.pid, home) if isinstance(server, Server) else None
        _clear(home, process)
        return process is not None


@contextlib.contextmanager
def _locked(home: Home) -> Iterator[None]:
    """One start or stop at a time; the lock goes with the process that holds it."""
    with home.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _look(home: Home) -> Server | Lost | None:
    """The server that was written down, if it serves; None if none was."""
    server = record.read(home.record)
    if server is None:
        return None
    if isinstance(server, Illegible):
        return Lost(f"{home.record} cannot be read ({server.reason})")
    try:
        health.check(server.endpoint.url, server.pid, HEALTH_SECONDS)
    except health.Unwell as error:
        process = _process(server.pid, home)
        dead = f"process {server.pid} of {home.record} is dead or another one"
        return Lost(str(error) if process else dead, process)
    return server


def _demand(server: Server, modes: Modes) -> None:
    """What was chosen at the start stays until the end, so another choice is told, not passed over."""
    if others := modes.differences(server.modes):
        raise Misconfigured(f"The embedded AWS runs otherwise: {', '.join(others)}", hint="invoke local.down")


def _process(pid: int, home: Home) -> "psutil.Process | None":
    """The process, if it is this project's server, and not a later one that was given the same number."""
    from serverless_pipeline.local import processes
    from serverless_pipeline.local.client.start import MODULE

    return processes.find(pid, (MODULE, str(home.path)))


def _clear(home: Home, process: "psutil.Process | None") -> None:
    if process:
        from serverless_pipeline.local import processes
        from serverless_pipeline.local.client.start import STOP_SECONDS

        processes.end(process, STOP_SECONDS)
    home.clear()
