"""What AWS's refusals mean: which thing is absent, what is not allowed, what passes, and what to tell the user.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from lambdas.job.ending import Failed

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

RETRY = "retry the stage"
"""What to do about a fault of AWS's own that ended an action."""

_ABSENT = frozenset(
    {
        "404",
        "ChangeSetNotFound",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFound",
        "NotFoundException",
        "ParameterNotFound",
        "ResourceNotFoundException",
    }
)
_REFUSED = frozenset({"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"})
_THROTTLED = frozenset(
    {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_CONCURRENT = "ConcurrentModificationException"
_FORBIDDEN, _TOO_MANY, _SERVER_ERROR, _UNAVAILABLE = 403, 429, 500, 503
_GRANT = "a role lacks the permission, or a policy denies it (`invoke pipeline.up` brings the roles up to date)"


def code(error: BotoCoreError | ClientError) -> str:
    """The code by which AWS names its refusal; empty if it gave none, or did not answer at all."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_absent(error: BotoCoreError | ClientError) -> bool:
    """Whether AWS says that what was asked for is not there.

    CloudFormation says ValidationError for a stack that it does not know; its words tell that from other mistakes.
    """
    return code(error) in _ABSENT or (code(error) == "ValidationError" and "does not exist" in str(error))


def is_absent_object(error: BotoCoreError | ClientError) -> bool:
    """Whether an object is not there; S3 says 403 for it to who may not list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    return is_absent(error) or is_refused(error)


def is_refused(error: BotoCoreError | ClientError) -> bool:
    """Whether the caller may not do what was asked."""
    return code(error) in _REFUSED


def is_throttled(error: BotoCoreError | ClientError) -> bool:
    """Whether AWS only asks to be asked less often."""
    return code(error) in _THROTTLED or _status(error) in {_TOO_MANY, _UNAVAILABLE}


def is_passing(error: BotoCoreError | ClientError) -> bool:
    """Whether the same request may succeed a little later."""
    if not isinstance(error, ClientError):
        return isinstance(error, ConnectionError | HTTPClientError)
    return is_throttled(error) or _status(error) >= _SERVER_ERROR or code(error) == _CONCURRENT


def explain(error: BotoCoreError | ClientError, again: str = RETRY) -> Failed:
    """The failure that an error of AWS's SDK becomes; what could pass has been tried several times by then.

    `again` is what to do about a fault of AWS's own.
    """
    if not isinstance(error, ClientError):
        if is_passing(error):
            return Failed(f"The connection to AWS broke, each time it was tried; {again}: {error}")
        return Failed(f"{type(error).__name__}: {error}")
    operation = error.operation_name
    message = f"{error.response.get('Error', {}).get('Message', '')} ({code(error)})"
    if is_throttled(error):
        return Failed(f"AWS was too busy for {operation}, each time it was tried; {again}: {message}")
    if _status(error) >= _SERVER_ERROR:
        return Failed(f"AWS failed at {operation}, each time it was tried; {again}: {message}")
    if is_refused(error) or (_status(error) == _FORBIDDEN and code(error) not in _SKEWED):
        return Failed(f"AWS did not allow {operation}; {_GRANT}: {message}", "PermissionError")
    clock = f"the clock of the function is not AWS's, {again}; " if code(error) in _SKEWED else ""
    return Failed(f"AWS refused {operation}: {clock}{message}")


def _status(error: BotoCoreError | ClientError) -> int:
    """The status of HTTP; 0 if AWS did not answer."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if isinstance(error, ClientError) else 0
