from __future__ import annotations

import json
from xml.etree.ElementTree import fromstring

import pytest

from serverless_pipeline.local.gate import refusal
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import Signer, head

SIGNER = Signer()
TOO_LARGE = Refused("TooLarge", "less than <10> bytes & no more", 413)


def test_it_says_itself_in_a_traceback() -> None:
    assert str(Refused("Code", "words")) == "Code: words"


def test_without_a_code_it_is_plain_text() -> None:
    answer = refusal.answer(head("GET", "/"), Refused("", "Not here.", 421))

    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    assert answer == (421, headers, b"Not here.\n")


def test_a_service_with_a_target_is_answered_in_json() -> None:
    asked = SIGNER.head(
        "POST", "/", "dynamodb", x_amz_target="DynamoDB_20120810.X", content_type="application/x-amz-json-1.0"
    )

    status, headers, body = refusal.answer(asked, TOO_LARGE)

    assert (status, headers) == (413, {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": "TooLarge"})
    assert json.loads(body) == {"__type": "TooLarge", "message": TOO_LARGE.message}


def test_a_form_is_answered_in_the_xml_of_its_protocol() -> None:
    asked = SIGNER.head("POST", "/", "iam", content_type="application/x-www-form-urlencoded; charset=utf-8")

    status, headers, body = refusal.answer(asked, TOO_LARGE)

    assert (status, headers) == (413, {"Content-Type": "text/xml"})
    root = fromstring(body)  # noqa: S314 - ours
    assert (root.tag, root.findtext("Error/Code"), root.findtext("Error/Message")) == (
        "ErrorResponse",
        "TooLarge",
        TOO_LARGE.message,
    )


def test_s3_is_answered_in_its_own_xml() -> None:
    _, headers, body = refusal.answer(SIGNER.head("PUT", "/b/k", "s3"), TOO_LARGE)

    assert headers == {"Content-Type": "application/xml"}
    root = fromstring(body)  # noqa: S314 - ours
    assert (root.tag, root.findtext("Code"), root.findtext("Message")) == ("Error", "TooLarge", TOO_LARGE.message)


def test_any_other_rest_service_is_answered_in_json_with_the_code_in_a_header() -> None:
    _, headers, body = refusal.answer(SIGNER.head("GET", "/vaults", "glacier"), TOO_LARGE)

    assert headers == {"Content-Type": "application/json", "x-amzn-errortype": "TooLarge"}
    assert json.loads(body)["message"] == TOO_LARGE.message


def test_cbor_is_answered_in_cbor() -> None:
    asked = SIGNER.head("POST", "/service/G/operation/O", "monitoring", smithy_protocol="rpc-v2-cbor")

    _, headers, body = refusal.answer(asked, Refused("Code", "ü", 400))

    assert headers == {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    assert body == b"\xa2\x79\x00\x06__type\x79\x00\x04Code\x79\x00\x07message\x79\x00\x02\xc3\xbc"


@pytest.mark.parametrize(
    ("service", "path", "headers", "status", "code"),
    [
        ("s3", "/b/k", {}, 403, b"<Code>SignatureDoesNotMatch</Code>"),
        ("lambda", "/2015-03-31/functions", {}, 403, b"InvalidSignatureException"),
        ("dynamodb", "/", {"x_amz_target": "DynamoDB_20120810.ListTables"}, 400, b"InvalidSignatureException"),
        ("iam", "/", {"content_type": "application/x-www-form-urlencoded"}, 403, b"<Code>SignatureDoesNotMatch</Code>"),
    ],
)
def test_a_signature_is_refused_in_the_words_of_the_service(
    service: str, path: str, headers: dict[str, str], status: int, code: bytes
) -> None:
    answer = refusal.answer(SIGNER.head("POST", path, service, b"", **headers), Refused("SignatureDoesNotMatch", "no"))

    assert answer[0] == status
    assert code in answer[2]
