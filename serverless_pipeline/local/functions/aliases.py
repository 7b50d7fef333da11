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

EXECUTED = "X-Amz-Executed-Version"

_drawn: ContextVar[dict[str, str] | None] = ContextVar("drawn", default=None)


def install(draw: Callable[[], float] = random.random) -> None:
    """Route the invocations of aliases; `draw` gives numbers from 0 up to, not including, 1."""
    seams.INVOKE.wrap(lambda invoke: _told(invoke, draw))
    seams.EXECUTE_FUNCTION_DISPATCH.wrap(lambda dispatch: _routed(dispatch, draw))
    seams.GET_FUNC_RECORD_FOR_REF.wrap(_named)


def version(alias: Mapping[str, Any], drawn: float) -> str:
    """The version that takes an invocation for which `drawn`, at least 0 and below 1, was drawn."""
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for additional, weight in weights.items():
        drawn -= float(weight)
        if drawn < 0:
            return str(additional)
    return str(alias.get("FunctionVersion", "$LATEST"))


def _told(invoke: Callable[..., Awaitable[Any]], draw: Callable[[], float]) -> Callable[..., Awaitable[Any]]:
    """Invoke, and answer with the version that ran: it is drawn here and remembered for the execution."""

    async def routed(
        name: str,
        event: object,
        headers: Mapping[str, str],
        path: str | None = None,
        query: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - MiniStack's own response
        qualifier = seams.QUALIFIER_OF_REQUEST(path, query)
        alias = _alias(name, qualifier)
        if alias is None:
            return await invoke(name, event, headers, path, query)
        chosen = version(alias, draw())
        token = _drawn.set({f"{name}:{qualifier}": chosen})
        try:
            status, answered, body = await invoke(name, event, headers, path, query)
        finally:
            _drawn.reset(token)
        return status, answered | ({EXECUTED: chosen} if EXECUTED in answered else {}), body

    return routed


def _routed(dispatch: Callable[..., Any], draw: Callable[[], float]) -> Callable[..., Any]:
    """Execute on the version that was drawn for the invocation, or is drawn now."""

    def routed(function: Record, config: Record, event: Any, request_id: str, started: float) -> Any:  # noqa: ANN401
        name, qualifier = config.get("FunctionName", ""), _qualifier(config)
        alias = _alias(name, qualifier)
        if alias is None:
            return dispatch(function, config, event, request_id, started)
        chosen = (_drawn.get() or {}).get(f"{name}:{qualifier}") or version(alias, draw())
        record = _record(name, chosen, config) or function
        result = dispatch(record, record["config"], event, request_id, started)
        _count(name, f"{name}:{qualifier}", chosen, failed=bool(result.get("error")))
        return result

    return routed


def _named(find: Callable[[str], tuple[Record | None, Record | None, str]]) -> Callable[[str], Any]:
    """Find what other services invoke; the record keeps the alias that they name, so that it can be routed."""

    def named(reference: str) -> tuple[Record | None, Record | None, str]:
        record, config, name = find(reference)
        _, qualifier = seams.RESOLVE_NAME_AND_QUALIFIER(reference)
        alias = _alias(name, qualifier)
        if config is None or alias is None:
            return record, config, name
        return record, {**config, "FunctionArn": alias["AliasArn"]}, name

    return named


def _alias(name: str, qualifier: str | None) -> Record | None:
    function = seams.LAMBDA_FUNCTIONS.value.get(name) or {}
    alias: Record | None = function.get("aliases", {}).get(qualifier)
    return alias


def _qualifier(config: Record) -> str | None:
    """What was invoked; a function's ARN has seven parts, the qualifier is the eighth."""
    parts: list[str] = config.get("FunctionArn", "").split(":", 7)
    return parts[7] if len(parts) > 7 else None  # noqa: PLR2004 - as the docstring says


def _record(name: str, chosen: str, config: Record) -> Record | None:
    """The version to run, under the ARN that was invoked."""
    found, settings = seams.GET_FUNC_RECORD_FOR_QUALIFIER(name, chosen)
    return {**found, "config": {**settings, "FunctionArn": config["FunctionArn"]}} if found else None


def _count(name: str, resource: str, chosen: str, *, failed: bool) -> None:
    dimensions = {"FunctionName": name, "Resource": resource, "ExecutedVersion": chosen}
    for metric, value in (("Invocations", 1), ("Errors", int(failed))):
        seams.RECORD_METRIC("AWS/Lambda", metric, value, "Count", dimensions)
