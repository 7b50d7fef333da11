"""Which execution environment takes an invocation, and when one ends: MiniStack's pool of workers, holding ours.

MiniStack ends a worker in the middle of an invocation when the function is updated. Here the invocation is finished.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions.execution_environment import ExecutionEnvironment
from serverless_pipeline.local.functions.place import Place

_environments: set[ExecutionEnvironment] = set()


def install(python: Path, scratch: Path, url: str) -> None:
    """Run Lambda's functions on `python`, with their files below `scratch`; `url` is this AWS."""
    place = Place(python, scratch, url)

    def make(name: str, config: dict[str, Any], code: bytes) -> ExecutionEnvironment:
        environment = ExecutionEnvironment(name, config, code, place)
        _environments.add(environment)
        return environment

    seams.WORKER_CLASS_FOR.replace(lambda _config: make)
    seams.KILL_WORKERS.replace(retire)
    seams.EXECUTE_FUNCTION_WARM.replace(execute)


def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Run one invocation on a free environment of the function, or a new one; MiniStack's shape of the result."""
    config, code = function.get("config") or function, function.get("code_zip") or b""
    version = config.get("Version", "$LATEST")
    seams.ENSURE_REAPER_THREAD()
    environment, _ = seams.ACQUIRE_WORKER(config["FunctionName"], config, code, qualifier=version)
    try:
        return environment.invoke(event, request_id)  # type: ignore[no-any-return]
    finally:
        seams.RELEASE_WORKER(environment)
        if environment.retired:
            _end(environment)


def retire(environments: Iterable[ExecutionEnvironment]) -> None:
    """End environments that were taken out of the pool, each as soon as it is free.

    Whoever comes second, this or the end of an invocation, sees what the other wrote, and ends the environment.
    """
    for environment in list(environments):
        environment.retired = True
        if not environment.in_use:
            _end(environment)


def end_all() -> None:
    """End every environment, whatever it does; the server is about to end."""
    for environment in list(_environments):
        _end(environment)


def _end(environment: ExecutionEnvironment) -> None:
    _environments.discard(environment)
    environment.end()
