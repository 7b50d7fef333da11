"""The wire: JSON 1.1, an operation named by `X-Amz-Target`, a refusal as HTTP 400 with `__type` and `message`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import shapes
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.wire.authorization import Caller

TARGET_PREFIX = "CodePipeline_20150709"
CONTENT_TYPE = "application/x-amz-json-1.1"

Response = tuple[int, dict[str, str], bytes]


def answer(engine: Engine, caller: Caller, headers: Mapping[str, str], body: bytes) -> Response:
    """Perform the operation that a request names."""
    try:
        document = perform(engine, caller, operation_of(headers), _read(body))
    except Refusal as refusal:
        document = {"__type": refusal.code, "message": refusal.message}
        return 400, {"Content-Type": CONTENT_TYPE, "x-amzn-errortype": refusal.code}, json.dumps(document).encode()
    return 200, {"Content-Type": CONTENT_TYPE}, b"" if document is None else json.dumps(document).encode()


def operation_of(headers: Mapping[str, str]) -> str:
    """The operation that a request names, empty if it names none."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def perform(engine: Engine, caller: Caller, operation: str, request: object) -> dict[str, Any] | None:
    """Check the shape of a request and do what it asks for.

    Raises:
        Refusal: AWS would refuse it, or has no such operation.
    """
    if operation in OPERATIONS:
        return OPERATIONS[operation](engine, caller, shapes.check(operation, request))
    raise Refusal("UnknownOperationException", f"CodePipeline has no operation {operation or '(none was named)'}")


def _read(body: bytes) -> object:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal("SerializationException", f"The request is not JSON: {error}") from error
