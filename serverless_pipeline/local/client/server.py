"""The one embedded AWS of a project: started when it is needed, found again by its file, stopped for good."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import TextIO

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error
from serverless_pipeline.local import environment
from serverless_pipeline.local.client import listener, processes, record
from serverless_pipeline.local.client.record import Server
from serverless_pipeline.settings import Settings

MODULE = "serverless_pipeline.local"
START_SECONDS = 60
STOP_SECONDS = 5
HEALTH_SECONDS = 10
LOG_LINES = 15


def ensure(settings: Settings, folder: Path | None = None, *, tell: TextIO | None = None) -> Endpoint:
    """The project's embedded AWS, started if it does not run; what is out of order is told on `tell` (stderr).

    Raises:
        Misconfigured: the port is taken by somebody else.
        Error: it does not start; the message holds the last lines of its log.
    """
    home = record.home(folder)
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        written = record.read(_file(home))
        if written and _runs(written, home):
            return written.endpoint
        if _file(home).exists():
            _clear(home, written)
            (tell or sys.stderr).write(f"{_stale(written)}\n")
        return _start(settings.port, home).endpoint


def find(folder: Path | None = None) -> Server | None:
    """The embedded AWS that runs for the project, if one does; nothing is started or changed."""
    home = record.home(folder)
    written = record.read(_file(home))
    return written if written and _runs(written, home) else None


def stop(folder: Path | None = None) -> bool:
    """End the embedded AWS and all that it started, and remove what it left; False if there was nothing to end."""
    home = record.home(folder)
    if not home.exists():
        return False
    with _alone(home):
        written = record.read(_file(home))
        ran = written is not None and _ours(written.pid, home)
        _clear(home, written)
        return ran


def _file(home: Path) -> Path:
    return home / "aws.json"


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One start or stop at a time; the lock goes with the process that holds it."""
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _runs(server: Server, home: Path) -> bool:
    return _ours(server.pid, home) and _healthy(server.endpoint.url, server.pid)


def _ours(pid: int, home: Path) -> bool:
    """Whether that process is this project's server, and not a later one that was given the same number."""
    return processes.command(pid).endswith(f"{MODULE} {home}")


def _healthy(url: str, pid: int, seconds: float = HEALTH_SECONDS) -> bool:
    """Whether the process answers at its address; right after a start the answer comes when it is ready."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/_local/health", timeout=seconds) as response:
            return bool(json.load(response)["pid"] == pid)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _stale(written: Server | None) -> str:
    what = f"process {written.pid} of .local/aws.json" if written else "the process of .local/aws.json"
    return f"Restarted  the embedded AWS: {what} is dead, hung or another one; what it held is lost"


def _start(port: int, home: Path) -> Server:
    scratch = home / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    with contextlib.closing(listener.listen(port)) as listening:
        server, process = _spawn(listening, home)
    try:
        _await(server, home)
        record.write(_file(home), server)
    except BaseException:
        _end(process.pid)
        raise
    finally:
        process.returncode = 0  # it is meant to outlive this process, so nobody has to wait for it
    return server


def _spawn(listening: socket, home: Path) -> tuple[Server, "subprocess.Popen[bytes]"]:
    """Start the process in a session of its own, so that Ctrl-C ends the client only.

    The root key goes through a pipe: neither the arguments nor the environment of a process are private.
    """
    port = listening.getsockname()[1]
    endpoint = Endpoint(
        url=f"http://{listener.ADDRESS}:{port}",
        access_key_id=f"AKIA{secrets.token_hex(8).upper()}",
        secret_access_key=secrets.token_urlsafe(30),
    )
    with (home / "aws.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this interpreter runs our own module
            [sys.executable, "-P", "-m", MODULE, str(home)],
            cwd=home,
            env=environment.server(os.environ, port=port, home=home) | {"PYTHONPATH": str(_library())},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[listening.fileno()],
            start_new_session=True,
        )
    message = {"listener": listening.fileno(), "key": endpoint.access_key_id, "secret": endpoint.secret_access_key}
    with contextlib.suppress(BrokenPipeError):
        _give(process, json.dumps(message).encode())
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return Server(process.pid, port, endpoint, started), process


def _give(process: "subprocess.Popen[bytes]", message: bytes) -> None:
    if process.stdin:
        with process.stdin:
            process.stdin.write(message)


def _library() -> Path:
    """Where the package lies, so that the process finds it in a checkout as well."""
    return Path(__file__).parents[3]


def _await(server: Server, home: Path) -> None:
    if not _healthy(server.endpoint.url, server.pid, START_SECONDS):
        raise _failed(home)


def _failed(home: Path) -> Error:
    lines = (home / "aws.log").read_text(errors="replace").splitlines()[-LOG_LINES:]
    told = "\n".join(f"  {line}" for line in lines) or "  (its log is empty)"
    return Error(f"The embedded AWS did not start; the end of {home / 'aws.log'}:\n{told}", hint="invoke local.up")


def _clear(home: Path, written: Server | None) -> None:
    if written and _ours(written.pid, home):
        _end(written.pid)
    shutil.rmtree(home / "tmp", ignore_errors=True)
    shutil.rmtree(home / "runtime", ignore_errors=True)
    _file(home).unlink(missing_ok=True)


def _end(pid: int) -> None:
    """Ask the server to end; after that, whatever it had started and did not end itself is killed."""
    started = processes.descendants(pid)
    processes.send(pid, signal.SIGTERM)
    if not processes.wait(lambda: processes.gone(pid), STOP_SECONDS):
        started += processes.descendants(pid)
        processes.send(pid, signal.SIGKILL)
        processes.wait(lambda: processes.gone(pid), STOP_SECONDS)
    processes.end(started)
