"""The process of the embedded AWS: `python -m serverless_pipeline.local FOLDER`, started by `client.start`.

It reads one line from standard input: the descriptor of the listening socket, and the root key of this start.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams
from serverless_pipeline.local.home import Home
from serverless_pipeline.local.modes import Modes

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.place import Place

KEEP_ALIVE_SECONDS = 30
"""After that a connection ends over which no request came, nor the whole head of one."""
UNREAD_SECONDS = 60
"""After that a connection ends whose client takes nothing of an answer."""
GRACEFUL_SECONDS = 0.2
READABLE = 0o022
"""The user that functions run as reads what the server lays out for them, whatever the laptop's umask is."""


def main(folder: Path) -> None:
    """Serve until SIGTERM, then end every function and every build, and leave nothing behind."""
    start = json.loads(sys.stdin.readline())
    _check_version()
    os.umask(READABLE)
    _allow_open_files()
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    place = _place(Home(folder), url)
    _install(place, start["key"], start["secret"], folder.parent)
    asyncio.run(_serve(start["listener"]))


def _check_version() -> None:
    installed = metadata.version("ministack")
    if installed != seams.VERSION:
        sys.exit(
            f"The embedded AWS is built on ministack {seams.VERSION}, and {installed} is installed.\n"
            f"Next: python -m pip install ministack=={seams.VERSION}"
        )


def _allow_open_files() -> None:
    """Connections and pipes of functions come in bursts; the usual soft limit is low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _place(home: Home, url: str) -> Place:
    """Where functions run; a sandbox that is demanded must be there."""
    from serverless_pipeline.local.functions.place import Place

    place = Place(home.scratch, url, Modes.from_environment(os.environ).sandbox)
    if place.lacks:
        sys.exit(
            f"The setting local_sandbox is {place.wanted}, and there is none: {place.lacks}\n"
            "Next: install bubblewrap, or set INVOKE_PIPELINE_LOCAL_SANDBOX=automatic"
        )
    return place


def _install(place: Place, key: str, secret: str, project: Path) -> None:
    """Every addition to MiniStack; they import it, so its version is checked before."""
    from serverless_pipeline.local import additions

    additions.add(place, Modes.from_environment(os.environ), key, secret, project)


def _end_unread_connections(listener: int) -> None:
    """Have the system end a connection over which nothing goes that was sent; each takes it over from the listener.

    Linux knows this (https://man7.org/linux/man-pages/man7/tcp.7.html), macOS does not.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with socket.socket(fileno=os.dup(listener)) as listening:
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)


async def _serve(listener: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from serverless_pipeline.local.app import application
    from serverless_pipeline.local.codebuild import runner
    from serverless_pipeline.local.functions import pool
    from serverless_pipeline.local.gate.socket import LARGEST_MESSAGE

    _end_unread_connections(listener)
    config = Config()
    config.bind = [f"fd://{listener}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.graceful_timeout = GRACEFUL_SECONDS
    config.loglevel = "WARNING"
    config.websocket_max_message_size = LARGEST_MESSAGE
    signalled = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled.set)
    try:
        await serve(application(seams.APPLICATION.value), config, shutdown_trigger=signalled.wait)
    finally:
        pool.end_all()
        runner.end_all()
        sys.stderr.flush()
        os._exit(0 if signalled.is_set() else 1)  # threads that wait for functions must not hold it up


if __name__ == "__main__":
    main(Path(sys.argv[1]))
