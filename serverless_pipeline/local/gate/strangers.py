"""Requests that carry no Signature Version 4: which of them may have a body, and what of an older version is let in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import limits
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head
    from serverless_pipeline.local.reply import Scope

_COGNITO = frozenset({"/oauth2/token", "/oauth2/login", "/login", "/oauth2/userInfo", "/oauth2/userinfo"})
_GRAPHQL = re.compile(r"/v1/apis/[^/]+/graphql")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def is_version_2(head: Head) -> bool:
    """Whether it is signed as S3 once took it, which botocore still does to addresses in old regions."""
    in_query = "AWSAccessKeyId" in head.query and "Signature" in head.query
    return head.headers.get("authorization", "").startswith("AWS ") or in_query


def check_version_2(head: Head, scope: Scope) -> None:
    """Check such a signature, for S3 alone: it covers neither the body nor most of the query.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html

    Raises:
        Refused: it is wrong, or for another service.
    """
    if head.is_form or seams.DETECT_SERVICE(head.method, head.path, head.headers, head.query) != "s3":
        raise Refused("UnsupportedSignature", "The embedded AWS takes Signature Version 2 for S3 only.")
    seams.PIN_SIGNED_REQUEST(head.method, head.raw_path, head.query, scope["headers"])
    key = seams.EXTRACT_ACCESS_KEY_ID(head.headers, head.query)
    failure = seams.AUTHENTICATE(key, seams.GET_ACCOUNT_ID()) if key else None
    if not key or hasattr(failure, "code"):
        code, message = (failure.code, failure.message) if failure else ("UnsupportedSignature", "It names no key.")
        raise Refused(code, message)


def limit(head: Head) -> int:
    """The most bytes that are taken of the body of somebody without a key.

    Raises:
        Refused: nothing that AWS serves to such a one has a body, or changes anything.
    """
    if head.method in _READING and not head.has_body:
        return 0
    if head.path in _COGNITO or _GRAPHQL.fullmatch(head.path) or _is_served_unsigned(head):
        return limits.UNSIGNED
    raise Refused("MissingAuthenticationToken", "Missing Authentication Token")


def _is_served_unsigned(head: Head) -> bool:
    """Whether AWS serves the operation without credentials; one of the query protocol is named by its body."""
    target = head.headers.get("x-amz-target", "")
    if not target:
        return head.method == "POST" and head.path == "/" and head.is_form
    service = seams.DETECT_SERVICE(head.method, head.path, {"x-amz-target": target}, {})
    return target.rpartition(".")[2] in seams.UNSIGNED_OPERATIONS(service)
