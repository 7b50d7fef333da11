"""An asynchronous invocation for which there is no room waits, and is tried again until its event is too old.

MiniStack counts such a try as one of the function's failures, so three of them lose the event within seconds. Lambda
returns the event to its queue and tries again for up to 6 hours, after 1 second and then ever later, up to 5 minutes
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html); `MaximumEventAgeInSeconds` shortens
that.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import lost_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Result = dict[str, Any]
    Execute = Callable[[Mapping[str, Any], Any], Result]
    Invoke = Callable[[Mapping[str, Any], Any], None]

OLDEST_SECONDS = 6 * 60 * 60
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0

_ends: ContextVar[float | None] = ContextVar("ends", default=None)
"""When the event of this context becomes too old; None where somebody waits for the answer."""


def install() -> None:
    """Let events wait for room."""
    seams.INVOKE_ASYNC_WITH_RETRY.wrap(lambda invoke: queueing(invoke, time.monotonic))
    seams.EXECUTE_FUNCTION.wrap(lambda execute: waiting(execute, time.monotonic, time.sleep))


def queueing(invoke: Invoke, clock: Callable[[], float]) -> Invoke:
    """An asynchronous invocation, whose event has an age from then on; MiniStack runs it in a copy of this context."""

    def invoke_queued(function: Mapping[str, Any], event: Any) -> None:  # noqa: ANN401 - any JSON
        token = _ends.set(clock() + _oldest(function))
        try:
            invoke(function, event)
        finally:
            _ends.reset(token)

    return invoke_queued


def waiting(execute: Execute, clock: Callable[[], float], sleep: Callable[[float], None]) -> Execute:
    """An execution; that of an event which nobody waits for is tried again while there is no room."""

    def execute_in_time(function: Mapping[str, Any], event: Any) -> Result:  # noqa: ANN401 - any JSON
        ends, pause = _ends.get(), FIRST_PAUSE
        result = execute(function, event)
        while ends is not None and result.get("throttle") and clock() + pause <= ends:
            sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            result = execute(_as_it_is(function), event)
        return result

    return execute_in_time


def _as_it_is(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """The function that was invoked, with the concurrency that is reserved for it by now."""
    name = (function.get("config") or {}).get("FunctionName")
    now = seams.LAMBDA_FUNCTIONS.value.get(name) or {}
    return {**function, "concurrency": now.get("concurrency")}


def _oldest(function: Mapping[str, Any]) -> float:
    """How many seconds an event may wait."""
    return float(lost_events.settings(function).get("MaximumEventAgeInSeconds") or OLDEST_SECONDS)
