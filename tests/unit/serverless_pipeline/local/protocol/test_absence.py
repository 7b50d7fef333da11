from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ministack
import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import absence, models
from tests.support.signing import Signer

if TYPE_CHECKING:
    from serverless_pipeline.local.gate.head import Head

SIGNER = Signer()
FORM = "application/x-www-form-urlencoded"


def told(head: Head, text: bytes, status: int = 400, body: bytes = b"") -> tuple[int, str]:
    code, _, answer = absence.told(head, body, (status, {}, text))
    return code, answer.decode(errors="replace")


def test_a_service_is_whatever_is_signed_for_but_the_names_of_s3() -> None:
    assert absence.is_service("glacier")
    assert absence.is_service("mobiletargeting")
    assert not absence.is_service("s3express")


@pytest.mark.parametrize(
    ("head", "status", "text"),
    [
        (
            SIGNER.head("POST", "/", "codecommit", b"", x_amz_target="CodeCommit_20150413.ListRepositories"),
            400,
            '"UnknownOperationException", "message": "The embedded AWS does not have the service codecommit"}',
        ),
        (
            SIGNER.head("GET", "/-/vaults", "glacier"),
            404,
            '{"__type": "UnknownOperationException", "message": "The embedded AWS does not have the service glacier"}',
        ),
        (
            SIGNER.head("POST", "/", "redshift", b"", content_type=FORM),
            400,
            "<Code>InvalidAction</Code><Message>The embedded AWS does not have the service redshift</Message>",
        ),
        (
            SIGNER.head("POST", "/service/A/operation/B", "arc-region-switch", b"", smithy_protocol="rpc-v2-cbor"),
            400,
            "The embedded AWS does not have the service arc-region-switch",
        ),
    ],
    ids=["json", "rest", "query", "cbor"],
)
def test_a_service_that_is_not_here_says_so_in_its_protocol(head: Head, status: int, text: str) -> None:
    code, answer = told(head, b'{"error": "Unsupported service: x"}')

    assert code == status
    assert text in answer


@pytest.mark.parametrize(
    ("head", "body", "words", "name"),
    [
        (
            SIGNER.head("POST", "/", "kms", b"", x_amz_target="TrentService.DescribeCustomKeyStores"),
            b"{}",
            "Unknown action: DescribeCustomKeyStores",
            "kms:DescribeCustomKeyStores",
        ),
        (
            SIGNER.head("POST", "/", "cognito-idp", b"", x_amz_target="AWSCognitoIdentityProviderService.ListTerms"),
            b"{}",
            "Unknown Cognito IDP action: ListTerms",
            "cognito-idp:ListTerms",
        ),
        (
            SIGNER.head("POST", "/", "kms", b"", x_amz_target="TrentService.Sign"),
            b"{}",
            "Sign requires the cryptography package. Install with",
            "kms:Sign",
        ),
        (
            SIGNER.head("POST", "/", "iam", b"", content_type=FORM),
            b"Action=ListOdd&Version=1",
            "Unknown IAM action: ListOdd",
            "iam:ListOdd",
        ),
        (SIGNER.head("GET", "/?Action=Odd", "sns"), b"", "Unknown action: Odd", "sns:Odd"),
        (SIGNER.head("POST", "/", "sns", b"", content_type=FORM), b"", "Unknown action: ", "sns:(none was named)"),
        (SIGNER.head("GET", "/v1/odd", "appsync"), b"", "Unknown path: /v1/odd", "appsync:GET /v1/odd"),
        (SIGNER.head("GET", "/odd", "route53"), b"", "Unknown Route53 endpoint: GET /odd", "route53:GET /odd"),
        (
            SIGNER.head("GET", "/2030-01-01/odd", "glacier"),
            b"",
            "Function not found: /2030-01-01/odd",
            "glacier:GET /2030-01-01/odd",
        ),
    ],
)
def test_an_operation_that_is_not_here_is_named(
    monkeypatch: pytest.MonkeyPatch, head: Head, body: bytes, words: str, name: str
) -> None:
    monkeypatch.setattr(seams, "MATCH_REST_ACTION", lambda *_: None)

    _, answer = told(head, json.dumps({"message": words}).encode(), body=body)

    assert f"The embedded AWS does not have {name}" in answer
    assert "UnknownOperationException" in answer or "InvalidAction" in answer


def test_a_route_is_named_by_its_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "MATCH_REST_ACTION", lambda *_: "ListCapacityProviders")

    _, answer = told(SIGNER.head("GET", "/2025-11-30/x", "lambda"), b"Function not found: /2025-11-30/x", 404)

    assert "does not have lambda:ListCapacityProviders" in answer


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, b'{"error": "Unsupported service: x"}'),
        (200, b"Unknown action: x"),
        (404, b'{"message": "Function not found: arn:aws:lambda"}'),
        (400, b'{"message": "Unknown parameter"}'),
    ],
)
def test_any_other_answer_stays(status: int, text: bytes) -> None:
    assert told(SIGNER.head("GET", "/x", "lambda"), text, status) == (status, text.decode())


def test_a_stream_and_an_answer_of_s3_stay() -> None:
    streaming: Any = (400, {}, object())

    assert absence.told(SIGNER.head("GET", "/x", "logs"), b"", streaming) is streaming
    assert told(SIGNER.head("GET", "/b/k", "s3"), b"Unknown action") == (400, "Unknown action")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/b?metrics&id=x"), ("PUT", "/b?abac"), ("GET", "/b/k?torrent")]
)
def test_a_part_of_a_bucket_is_not_taken_for_the_whole(method: str, path: str) -> None:
    with pytest.raises(Refused) as caught:
        absence.check(SIGNER.head(method, path, "s3"))

    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


def test_what_s3_has_passes() -> None:
    absence.check(SIGNER.head("PUT", "/b?versioning", "s3"))
    absence.check(SIGNER.head("GET", "/x?metrics", "lambda"))


def test_each_part_that_s3_has_on_aws_is_either_in_ministack_or_named_as_absent() -> None:
    source = (Path(ministack.__file__).parent / "services" / "s3.py").read_text()
    model = models.model("s3")
    places = [model.operation_model(name).http["requestUri"].partition("?")[2] for name in model.operation_names]
    parts = {re.split("[=&]", place)[0] for place in places if place}

    assert parts - {part for part in parts if f'"{part}"' in source} == absence.S3_PARTS
