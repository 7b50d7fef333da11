from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from lambdas.job import refusal
from lambdas.job.ending import Failed

URL = "https://s3.amazonaws.com"
MISSING = [
    *("404", "ChangeSetNotFound", "NoSuchBucket", "NoSuchKey"),
    *("NotFound", "NotFoundException", "ParameterNotFound", "ResourceNotFoundException"),
]
REFUSED = ["403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"]
THROTTLED = ["RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"]
GRANT = "a role lacks the permission, or a policy denies it (`invoke pipeline.up` brings the roles up to date)"
NO_ANSWERS = [EndpointConnectionError(endpoint_url=URL), NoCredentialsError()]


def refuse(code: str, status: int = 400, message: str = "said AWS") -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutObject")


def test_the_code_of_a_refusal_is_what_aws_calls_it() -> None:
    assert refusal.code(refuse("NoSuchKey")) == "NoSuchKey"


@pytest.mark.parametrize("error", [ClientError({}, "PutObject"), *NO_ANSWERS])
def test_what_names_no_code_has_an_empty_one_and_is_none_of_the_kinds(error: BotoCoreError | ClientError) -> None:
    kinds = [refusal.is_absent, refusal.is_absent_object, refusal.is_refused, refusal.is_throttled]

    assert refusal.code(error) == ""
    assert [kind(error) for kind in kinds] == [False, False, False, False]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        *((code, ["absent", "absent object"]) for code in MISSING),
        *((code, ["absent object", "refused"]) for code in REFUSED),
        *((code, ["throttled", "passing"]) for code in THROTTLED),
        ("ConcurrentModificationException", ["passing"]),
        ("InvalidRequest", []),
    ],
)
def test_each_code_is_of_its_kinds_and_of_no_others(code: str, kinds: list[str]) -> None:
    error = refuse(code)

    of_kinds = {
        "absent": refusal.is_absent(error),
        "absent object": refusal.is_absent_object(error),
        "refused": refusal.is_refused(error),
        "throttled": refusal.is_throttled(error),
        "passing": refusal.is_passing(error),
    }

    assert [kind for kind, is_so in of_kinds.items() if is_so] == kinds


def test_a_stack_is_absent_where_cloudformation_says_that_it_does_not_exist() -> None:
    assert refusal.is_absent(refuse("ValidationError", message="Stack with id shop-test does not exist"))
    assert not refusal.is_absent(refuse("ValidationError", message="No updates are to be performed."))
    assert not refusal.is_absent(refuse("InvalidRequest", message="Stack with id shop-test does not exist"))


@pytest.mark.parametrize(
    ("status", "is_throttled", "is_passing"),
    [
        *((400, False, False), (403, False, False), (428, False, False), (429, True, True), (430, False, False)),
        *((499, False, False), (500, False, True), (502, False, True), (503, True, True), (504, False, True)),
    ],
)
def test_a_status_tells_what_passes(status: int, is_throttled: bool, is_passing: bool) -> None:  # noqa: FBT001 - a table
    error = refuse(str(status) if status != 403 else "InvalidAccessKeyId", status)

    assert (refusal.is_throttled(error), refusal.is_passing(error)) == (is_throttled, is_passing)


@pytest.mark.parametrize(
    ("error", "is_passing"),
    [
        (ConnectionClosedError(endpoint_url=URL), True),
        (ReadTimeoutError(endpoint_url=URL), True),
        (EndpointConnectionError(endpoint_url=URL), True),
        (NoCredentialsError(), False),
    ],
)
def test_a_broken_connection_passes_and_missing_credentials_do_not(error: BotoCoreError, is_passing: bool) -> None:  # noqa: FBT001 - a table
    assert refusal.is_passing(error) is is_passing


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        (
            refuse("SlowDown", 503),
            "AWS was too busy for PutObject, each time it was tried; retry the stage: said AWS (SlowDown)",
            "JobFailed",
        ),
        (
            refuse("ThrottlingException", 400),
            "AWS was too busy for PutObject, each time it was tried; retry the stage: said AWS (ThrottlingException)",
            "JobFailed",
        ),
        (
            refuse("503", 503, "Service Unavailable"),
            "AWS was too busy for PutObject, each time it was tried; retry the stage: Service Unavailable (503)",
            "JobFailed",
        ),
        (
            refuse("InternalError", 500),
            "AWS failed at PutObject, each time it was tried; retry the stage: said AWS (InternalError)",
            "JobFailed",
        ),
        (
            refuse("AccessDenied", 403, "User: x is not authorized"),
            f"AWS did not allow PutObject; {GRANT}: User: x is not authorized (AccessDenied)",
            "PermissionError",
        ),
        (
            refuse("AccessDeniedException", 400),
            f"AWS did not allow PutObject; {GRANT}: said AWS (AccessDeniedException)",
            "PermissionError",
        ),
        (
            refuse("InvalidAccessKeyId", 403),
            f"AWS did not allow PutObject; {GRANT}: said AWS (InvalidAccessKeyId)",
            "PermissionError",
        ),
        (refuse("InvalidRequest", 400), "AWS refused PutObject: said AWS (InvalidRequest)", "JobFailed"),
        (ClientError({}, "PutObject"), "AWS refused PutObject:  ()", "JobFailed"),
        (NoCredentialsError(), "NoCredentialsError: Unable to locate credentials", "JobFailed"),
    ],
)
def test_a_refusal_says_what_it_means_and_what_to_do(
    error: BotoCoreError | ClientError, message: str, kind: str
) -> None:
    failed = refusal.explain(error)

    assert (failed.message, failed.type) == (message, kind)


@pytest.mark.parametrize("error", [ConnectionClosedError(endpoint_url=URL), ReadTimeoutError(endpoint_url=URL)])
def test_a_broken_connection_says_so_and_what_to_do(error: BotoCoreError) -> None:
    failed = refusal.explain(error)

    assert failed == Failed(f"The connection to AWS broke, each time it was tried; retry the stage: {error}")


@pytest.mark.parametrize("error", [refuse("SlowDown", 503), refuse("502", 502), ReadTimeoutError(endpoint_url=URL)])
def test_who_asks_says_what_to_do_about_a_fault_of_awss_own(error: BotoCoreError | ClientError) -> None:
    assert "each time it was tried; roll back again: " in refusal.explain(error, "roll back again").message


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"])
def test_a_clock_that_is_off_is_no_missing_permission(code: str) -> None:
    assert refusal.explain(refuse(code, 403)) == Failed(
        f"AWS refused PutObject: the clock of the function is not AWS's, retry the stage; said AWS ({code})"
    )
