"""An alias sends each invocation to one of its versions, by the weights of its RoutingConfig.

MiniStack stores the weights and always runs the alias's own version. Here one draw decides for each invocation,
whoever makes it: a caller, API Gateway, an event source. The answer names the version that ran, and CloudWatch counts
Invocations and Errors by function, alias and version, as Lambda does
(https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html).
Unlike Lambda's, an additional version is not checked for being published with the same role.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams

Record = dict[str, Any]
Lookup = tuple[Record | None, Record | None, str]
"""A function as MiniStack finds it: its record, the configuration of a version, and its name."""

Invoke = Callable[..., Awaitable[tuple[int, dict[str, str], Any]]]
Dispatch = Callable[[Record, Record, Any, str, float], Record]

EXECUTED = "X-Amz-Executed-Version"
QUALIFIER = 7
"""A function's ARN has seven parts; the qualifier is the eighth."""

_drawn: ContextVar[tuple[str, str, str] | None] = ContextVar("drawn", default=None)
"""The function, the alias and the version that was drawn for the invocation of this context."""

_former: list[Callable[[str, str], Record | None]] = []
"""Who knows of aliases that do not route yet as they are told."""


def install(draw: Callable[[], float] = random.random) -> None:
    """Route the invocations of aliases; `draw` gives numbers from 0 up to, not including, 1."""
    seams.INVOKE.wrap(lambda invoke: _name_version(invoke, draw))
    seams.EXECUTE_FUNCTION_DISPATCH.wrap(lambda dispatch: _route(dispatch, draw))
    seams.GET_FUNC_RECORD_FOR_REF.wrap(_keep_alias)


def unless(former: Callable[[str, str], Record | None]) -> None:
    """Let an alias still route as it did, while this has it of the function and the alias."""
    _former.append(former)


def record(function: str, alias: str | None) -> Record | None:
    """An alias as it is told; None if there is none."""
    there = seams.LAMBDA_FUNCTIONS.value.get(function) or {}
    found: Record | None = there.get("aliases", {}).get(alias)
    return found


def version(alias: Mapping[str, Any], number: float) -> str:
    """The version that takes an invocation for which `number`, at least 0 and below 1, was drawn."""
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for additional, weight in weights.items():
        number -= float(weight)
        if number < 0:
            return str(additional)
    return str(alias.get("FunctionVersion", "$LATEST"))


def _name_version(invoke: Invoke, draw: Callable[[], float]) -> Invoke:
    """Answer with the version that runs: it is drawn here and remembered for the execution."""

    async def invoke_alias(
        name: str,
        event: object,
        headers: Mapping[str, str],
        path: str | None = None,
        query: dict[str, Any] | None = None,
    ) -> tuple[int, dict[str, str], Any]:
        qualifier = seams.QUALIFIER_OF_REQUEST(path, query)
        alias = _alias(name, qualifier)
        if alias is None:
            return await invoke(name, event, headers, path, query)
        executed = version(alias, draw())
        token = _drawn.set((name, qualifier, executed))
        try:
            status, response_headers, body = await invoke(name, event, headers, path, query)
        finally:
            _drawn.reset(token)
        if EXECUTED in response_headers:
            response_headers = response_headers | {EXECUTED: executed}
        return status, response_headers, body

    return invoke_alias


def _route(dispatch: Dispatch, draw: Callable[[], float]) -> Dispatch:
    """Execute on the version that was drawn for the invocation, or is drawn now."""

    def execute(function: Record, config: Record, event: Any, request_id: str, started: float) -> Record:  # noqa: ANN401 - any JSON
        name, qualifier = config.get("FunctionName", ""), _qualifier(config)
        alias = _alias(name, qualifier)
        if alias is None:
            return dispatch(function, config, event, request_id, started)
        drawn = _drawn.get()
        executed = drawn[2] if drawn and drawn[:2] == (name, qualifier) else version(alias, draw())
        routed = _record(name, executed, config["FunctionArn"]) or function
        result = dispatch(routed, routed["config"], event, request_id, started)
        _count(name, f"{name}:{qualifier}", executed, failed=bool(result.get("error")))
        return result

    return execute


def _keep_alias(find: Callable[[str], Lookup]) -> Callable[[str], Lookup]:
    """Find what other services invoke; the configuration keeps the alias that they name, so that it can be routed."""

    def find_alias(reference: str) -> Lookup:
        function, config, name = find(reference)
        _, qualifier = seams.RESOLVE_NAME_AND_QUALIFIER(reference)
        alias = _alias(name, qualifier)
        if config is None or alias is None:
            return function, config, name
        return function, {**config, "FunctionArn": alias["AliasArn"]}, name

    return find_alias


def _alias(name: str, qualifier: str | None) -> Record | None:
    """An alias as it routes."""
    alias = record(name, qualifier)
    if alias is None or qualifier is None:
        return None
    return next((before for former in _former if (before := former(name, qualifier))), alias)


def _qualifier(config: Record) -> str | None:
    """What was invoked."""
    parts: list[str] = config.get("FunctionArn", "").split(":", QUALIFIER)
    return parts[QUALIFIER] if len(parts) > QUALIFIER else None


def _record(name: str, executed: str, arn: str) -> Record | None:
    """The version to run, under the ARN that was invoked."""
    routed, config = seams.GET_FUNC_RECORD_FOR_QUALIFIER(name, executed)
    return {**routed, "config": {**config, "FunctionArn": arn}} if routed else None


def _count(name: str, resource: str, executed: str, *, failed: bool) -> None:
    dimensions = {"FunctionName": name, "Resource": resource, "ExecutedVersion": executed}
    for metric, value in (("Invocations", 1), ("Errors", int(failed))):
        seams.RECORD_METRIC("AWS/Lambda", metric, value, "Count", dimensions)
