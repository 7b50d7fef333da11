"""The process of the embedded AWS: `python -m serverless_pipeline.local FOLDER`, started by `server.ensure`.

It reads one line from standard input: the descriptor of the listening socket, and the root key of this start.
"""

import asyncio
import json
import os
import resource
import signal
import sys
from importlib import metadata
from pathlib import Path

MINISTACK = "1.5.33"
ACCOUNT = "000000000000"


def main(home: Path) -> None:
    """Serve until SIGTERM, then end every function and leave nothing behind."""
    start = json.loads(sys.stdin.readline())
    _check_version()
    _allow_open_files()
    url = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    _install(home, url, start["key"], start["secret"])
    asyncio.run(_serve(start["listener"]))


def _install(home: Path, url: str, key: str, secret: str) -> None:
    """Every addition to MiniStack; the root key comes first, other services copy its rule when they are imported."""
    from serverless_pipeline.local import (
        alias_routing,
        authority,
        change_sets,
        codepipeline,
        deletion,
        deployments,
        function,
        function_actions,
        generated_names,
        logs,
        lost_events,
        properties,
        rest_api,
        root_key,
        runtime,
        stacks,
        taken_names,
    )

    root_key.install(key, secret, ACCOUNT)
    logs.install()
    function.install(runtime.make(home / "runtime"), home / "tmp", url)
    alias_routing.install()
    function_actions.install()
    lost_events.install(url)
    rest_api.install()
    deployments.install()
    stacks.install()
    generated_names.install()
    deletion.install()
    properties.install()
    taken_names.install()
    change_sets.install()
    codepipeline.register(url)
    authority.install()


async def _serve(listener: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    from serverless_pipeline.local import function
    from serverless_pipeline.local.app import application

    config = Config()
    config.bind = [f"fd://{listener}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2
    config.loglevel = "WARNING"
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    try:
        await serve(application(app), config, shutdown_trigger=told.wait)
    finally:
        function.end_all()
        sys.stderr.flush()
        os._exit(0 if told.is_set() else 1)  # threads that wait for functions must not hold it up


def _check_version() -> None:
    installed = metadata.version("ministack")
    if installed != MINISTACK:
        sys.exit(
            f"The embedded AWS is built on ministack {MINISTACK}, and {installed} is installed.\n"
            f"Next: python -m pip install ministack=={MINISTACK}"
        )


def _allow_open_files() -> None:
    """Connections and pipes of functions come in bursts; the usual soft limit is low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
