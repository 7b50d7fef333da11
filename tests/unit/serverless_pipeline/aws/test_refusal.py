from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from serverless_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT = [
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
]
REFUSED = ["403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"]
REFUSED_CREDENTIALS = [
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
]
THROTTLED = ["RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"]
OTHER = ["InternalFailure", "ServiceUnavailable", "ValidationError", "500", ""]
CODES = [*ABSENT, *REFUSED, *REFUSED_CREDENTIALS, *THROTTLED, *OTHER]
KINDS = [
    (aws.is_absent, ABSENT),
    (aws.is_absent_object, [*ABSENT, *REFUSED]),
    (aws.is_refused, REFUSED),
    (aws.refuses_credentials, [*REFUSED, *REFUSED_CREDENTIALS]),
    (aws.is_throttled, THROTTLED),
]


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


@pytest.mark.parametrize(("is_kind", "codes"), KINDS)
def test_a_kind_of_refusal_has_these_codes_and_no_others(
    is_kind: Callable[[ClientError], bool], codes: list[str]
) -> None:
    assert [code for code in CODES if is_kind(refusal(code))] == codes


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (refusal("ValidationError", "Stack with id shop does not exist"), True),
        (refusal("ValidationError", "Template format error"), False),
        (refusal("Throttling", "does not exist"), False),
    ],
)
def test_a_stack_that_is_not_there_is_told_by_the_words_of_cloudformation(error: ClientError, *, absent: bool) -> None:
    assert aws.is_absent(error) is absent
    assert aws.is_absent_object(error) is absent


def test_a_refusal_without_a_code_has_an_empty_one() -> None:
    assert aws.code(refusal("NoSuchKey")) == "NoSuchKey"
    assert aws.code(ClientError({}, "Any")) == ""


def test_what_boto3_raises_when_aws_does_not_do_what_is_asked_is_one_kind() -> None:
    errors = [
        refusal("AccessDenied"),
        NoCredentialsError(),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        S3UploadFailedError("no"),
    ]

    assert [isinstance(error, aws.failures()) for error in errors] == [True] * 4


def test_an_answer_that_cannot_be_read_is_no_failure_and_no_failure_is_one() -> None:
    errors = [ResponseParserError("no XML"), json.JSONDecodeError("no JSON", "", 0)]

    assert [isinstance(error, aws.misreadings()) for error in errors] == [True, True]
    assert [isinstance(error, aws.failures()) for error in errors] == [False, False]
    assert not isinstance(refusal("AccessDenied"), aws.misreadings())
    assert not isinstance(ValueError(), aws.misreadings())


ASIDE = ": a web page came as its answer"
PAGE = "<!doctype html>\n<html lang=en>\n<title>502 Bad Gateway</title>\n<h1>Sorry</h1>\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("An error occurred (AccessDenied): no\nnot you", "An error occurred (AccessDenied): no\nnot you"),
        (f"An error (502): {PAGE}", f"An error (502){ASIDE}, 502 Bad Gateway"),
        (
            f"Unable to parse it:\n{PAGE.encode()!r}",
            f"Unable to parse it{ASIDE}, 502 Bad Gateway",
        ),
        ("An error (502): <HTML><body>no</body>", f"An error (502){ASIDE}"),
    ],
)
def test_a_page_that_came_for_an_answer_is_told_by_its_title(said: str, words: str) -> None:
    assert aws.words(Exception(said)) == words
