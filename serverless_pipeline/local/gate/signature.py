"""Signature Version 4: whose request it is, told by its head alone where the head names the hash of the body.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html. MiniStack holds the same mechanics,
but checks when the whole body is in memory, and believes the hash that the head names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.refusal import Refused

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

ALGORITHM = "AWS4-HMAC-SHA256"
PAYLOAD = "x-amz-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"
UNBOUND = frozenset({"s3", "s3-object-lambda"})
"""The services that let a request leave its body out of what it signs."""
EMPTY = hashlib.sha256(b"").hexdigest()
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_NOT_SIGNED = frozenset({PAYLOAD})
"""It is in what is signed by itself."""
_DATE = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Signature:
    """A signature and the key that it is checked with; `parts` are MiniStack's: scope, signed headers, date."""

    parts: Any
    key: bytes = field(repr=False)
    presigned: bool

    @property
    def access_key_id(self) -> str:
        return str(self.parts.access_key_id)

    @property
    def service(self) -> str:
        return str(self.parts.service)

    @property
    def payload_may_be_unsigned(self) -> bool:
        return self.service in UNBOUND

    @property
    def scope(self) -> str:
        return f"{self.parts.date_stamp}/{self.parts.region}/{self.parts.service}/aws4_request"

    def sign(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def read(head: Head) -> Signature | None:
    """The signature of a request, if it carries one and nothing but the signing itself is left to check.

    Raises:
        Refused: it is incomplete, or of another version, or of a key that is not here, or too old.
    """
    presigned = _is_presigned(head)
    if presigned is None:
        return None
    parts = seams.PARSE_QUERY_SIGNATURE(head.query) if presigned else seams.PARSE_HEADER_SIGNATURE(head.headers)
    if isinstance(parts, tuple):
        raise Refused(*parts)
    if parts.access_key_id != seams.EXTRACT_ACCESS_KEY_ID(head.headers, head.query):
        raise Refused("IncompleteSignature", "The request names two keys.")
    _check_headers(parts, head)
    _check_date(parts, head, presigned=presigned)
    secret = _secret(parts.access_key_id, _token(head, presigned=presigned))
    return Signature(parts, _signing_key(secret, parts.date_stamp, parts.region, parts.service), presigned)


def check(signature: Signature, head: Head, payload: str) -> None:
    """Compare what was signed with what came; `payload` is the hash of the body, or what stands for it.

    Raises:
        Refused: another request was signed, or with another secret.
    """
    headers = {**head.headers, PAYLOAD: payload}
    _, text = seams.HEADER_SIGNING_DOCUMENTS(
        signature.parts, head.method, head.raw_path, head.query, headers, b"", presigned=signature.presigned
    )
    if not hmac.compare_digest(signature.sign(text).encode(), signature.parts.signature.encode()):
        raise Refused("SignatureDoesNotMatch", MISMATCH)


def _is_presigned(head: Head) -> bool | None:
    """Whether the address is signed rather than the head; None if there is no signature of this version.

    Raises:
        Refused: both are, or by an algorithm that is not checked here.
    """
    authorization = head.headers.get("authorization", "")
    algorithm = (head.query.get("X-Amz-Algorithm") or [""])[0]
    in_query = bool(algorithm or "X-Amz-Credential" in head.query or "X-Amz-Signature" in head.query)
    if in_query and authorization:
        raise Refused("InvalidArgument", "A request is signed in its head or in its address, not in both.", 400)
    if in_query and algorithm not in {"", ALGORITHM}:
        raise Refused("UnsupportedSignature", f"The embedded AWS checks {ALGORITHM}, not {algorithm[:40]}.")
    if in_query:
        return True
    if not authorization.startswith("AWS4-"):
        return None
    if not authorization.startswith(f"{ALGORITHM} ") or authorization.count("Credential=") > 1:
        raise Refused("UnsupportedSignature", f"The embedded AWS checks {ALGORITHM}, with one Credential.")
    return False


def _check_headers(parts: Any, head: Head) -> None:  # noqa: ANN401 - MiniStack is untyped
    """What AWS reads of a request must be signed: its host, and all that begins with `x-amz-`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
    """
    signed = set(parts.signed_headers.lower().split(";"))
    sent = {name for name in head.headers if name.startswith("x-amz-")} - _NOT_SIGNED
    if missing := sorted(({"host"} | sent) - signed):
        code = "AccessDenied" if parts.service == "s3" else "SignatureDoesNotMatch"
        names = ", ".join(missing)
        raise Refused(code, f"There were headers present in the request which were not signed: {names}", 403)
    if parts.service in UNBOUND and "x-amz-target" in head.headers:
        raise Refused("SignatureDoesNotMatch", "Credential should be scoped to correct service.")


def _check_date(parts: Any, head: Head, *, presigned: bool) -> None:  # noqa: ANN401 - as above
    """In most cases a request must arrive within five minutes; S3, IAM, STS and some others take it for fifteen.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html,
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed). AWS lists nowhere which
    services take which; MiniStack's list agrees with what they say when they refuse ("- 5 min.", "- 15 min.").
    """
    if not _DATE.fullmatch(parts.amz_date):
        raise Refused("IncompleteSignature", "Date must be in ISO-8601 'basic format'.")
    if parts.date_stamp != parts.amz_date[:8]:
        raise Refused(
            "CredentialDateMismatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
        )
    if presigned and parts.service == "s3":
        _check_expiry(parts.amz_date, (head.query.get("X-Amz-Expires") or [""])[0])
    elif skewed := seams.REQUEST_TIME_FAILURE(parts):
        raise Refused(*skewed)


def _check_expiry(amz_date: str, expires: str) -> None:
    """How long an address lasts; S3 itself refuses one that is no number, or that begins in the future."""
    try:
        expired = bool(expires) and seams.PRESIGNED_REQUEST_IS_EXPIRED(amz_date, expires)
    except (ValueError, OverflowError):
        expired = False
    if expired:
        raise Refused("RequestExpired", "Request has expired")


def _token(head: Head, *, presigned: bool) -> str:
    if presigned:
        return (head.query.get("X-Amz-Security-Token") or [""])[0]
    return head.headers.get("x-amz-security-token", "")


def _secret(access_key_id: str, token: str) -> str:
    """The secret of a key.

    Raises:
        Refused: there is no such key, or it is not valid any more, or its token is another.
    """
    try:
        account = seams.FIND_ACCESS_KEY_ACCOUNT(access_key_id)
    except ValueError:  # two accounts have it
        account = None
    account = account or seams.SESSION_ACCOUNT(access_key_id) or seams.GET_ACCOUNT_ID()
    credential = seams.RESOLVE_CREDENTIAL(access_key_id, account, token)
    if not hasattr(credential, "code"):
        return str(credential.secret_access_key)
    if credential.code == "InvalidToken" and not token:
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    raise Refused(credential.code, credential.message)


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    return bytes(seams.DERIVE_SIGNING_KEY(secret, date, region, service))
