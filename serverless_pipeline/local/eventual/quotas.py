"""Who asks a service too often is told to slow down, as the service says it.

A bucket of tokens for each service: it holds as many as may be asked at once, and fills again steadily. API Gateway's
are its own (10 requests a second, 40 at once: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html),
and so are Lambda's (15 a second: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); invocations
have other limits. CloudFormation, IAM and CodePipeline tell none; theirs are a guess.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], bytes]
Serve = Callable[..., Awaitable[Response]]

QUOTAS = {
    "apigateway": (10.0, 40),
    "lambda": (15.0, 15),
    "cloudformation": (30.0, 60),
    "iam": (30.0, 60),
    "codepipeline": (30.0, 60),
}
"""Requests a second, and at once, by service."""
_ERROR = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
_XML = f"<ErrorResponse>{_ERROR}</ErrorResponse>"
_INVOCATIONS = ("/invocations", "/invoke-async", "/response-streaming-invocations")


@dataclass
class Bucket:
    """Tokens for requests; `clock` is in seconds."""

    rate: float
    size: int
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._filled = float(self.size), self.clock()

    def take(self) -> bool:
        """Whether there was a token."""
        now = self.clock()
        self._tokens = min(self.size, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def install() -> None:
    """Give each service its bucket."""
    handlers = seams.SERVICE_HANDLERS.value
    for service, quota in QUOTAS.items():
        handlers[service] = rationed(handlers[service], service, Bucket(*quota))


def rationed(serve: Serve, service: str, bucket: Bucket) -> Serve:
    """The requests of a service for which there is a token."""

    async def serve_some(method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        if path.rstrip("/").endswith(_INVOCATIONS) or bucket.take():
            return await serve(method, path, *request)
        return refusal(service)

    return serve_some


def refusal(service: str) -> Response:
    """What a service says to slow down."""
    match service:
        case "apigateway" | "lambda":
            words = "Too Many Requests" if service == "apigateway" else "Rate exceeded"
            return _json("TooManyRequestsException", words, HTTPStatus.TOO_MANY_REQUESTS)
        case "codepipeline":
            return _json("ThrottlingException", "Rate exceeded", HTTPStatus.BAD_REQUEST)
        case _:
            return HTTPStatus.BAD_REQUEST.value, {"Content-Type": "text/xml"}, _XML.encode()


def _json(code: str, message: str, status: HTTPStatus) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-errortype": code}
    return status.value, headers, json.dumps({"__type": code, "message": message}).encode()
