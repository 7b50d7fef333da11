"""A bucket that was deleted is still listed for a while, and its name is still taken.

S3 is strongly consistent in objects, and eventually in buckets: one that was deleted may appear in a list of all
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel), and who makes one of the name
meanwhile hears OperationAborted (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). There, that may
last for an hour. What CloudFormation deletes is gone at once.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from serverless_pipeline.local import seams

Response = tuple[int, dict[str, str], Any]
Serve = Callable[..., Awaitable[Response]]

SERVICE = "s3"
_ABORTED = (
    "<Error><Code>OperationAborted</Code><Message>A conflicting conditional operation is currently in progress against "
    "this resource. Please try again.</Message></Error>"
)
_END = b"</Buckets>"

_deleted: dict[str, tuple[float, str]] = {}
"""By the name of a bucket: until when it is still taken, and when the bucket was made."""


def install(seconds: float) -> None:
    """Let the deletion of buckets take as many seconds."""
    _deleted.clear()
    handlers = seams.SERVICE_HANDLERS.value
    handlers[SERVICE] = lingering(handlers[SERVICE], seconds, time.monotonic)


def lingering(serve: Serve, seconds: float, clock: Callable[[], float]) -> Serve:
    """Requests to S3; after a bucket was deleted its name is still there."""

    async def serve_lingering(method: str, path: str, *request: Any) -> Response:  # noqa: ANN401 - as MiniStack's
        query: Mapping[str, Any] = request[2]
        name = path.strip("/")
        is_bucket = bool(name) and "/" not in name and not set(query) - {"x-id"}
        if method == "PUT" and is_bucket and name in _taken(clock()):
            return HTTPStatus.CONFLICT.value, {"Content-Type": "application/xml"}, _ABORTED.encode()
        made = str((seams.BUCKETS.value.get(name) or {}).get("created", ""))
        answer = await serve(method, path, *request)
        if method == "DELETE" and is_bucket and answer[0] == HTTPStatus.NO_CONTENT:
            _deleted[name] = (clock() + seconds, made)
        return _listed(answer, clock()) if method == "GET" and not name else answer

    return serve_lingering


def _taken(now: float) -> dict[str, str]:
    """The names that are still taken, and when their buckets were made."""
    return {name: made for name, (until, made) in _deleted.items() if until > now}


def _listed(answer: Response, now: float) -> Response:
    """A list of all buckets, and of those that were just deleted."""
    status, headers, body = answer
    late = "".join(
        f"<Bucket><Name>{escape(name)}</Name><CreationDate>{made}</CreationDate></Bucket>"
        for name, made in sorted(_taken(now).items())
    )
    if not late or status != HTTPStatus.OK or not isinstance(body, bytes):
        return answer
    body = body.replace(b"<Buckets />", b"<Buckets></Buckets>").replace(b"<Buckets/>", b"<Buckets></Buckets>")
    return status, headers, body.replace(_END, late.encode() + _END, 1)
