"""The process of the embedded AWS: `python -m serverless_pipeline.local FOLDER`, started by `client.start`.

It reads one line from standard input: the descriptor of the listening socket, and the root key of this start.
"""

import asyncio
import json
import os
import resource
import signal
import socket
import sys
from importlib import metadata
from pathlib import Path

from serverless_pipeline.local import seams
from serverless_pipeline.local.home import Home

ACCOUNT = "000000000000"
KEEP_ALIVE_SECONDS = 30
"""After that a connection ends over which no request came, nor the whole head of one."""
UNREAD_SECONDS = 60
"""After that a connection ends whose client takes nothing of an answer."""
GRACEFUL_SECONDS = 0.2


def main(folder: Path) -> None:
    """Serve until SIGTERM, then end every function and leave nothing behind."""
    start = json.loads(sys.stdin.readline())
    _check_version()
    _allow_open_files()
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    _install(Home(folder), url, start["key"], start["secret"])
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


def _install(home: Home, url: str, key: str, secret: str) -> None:
    """Every addition to MiniStack."""
    from serverless_pipeline.local import codepipeline
    from serverless_pipeline.local.apigateway import deployments, documents, permissions, rest_api
    from serverless_pipeline.local.cloudformation import (
        addresses,
        authority,
        caller,
        change_sets,
        code_deploy,
        deletion,
        eventual,
        failed_transforms,
        generated_names,
        managed_policies,
        nested,
        nested_transforms,
        origin,
        properties,
        references,
        serverless,
        taken_names,
    )
    from serverless_pipeline.local.cloudfront import invalidations, remarks
    from serverless_pipeline.local.cloudfront import origin as cloudfront_origin
    from serverless_pipeline.local.cloudfront.cache import CACHE
    from serverless_pipeline.local.functions import aliases, event_sources, logs, lost_events, pool, refusals, runtime
    from serverless_pipeline.local.gate import handover
    from serverless_pipeline.local.iam import (
        condition_keys,
        deliveries,
        function_actions,
        function_urls,
        root_key,
        sessions,
    )
    from serverless_pipeline.local.protocol import dispatch, failure, listings

    root_key.install(key, secret, ACCOUNT)
    sessions.install()
    handover.install()
    dispatch.install()
    listings.install()
    logs.install()
    pool.install(runtime.make(home.runtime), home.scratch, url)
    aliases.install()
    function_actions.install()
    function_urls.install()
    condition_keys.install()
    lost_events.install(url)
    refusals.install()
    event_sources.install()
    deliveries.install()
    for addition in (
        *(rest_api, documents, deployments, permissions),
        *(nested, generated_names, deletion, properties, managed_policies, taken_names),
        *(code_deploy, serverless, nested_transforms, change_sets, failed_transforms, references, origin, eventual),
    ):
        addition.install()
    addresses.install(url)
    cloudfront_origin.install(CACHE)
    invalidations.install(CACHE)
    remarks.install()
    codepipeline.install(url)
    caller.install()
    authority.install()
    failure.install()


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
        sys.stderr.flush()
        os._exit(0 if signalled.is_set() else 1)  # threads that wait for functions must not hold it up


if __name__ == "__main__":
    main(Path(sys.argv[1]))
