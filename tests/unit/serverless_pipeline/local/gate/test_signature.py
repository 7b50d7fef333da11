from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate import signature
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import Signer, head

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

FORM = "application/x-www-form-urlencoded"


def passes(asked: Head, payload: str = signature.EMPTY) -> str:
    """The key of a request whose signature is right; it is refused otherwise."""
    signed = signature.read(asked)
    assert signed is not None
    signature.check(signed, asked, payload)
    return signed.access_key_id


def refused(asked: Head, payload: str = signature.EMPTY) -> str:
    with pytest.raises(Refused) as caught:
        passes(asked, payload)
    return caught.value.code


def changed(asked: Head, **headers: str) -> Head:
    return dataclasses.replace(asked, headers={**asked.headers, **headers})


@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("GET", "/b/k", "s3"),
        ("PUT", "/b/a%20b/ü%C3%BC%2F?partNumber=1&uploadId=x%2By", "s3"),
        ("POST", "/", "cloudformation"),
        ("POST", "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations?Qualifier=a%20b", "lambda"),
    ],
)
def test_what_botocore_signs_passes(signer: Signer, method: str, path: str, service: str) -> None:
    path = quote(path, safe="/?&=%+")

    assert passes(signer.head(method, path, service)) == signer.key


def test_the_hash_of_a_body_is_signed_with_it(signer: Signer) -> None:
    asked = signer.head("POST", "/", "iam", b"Action=ListRoles", content_type=FORM)

    assert refused(asked) == "SignatureDoesNotMatch"
    assert passes(asked, hashlib.sha256(b"Action=ListRoles").hexdigest()) == signer.key


def test_an_address_that_is_signed_passes(signer: Signer) -> None:
    asked = head("GET", signer.presigned("GET", "/b/k", "s3"))

    assert passes(asked, signature.UNSIGNED) == signer.key
    assert refused(dataclasses.replace(asked, method="PUT"), signature.UNSIGNED) == "SignatureDoesNotMatch"
    assert refused(dataclasses.replace(asked, raw_path="/b/other"), signature.UNSIGNED) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("authorization", ["", "Bearer x", "AWS AKIA:xx", "Basic AWS4-HMAC-SHA256"])
def test_what_is_not_signed_so_has_no_signature(authorization: str) -> None:
    assert signature.read(head("GET", "/", {"authorization": authorization})) is None


def test_a_session_needs_its_token(monkeypatch: pytest.MonkeyPatch, signer: Signer) -> None:
    known = seams.RESOLVE_CREDENTIAL
    session = dataclasses.replace(signer, token="token")
    monkeypatch.setattr(seams, "RESOLVE_CREDENTIAL", lambda key, account, token: known(key, account, token[5:]))

    assert passes(session.head("GET", "/", "lambda")) == signer.key
    assert passes(head("GET", session.presigned("GET", "/b/k", "s3")), signature.UNSIGNED) == signer.key


def test_a_token_that_is_missing_makes_an_unknown_key_and_another_an_invalid_one(signer: Signer) -> None:
    object.__setattr__(signer, "token", "right")

    assert refused(Signer().head("GET", "/", "lambda")) == "UnrecognizedClientException"
    assert refused(Signer(token="wrong").head("GET", "/", "lambda")) == "InvalidToken"
    assert passes(signer.head("GET", "/", "lambda"))


@pytest.mark.parametrize("service", ["s3", "lambda"])
def test_another_key_or_secret_is_refused(signer: Signer, service: str) -> None:
    assert refused(dataclasses.replace(signer, secret="x").head("GET", "/", service)) == "SignatureDoesNotMatch"
    assert refused(dataclasses.replace(signer, key="x").head("GET", "/", service)) == "UnrecognizedClientException"


def test_a_key_that_two_accounts_have_is_looked_for_in_that_of_the_session(
    monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    def find(_key: str) -> str:
        raise ValueError

    monkeypatch.setattr(seams, "FIND_ACCESS_KEY_ACCOUNT", find)

    assert passes(signer.head("GET", "/", "lambda")) == signer.key


@pytest.mark.parametrize(
    ("name", "value"),
    [("x-amz-target", "DynamoDB_20120810.DeleteTable"), ("x-amz-acl", "public-read"), ("x-amz-copy-source", "/b/k")],
)
def test_what_aws_reads_of_a_request_must_be_signed(signer: Signer, name: str, value: str) -> None:
    assert refused(changed(signer.head("PUT", "/b/k", "s3"), **{name: value})) == "AccessDenied"
    assert refused(changed(signer.head("POST", "/", "iam"), **{name: value})) == "SignatureDoesNotMatch"
    asked = head("PUT", signer.presigned("PUT", "/b/k", "s3"), {name: value})
    assert refused(asked, signature.UNSIGNED) == "AccessDenied"


def test_the_host_must_be_signed(signer: Signer) -> None:
    asked = signer.head("POST", "/", "iam")
    authorization = asked.headers["authorization"].replace("=host;", "=")

    assert authorization != asked.headers["authorization"]
    assert refused(changed(asked, authorization=authorization)) == "SignatureDoesNotMatch"


def test_a_signature_for_s3_serves_no_service_with_a_target(signer: Signer) -> None:
    asked = signer.head("PUT", "/b/k", "s3", x_amz_target="DynamoDB_20120810.DeleteTable")

    assert refused(asked) == "SignatureDoesNotMatch"


def test_a_request_with_two_signatures_is_refused(signer: Signer) -> None:
    asked = signer.head("GET", signer.presigned("GET", "/b/k", "s3"), "s3")

    assert refused(asked) == "InvalidArgument"


def test_a_head_that_names_two_keys_is_refused(signer: Signer) -> None:
    authorization = signer.head("GET", "/", "iam").headers["authorization"]
    twice = authorization.replace("Credential=", "Credential=other/20260101/r/s3/aws4_request, Credential=")

    assert refused(head("GET", "/", {"authorization": twice})) == "UnsupportedSignature"


def test_a_key_that_ministack_reads_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch, signer: Signer) -> None:
    monkeypatch.setattr(seams, "EXTRACT_ACCESS_KEY_ID", lambda *_: "other")

    assert refused(signer.head("GET", "/", "iam")) == "IncompleteSignature"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "IncompleteSignature"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g/\xff,SignedHeaders=;;;host,Signature=\xff", "IncompleteSignature"),
        ("AWS4-HMAC-SHA256", "UnsupportedSignature"),
        ("AWS4-HMAC-SHA256 ", "MissingAuthorizationParameter"),
        ("AWS4-HMAC-SHA256 x", "MissingAuthorizationParameter"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d", "UnsupportedSignature"),
        ("AWS4-X Credential=a/b/c/d", "UnsupportedSignature"),
    ],
)
def test_junk_is_refused_by_name(authorization: str, code: str) -> None:
    assert refused(head("GET", "/", {"authorization": authorization, "x-amz-date": "20260101T000000Z"})) == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "MissingAuthorizationParameter"),
        ("X-Amz-Credential=a/b", "MissingAuthorizationParameter"),
        ("X-Amz-Signature=a", "MissingAuthorizationParameter"),
        ("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256", "UnsupportedSignature"),
        ("X-Amz-Algorithm=x", "UnsupportedSignature"),
    ],
)
def test_junk_in_an_address_is_refused_by_name(query: str, code: str) -> None:
    assert refused(head("GET", f"/b/k?{query}")) == code


@pytest.mark.parametrize("signature_value", ["", "\xff", "ä" * 64, "0" * 64])
def test_any_other_signature_is_refused(signer: Signer, signature_value: str) -> None:
    asked = signer.head("GET", "/", "iam")
    authorization = asked.headers["authorization"].split("Signature=")[0] + f"Signature={signature_value}"

    assert refused(changed(asked, authorization=authorization)) in {"SignatureDoesNotMatch", "IncompleteSignature"}


FIFTEEN, FIVE = ("s3", "iam", "sts", "dynamodb", "sqs", "sns"), ("lambda", "cloudformation", "codepipeline", "logs")
CLOCKS = [*((service, 15) for service in FIFTEEN), *((service, 5) for service in FIVE)]
"""How many minutes a service takes a signature for, as it says when it refuses one."""


@pytest.mark.parametrize(
    ("service", "minutes"), [(service, sign * (most + 1)) for service, most in CLOCKS for sign in (1, -1)]
)
def test_a_signature_is_refused_as_soon_as_aws_does(
    monkeypatch: pytest.MonkeyPatch, signer: Signer, service: str, minutes: int
) -> None:
    assert refused(_dated(monkeypatch, signer, service, minutes)) == "RequestTimeTooSkewed"


@pytest.mark.parametrize(
    ("service", "minutes"), [(service, sign * (most - 1)) for service, most in CLOCKS for sign in (1, -1)]
)
def test_a_clock_may_differ_as_much_as_on_aws(
    monkeypatch: pytest.MonkeyPatch, signer: Signer, service: str, minutes: int
) -> None:
    assert passes(_dated(monkeypatch, signer, service, minutes)) == signer.key


def _dated(monkeypatch: pytest.MonkeyPatch, signer: Signer, service: str, minutes: int) -> Head:
    """A request that was signed so many minutes ago."""
    import botocore.auth

    then = datetime.now(UTC) - timedelta(minutes=minutes)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: then)
    return signer.head("GET", "/", service)


def test_an_address_lasts_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch, signer: Signer) -> None:
    import botocore.auth

    then = datetime.now(UTC) - timedelta(minutes=30)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: then)

    long, short = (head("GET", signer.presigned("GET", "/b/k", "s3", seconds)) for seconds in (3600, 60))

    assert passes(long, signature.UNSIGNED) == signer.key
    assert refused(short, signature.UNSIGNED) == "RequestExpired"


@pytest.mark.parametrize("date", ["", "20260101", "20260101T000000", "20260101T000000Z0", "²0260101T000000Z"])
def test_a_date_in_another_form_is_refused(signer: Signer, date: str) -> None:
    assert refused(changed(signer.head("GET", "/", "iam"), **{"x-amz-date": date})) == "IncompleteSignature"


def test_the_date_of_the_scope_is_that_of_the_request(signer: Signer) -> None:
    asked = signer.head("GET", "/", "iam")

    assert refused(changed(asked, **{"x-amz-date": "20200101T000000Z"})) == "CredentialDateMismatch"
