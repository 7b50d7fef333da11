"""What AWS's refusals mean to the user of the pipeline, and what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from lambdas.job.ending import Failed

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

RETRY = "retry the stage"
"""What to do about a fault of AWS's own that ended an action."""

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_FORBIDDEN, _SERVER_ERROR = 403, 500
_TOO_MANY = {429, 503}
_BUSY = {"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded"}
_GRANT = "a role lacks the permission, or a policy denies it (`invoke pipeline.up` brings the roles up to date)"


def explain(error: BotoCoreError | ClientError, again: str = RETRY) -> Failed:
    """The failure that an error of AWS's SDK becomes; what could pass has been tried several times by then.

    `again` is what to do about a fault of AWS's own.
    """
    if isinstance(error, ClientError):
        return _refused(error, again)
    if isinstance(error, ConnectionError | HTTPClientError):
        return Failed(f"The connection to AWS broke, each time it was tried; {again}: {error}")
    return Failed(f"{type(error).__name__}: {error}")


def _refused(error: ClientError, again: str) -> Failed:
    code, operation = error.response["Error"]["Code"], error.operation_name
    said = f"{error.response['Error'].get('Message', '')} ({code})"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BUSY or status in _TOO_MANY:
        return Failed(f"AWS was too busy for {operation}, each time it was tried; {again}: {said}")
    if status >= _SERVER_ERROR:
        return Failed(f"AWS failed at {operation}, each time it was tried; {again}: {said}")
    if code in _DENIED or status == _FORBIDDEN:
        return Failed(f"AWS did not allow {operation}; {_GRANT}: {said}", "PermissionError")
    return Failed(f"AWS refused {operation}: {said}")
