"""How large a body may be, in bytes, by what it is for: AWS's own limits, and for objects what a laptop's memory bears.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.cloudformation import addresses
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

MIB = 1024 * 1024
OBJECT = 512 * MIB
"""A whole object or a part of one; S3 takes 5 GB. MiniStack keeps objects in memory, larger ones come in parts."""
DOCUMENT = 4 * MIB
"""XML to S3: a thousand keys to delete, ten thousand parts to join."""
UNSIGNED = 128 * 1024
"""What STS and Cognito take from who has no key yet."""
EXECUTE_API = 10 * MIB
FUNCTION_URL = 6 * MIB
DISTRIBUTION = 10 * MIB
WEBHOOK = 1 * MIB
"""AWS says none; what GitHub tells of a push is smaller."""
SERVICE = 20 * MIB
"""A request to a service that is not named below; DynamoDB takes the largest, 16 MB of items."""
SERVICES = {"lambda": 70_167_211}
"""Lambda says this number when a function's archive is too large to be sent to it."""

_OBJECT_QUERIES = frozenset({"partNumber", "uploadId", "x-id", "X-Amz-Signature", "Signature", "versionId"})


def check(head: Head, limit: int) -> None:
    """Refuse a body by its announced length, before it comes.

    Raises:
        Refused: it is larger than `limit` bytes.
    """
    length = head.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise Refused("", "Content-Length must be a number.", 400)
    if int(length) > limit:
        raise too_large(limit)


def too_large(limit: int) -> Refused:
    """What is said of a body that is larger than what it is for."""
    if limit == OBJECT:
        message = (
            f"Your proposed upload exceeds the {limit} bytes that the embedded AWS takes at once; send it in parts"
        )
        return Refused("EntityTooLarge", message, 400)
    return Refused("RequestEntityTooLargeException", f"Request must be smaller than {limit} bytes", 413)


def of_data_plane(path: str) -> int:
    """What an API, a function URL or a distribution takes."""
    if path.startswith(addresses.EXECUTE_API):
        return EXECUTE_API
    return FUNCTION_URL if path.startswith(addresses.FUNCTION_URL) else DISTRIBUTION


def of_service(head: Head) -> int:
    """What the service takes that a signed request names."""
    if head.scope_service in {"s3", ""}:
        return OBJECT if is_object(head) else DOCUMENT
    return SERVICES.get(head.scope_service, SERVICE)


def is_object(head: Head) -> bool:
    """Whether the body is the content of an object or a part, and no document about one."""
    if head.method != "PUT" or "/" not in head.path.strip("/"):
        return False
    own = {name for name in head.query if not name.lower().startswith("x-amz-")}
    return own <= _OBJECT_QUERIES | {"AWSAccessKeyId", "Expires"}
