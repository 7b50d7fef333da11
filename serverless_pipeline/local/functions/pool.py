"""Which execution environment takes an invocation, and when one ends: MiniStack's pool of workers, holding ours.

MiniStack ends a worker in the middle of an invocation when the function is updated. Here the invocation is finished.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions.execution_environment import ExecutionEnvironment
from serverless_pipeline.local.functions.place import Place

_environments: set[ExecutionEnvironment] = set()


def install(place: Place, most: int) -> None:
    """Run Lambda's functions here, in no more than so many processes at once."""

    def make(name: str, config: dict[str, Any], code: bytes) -> ExecutionEnvironment:
        environment = ExecutionEnvironment(name, config, code, place)
        _environments.add(environment)
        return environment

    seams.WORKER_CLASS_FOR.replace(lambda _config: make)
    seams.KILL_WORKERS.replace(retire)
    bounded = partial(execute, most=most)
    seams.EXECUTE_FUNCTION_WARM.replace(bounded)
    seams.EXECUTE_PROVIDED_WARM.replace(bounded)


def execute(
    function: dict[str, Any],
    event: Any,  # noqa: ANN401 - any JSON
    request_id: str,
    *,
    most: int,
) -> dict[str, Any]:
    """Run one invocation on a free environment of the function, or a new one; MiniStack's shape of the result.

    MiniStack lets no more than `most` invocations in at once. What rests makes room for them.
    """
    config, code = function.get("config") or function, function.get("code_zip") or b""
    version = config.get("Version", "$LATEST")
    seams.ENSURE_REAPER_THREAD()
    environment, _ = seams.ACQUIRE_WORKER(config["FunctionName"], config, code, qualifier=version)
    try:
        if not environment.alive:
            _make_room(most - 1)
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


def _make_room(most: int) -> None:
    """End processes that rest, the longest unused first, until no more than so many are there."""
    alive = [environment for environment in list(_environments) if environment.alive]
    resting = sorted((one for one in alive if not one.in_use), key=lambda environment: environment.last_used)
    for environment in resting[: max(0, len(alive) - most)]:
        environment.rest()


def end_all() -> None:
    """End every environment, whatever it does; the server is about to end."""
    for environment in list(_environments):
        _end(environment)


def _end(environment: ExecutionEnvironment) -> None:
    _environments.discard(environment)
    environment.end()
