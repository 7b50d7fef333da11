from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError, ReadTimeoutError

from lambdas.job.refusal import explain

URL = "https://s3.amazonaws.com"


def refused(code: str, status: int, message: str = "said AWS") -> ClientError:
    told = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "PutObject")


@pytest.mark.parametrize(
    ("error", "begins", "kind"),
    [
        (refused("SlowDown", 503), "AWS was too busy for PutObject, each time it was tried; retry", "JobFailed"),
        (refused("ThrottlingException", 400), "AWS was too busy for PutObject", "JobFailed"),
        (refused("429", 429), "AWS was too busy for PutObject", "JobFailed"),
        (refused("503", 503, "Service Unavailable"), "AWS was too busy for PutObject", "JobFailed"),
        (refused("InternalError", 500), "AWS failed at PutObject, each time it was tried; retry", "JobFailed"),
        (refused("AccessDenied", 403), "AWS did not allow PutObject; a role lacks the permission", "PermissionError"),
        (refused("AccessDeniedException", 400), "AWS did not allow PutObject", "PermissionError"),
        (refused("403", 403, "Forbidden"), "AWS did not allow PutObject", "PermissionError"),
        (refused("InvalidRequest", 400), "AWS refused PutObject: said AWS (InvalidRequest)", "JobFailed"),
        (ConnectionClosedError(endpoint_url=URL), "The connection to AWS broke, each time", "JobFailed"),
        (ReadTimeoutError(endpoint_url=URL), "The connection to AWS broke, each time", "JobFailed"),
        (NoCredentialsError(), "NoCredentialsError: Unable to locate credentials", "JobFailed"),
    ],
)
def test_a_refusal_says_what_it_means_and_what_to_do(error: ClientError, begins: str, kind: str) -> None:
    failed = explain(error)

    assert failed.message.startswith(begins)
    assert failed.type == kind


def test_what_aws_said_is_kept() -> None:
    assert explain(refused("AccessDenied", 403, "User: x is not authorized")).message.endswith(
        ": User: x is not authorized (AccessDenied)"
    )
