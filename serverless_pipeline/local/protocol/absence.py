"""A service or an operation that is not here says so, in the protocol of its own.

MiniStack answers for a service that it lacks with a form that no client reads, so that the AWS CLI shows a number and
no words; and for an operation in words of its own. AWS says UnknownOperationException or InvalidAction:
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from serverless_pipeline.local.gate import refusal
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import models

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head
    from serverless_pipeline.local.gate.refusal import Response

NO_SERVICE = b'{"error": "Unsupported service: '
NO_OPERATION = re.compile(
    rb"Unknown (?:[\w-]+ ){0,4}(?:action|operation|path|endpoint)\b"
    rb"|is not valid for this (?:endpoint|web service)|Function not found: /\d{4}-\d\d-\d\d/|UnknownOperationException"
)
NO_PACKAGE = b"requires the cryptography package"
"""What KMS says of asymmetric keys."""
S3_PARTS = frozenset(
    {
        *("abac", "analytics", "intelligent-tiering", "inventory", "metadataAnnotationTable", "metadataConfiguration"),
        *("metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics", "renameObject", "select"),
        *("session", "torrent"),
    }
)
"""Parts of a bucket or an object that MiniStack takes for the whole: `DELETE ?metrics` would delete the bucket."""
_ERRORS = range(400, 600)


def is_service(name: str) -> bool:
    """Whether a signature names a service; MiniStack reads the models of all four hundred to know it.

    S3 has several names (`s3express`), and its requests are told by their path.
    """
    return not name.startswith("s3")


def check(head: Head) -> None:
    """Turn away what S3 does with a part of a bucket or an object, and MiniStack would do with the whole of it.

    Raises:
        Refused: as S3 refuses what it does not have.
    """
    if head.scope_service == "s3" and (absent := S3_PARTS.intersection(head.query)):
        raise Refused("NotImplemented", f"The embedded AWS does not have s3:{head.method} ?{min(absent)}", 501)


def told(head: Head, body: bytes, answer: Response) -> Response:
    """The answer of MiniStack, or one that says what is not here."""
    status, _, text = answer
    if status not in _ERRORS or not isinstance(text, bytes):
        return answer
    if text.startswith(NO_SERVICE):
        return _say(head, f"The embedded AWS does not have the service {head.scope_service or _service(head)}")
    if head.scope_service != "s3" and (NO_OPERATION.search(text) or NO_PACKAGE in text):
        return _say(head, f"The embedded AWS does not have {_service(head)}:{_operation(head, body)}")
    return answer


def _say(head: Head, message: str) -> Response:
    if head.headers.get("x-amz-target") or head.is_cbor:
        return refusal.write(head, Refused("UnknownOperationException", message, 400))
    if head.is_form:
        return refusal.write(head, Refused("InvalidAction", message, 400))
    return refusal.write(head, Refused("UnknownOperationException", message, 404))


def _service(head: Head) -> str:
    return head.scope_service or head.headers.get("x-amz-target", "").partition(".")[0]


def _operation(head: Head, body: bytes) -> str:
    """What was asked for: the operation if the request names it, else method and path."""
    if target := head.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if head.is_form:
        fields = head.query if "Action" in head.query else parse_qs(body.decode(errors="replace"))
        return (fields.get("Action") or ["(none was named)"])[0]
    operation = models.operation(head)
    return operation.name if operation else f"{head.method} {head.path}"
