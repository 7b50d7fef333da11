"""A new process of the embedded AWS, which gets its listening socket and its root key from here."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from socket import socket

import psutil

from serverless_pipeline.aws import Endpoint
from serverless_pipeline.errors import Error
from serverless_pipeline.local import environment, processes
from serverless_pipeline.local.client import health, listener, record
from serverless_pipeline.local.client.record import Server
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes

MODULE = "serverless_pipeline.local"
LIBRARY = Path(__file__).parents[3]
"""Where the package lies, so that the process finds it in a checkout as well."""

START_SECONDS = 60
STOP_SECONDS = 5
LOG_LINES = 15


def start(port: int, home: Home, modes: Modes) -> Server:
    """Start it, wait until it answers, and write it down.

    Raises:
        Misconfigured: the port is taken by somebody else.
        Error: it does not start; the message holds the last lines of its log.
    """
    shutil.rmtree(home.scratch, ignore_errors=True)
    home.scratch.mkdir()
    with contextlib.closing(listener.listen(port)) as listening:
        server, process = _spawn(listening, home, modes)
    try:
        health.check(server.endpoint.url, server.pid, START_SECONDS)
        record.write(home.record, server)
    except BaseException as error:
        processes.end(psutil.Process(process.pid), STOP_SECONDS)
        if isinstance(error, health.Unwell):
            raise _failure(home.log) from error
        raise
    finally:
        process.returncode = 0  # it is meant to outlive this process, so nobody has to wait for it
    return server


def _spawn(listening: socket, home: Home, modes: Modes) -> tuple[Server, "subprocess.Popen[bytes]"]:
    """Start the process in a session of its own, so that Ctrl-C ends the client only.

    The root key goes through a pipe: neither the arguments nor the environment of a process are private.
    """
    port = listening.getsockname()[1]
    endpoint = Endpoint(
        url=f"http://{listener.ADDRESS}:{port}",
        access_key_id=f"AKIA{secrets.token_hex(8).upper()}",
        secret_access_key=secrets.token_urlsafe(30),
        throttles=modes.eventual > 0,
    )
    with home.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this interpreter runs our own module
            [sys.executable, "-P", "-m", MODULE, str(home.path)],
            cwd=home.path,
            env=environment.server(os.environ, port=port, scratch=home.scratch)
            | modes.environment()
            | {"PYTHONPATH": str(LIBRARY)},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[listening.fileno()],
            start_new_session=True,
        )
    message = {"listener": listening.fileno(), "key": endpoint.access_key_id, "secret": endpoint.secret_access_key}
    _send(process, json.dumps(message).encode())
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return Server(process.pid, port, endpoint, started, modes), process


def _send(process: "subprocess.Popen[bytes]", message: bytes) -> None:
    """Hand over the message; a process that ended before it read tells why in its log."""
    assert process.stdin  # noqa: S101 - it was asked for
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(message)


def _failure(log: Path) -> Error:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    end = "\n".join(f"  {line}" for line in lines) or "  (its log is empty)"
    return Error(f"The embedded AWS did not start; the end of {log}:\n{end}", hint="invoke local.up")
