"""What AWS says when it does not do what is asked: told apart by its codes, in one place.

Codes that every service has: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_ABSENT = frozenset(
    {
        "404",
        "ChangeSetNotFound",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchKey",
        "NotFound",
        "NotFoundException",
        "PipelineExecutionNotFoundException",
        "PipelineNotFoundException",
        "ResourceNotFoundException",
    }
)
_REFUSED = frozenset({"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"})
_REFUSED_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"})

_PAGE = re.compile(r"[\s:]*(?:b['\"])?<(?:!doctype html|html)", re.IGNORECASE)
_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE)


def words(error: Exception) -> str:
    """What an error says, without the page of HTML that came where AWS's answer was expected, but for its title.

    Proxies send such pages, and what imitates AWS; boto3 quotes them whole.
    """
    text = str(error)
    if not (page := _PAGE.search(text)):
        return text
    title = _TITLE.search(text, page.start())
    return f"{text[: page.start()]}: a web page came as its answer" + (f", {title[1]}" if title else "")


def code(error: ClientError) -> str:
    """The code by which AWS names its refusal, empty if it gave none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_absent(error: ClientError) -> bool:
    """Whether AWS says that what was asked for is not there.

    CloudFormation says ValidationError for a stack that it does not know; its words tell that from other mistakes.
    """
    return code(error) in _ABSENT or (code(error) == "ValidationError" and "does not exist" in str(error))


def is_absent_object(error: ClientError) -> bool:
    """Whether an object is not there; S3 says 403 for it to who may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    return is_absent(error) or code(error) in _REFUSED


def is_refused(error: ClientError) -> bool:
    """Whether the caller may not do what was asked."""
    return code(error) in _REFUSED


def refuses_credentials(error: ClientError) -> bool:
    """Whether it is the caller whom AWS refuses, whatever was asked; only of a call that everybody may make."""
    return code(error) in _REFUSED_CREDENTIALS | _REFUSED


def is_throttled(error: ClientError) -> bool:
    """Whether AWS only asks to be asked less often."""
    return code(error) in _THROTTLED


def failures() -> tuple[type[Exception], ...]:
    """What boto3 raises when AWS refuses, fails or does not answer; an upload has an error of its own."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return ClientError, BotoCoreError, Boto3Error


def misreadings() -> tuple[type[Exception], ...]:
    """What is raised when AWS answered, and nobody can read it: an answer of an API, or a document in S3."""
    from botocore.parsers import ResponseParserError

    return ResponseParserError, json.JSONDecodeError
