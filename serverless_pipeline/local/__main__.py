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

ACCOUNT = "000000000000"
KEEP_ALIVE_SECONDS = 30
"""After that a connection ends over which no request came, nor the whole head of one."""
UNREAD_SECONDS = 60
"""After that a connection ends whose client takes nothing of an answer."""
GRACEFUL_SECONDS = 0.2
READABLE = 0o022
"""The user that functions run as reads what the server lays out for them, whatever the laptop's umask is."""


def main(folder: Path) -> None:
    """Serve until SIGTERM, then end every function and leave nothing behind."""
    start = json.loads(sys.stdin.readline())
    _check_version()
    os.umask(READABLE)
    _allow_open_files()
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    place = _place(Home(folder), url)
    _install(place, start["key"], start["secret"])
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


def _install(place: Place, key: str, secret: str) -> None:
    """Every addition to MiniStack."""
    from serverless_pipeline.local import codepipeline
    from serverless_pipeline.local.apigateway import deployments, documents, permissions, rest_api, stage_variables
    from serverless_pipeline.local.cloudformation import (
        addresses,
        authority,
        bucket_access,
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
        remarks,
        serverless,
        taken_names,
        validation,
    )
    from serverless_pipeline.local.cloudfront import invalidations
    from serverless_pipeline.local.cloudfront import origin as cloudfront_origin
    from serverless_pipeline.local.cloudfront import remarks as cloudfront_remarks
    from serverless_pipeline.local.cloudfront.cache import CACHE
    from serverless_pipeline.local.eventual import functions, quotas, roles
    from serverless_pipeline.local.functions import (
        aliases,
        event_sources,
        inline_code,
        layers,
        logs,
        lost_events,
        pool,
        refusals,
        report,
    )
    from serverless_pipeline.local.gate import handover
    from serverless_pipeline.local.iam import (
        condition_keys,
        deliveries,
        function_actions,
        function_urls,
        root_key,
        sessions,
        trust,
    )
    from serverless_pipeline.local.protocol import dispatch, failure, listings
    from serverless_pipeline.local.s3 import account as s3_account

    modes = Modes.from_environment(os.environ)
    root_key.install(key, secret, ACCOUNT)
    s3_account.install(blocks=modes.block_public_access)
    sessions.install()
    handover.install()
    dispatch.install()
    listings.install()
    logs.install()
    pool.install(place, modes.concurrency)
    layers.install()
    report.install(place)
    aliases.install()
    function_actions.install()
    function_urls.install()
    condition_keys.install()
    lost_events.install(place.url)
    refusals.install()
    inline_code.install()
    event_sources.install()
    deliveries.install()
    for addition in (
        *(rest_api, documents, deployments, stage_variables, permissions),
        *(nested, generated_names, deletion, bucket_access, properties, managed_policies, taken_names),
        *(code_deploy, serverless, nested_transforms, change_sets, failed_transforms, references, origin),
        *(validation,),
    ):
        addition.install()
    addresses.install(place.url)
    cloudfront_origin.install(CACHE)
    invalidations.install(CACHE, modes.eventual)
    remarks.install(
        {cloudfront_remarks.KIND: cloudfront_remarks.of_distribution, refusals.FUNCTION: report.difference_of_function}
    )
    codepipeline.install(place.url)
    caller.install()
    authority.install()
    trust.install()
    if modes.eventual:
        eventual.install(modes.eventual)
        functions.install(modes.eventual)
        roles.install(modes.eventual)
        quotas.install()
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
