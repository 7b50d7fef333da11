from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.gate.refusal import Refused
from serverless_pipeline.local.protocol import documents
from tests.support.signing import Signer

SIGNER = Signer()
GZIP = {"content-encoding": "gzip"}
FORM = "application/x-www-form-urlencoded"

PACKED = gzip.compress(b"ab", mtime=0)
"""The same in each process that collects tests: without a time, the time of now is in it."""


def json_of(target: str, body: bytes) -> bytes:
    return documents.fitting(SIGNER.head("POST", "/", "dynamodb", b"", x_amz_target=target), body)


def xml_of(body: bytes, path: str = "/b?delete", method: str = "POST", service: str = "s3") -> bytes:
    return documents.fitting(SIGNER.head(method, path, service), body)


def refused(call: Any, *words: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*words)
    assert caught.value.status in {400, 413}
    return caught.value.code


def test_a_body_is_unpacked_and_its_encoding_forgotten() -> None:
    headers = GZIP | {"other": "x"}

    assert documents.inflate(gzip.compress(b"ab"), headers, 2) == b"ab"
    assert headers == {"other": "x"}


def test_another_encoding_stays() -> None:
    headers = {"content-encoding": "aws-chunked, GZip"}

    assert documents.inflate(gzip.compress(b"ab"), headers, 2) == b"ab"
    assert headers == {"content-encoding": "aws-chunked"}
    assert documents.inflate(b"ab", headers, 0) == b"ab"


def test_a_bomb_goes_no_further_than_the_limit() -> None:
    pack = zlib.compressobj(9, zlib.DEFLATED, documents.GZIP)
    bomb = b"".join(pack.compress(b"\0" * 2**20) for _ in range(256)) + pack.flush()

    assert refused(documents.inflate, bomb, dict(GZIP), 2**20) == "RequestEntityTooLargeException"


@pytest.mark.parametrize("body", [b"", b"x", PACKED[:-4], PACKED + b"x", PACKED * 2])
def test_what_is_damaged_is_refused(body: bytes) -> None:
    assert refused(documents.inflate, body, dict(GZIP), 100) == "SerializationException"


def test_json_that_fits_goes_on_as_it_came() -> None:
    body = b'{ "Limit" : 5 }'

    assert json_of("DynamoDB_20120810.ListTables", body) is body
    assert json_of("DynamoDB_20120810.Nope", body) is body
    assert json_of("Nobody.Nothing", body) is body
    assert json_of("DynamoDB_20120810.ListTables", b"") == b"{}"


def test_members_that_are_null_are_left_out() -> None:
    assert json_of("DynamoDB_20120810.ListTables", b'{"Limit": null, "a": 1}') == b'{"a": 1}'
    assert json_of("Nobody.Nothing", b'{"Limit": null}') == b"{}"


@pytest.mark.parametrize("target", ["DynamoDB_20120810.ListTables", "CodePipeline_20150709.ListPipelines"])
@pytest.mark.parametrize(
    "body",
    [
        *(b"null", b"[]", b'"x"', b"5", b"{", b"{}{}", b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1e999}'),
        *(b"[" * 200_000, b'{"a":' * 100_000, b'{"a":' * 200 + b"1" + b"}" * 200, b'{"a":' + b"9" * 5000 + b"}"),
        *(b'{"a":"\\ud800"}', bytes(range(256)), b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"{}\x00"),
    ],
)
def test_odd_json_is_refused(target: str, body: bytes) -> None:
    assert refused(json_of, target, body) == "SerializationException"


def test_json_of_another_shape_is_refused() -> None:
    assert refused(json_of, "DynamoDB_20120810.ListTables", b'{"Limit": "x"}') == "SerializationException"
    assert refused(json_of, "DynamoDB_20120810.GetItem", b"{}") == "ValidationException"


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the next request to Lambda one for an operation."""

    def make(operation: str, body: bytes) -> bytes:
        monkeypatch.setattr(seams, "MATCH_REST_ACTION", lambda *_: operation)
        return documents.fitting(SIGNER.head("POST", "/2015-03-31/functions", "lambda"), body)

    return make


def test_a_rest_operation_is_looked_at_by_its_shape(route: Any) -> None:
    assert route("UpdateFunctionCode", b'{"DryRun": null}') == b"{}"
    assert refused(route, "UpdateFunctionCode", b'{"DryRun": 5}') == "SerializationException"
    assert refused(route, "UpdateFunctionCode", b"[]") == "SerializationException"
    assert route("UpdateFunctionCode", b"") == b""


@pytest.mark.parametrize("body", [b"null", b"[1]", b"{", b'{"a": null}'])
def test_the_payload_of_a_function_is_its_callers_own(route: Any, body: bytes) -> None:
    assert route("Invoke", body) is body


def test_what_no_operation_is_named_for_goes_on(route: Any) -> None:
    assert route("", b"whatever") == b"whatever"


def test_a_payload_that_is_a_structure_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "MATCH_REST_ACTION", lambda *_: "TagResource")
    head = SIGNER.head("POST", "/tags/a", "scheduler")

    assert refused(documents.fitting, head, json.dumps({"Tags": {}}).encode()) == "SerializationException"


def test_a_form_is_looked_at_by_its_action() -> None:
    head = SIGNER.head("POST", "/", "sts", b"", content_type=FORM)
    asked = SIGNER.head("GET", "/?Action=GetSessionToken&DurationSeconds=x", "sts")

    assert documents.fitting(head, b"Action=GetCallerIdentity") == b"Action=GetCallerIdentity"
    assert documents.fitting(head, b"Action=Nope&DurationSeconds=x")
    assert refused(documents.fitting, head, b"Action=GetSessionToken&DurationSeconds=x") == "ValidationError"
    assert refused(documents.fitting, asked, b"") == "ValidationError"


@pytest.mark.parametrize("service", ["s3", "cloudfront", "route53"])
@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 100 + b'">]><a>&b;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
        b"<a>" * 101 + b"</a>" * 101,
        *(b"<a>", b"a", b"<a/><b/>", b"\x00", b"<a>&b;</a>", b"{}"),
    ],
)
def test_xml_with_declarations_depth_or_faults_is_refused(service: str, body: bytes) -> None:
    assert refused(xml_of, body, "/b?delete", "POST", service) == "MalformedXML"


def test_xml_such_as_awss_goes_on() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?><Delete><Object><Key>a&amp;b&#13;</Key></Object></Delete>'

    assert xml_of(body) is body
    assert xml_of(b"") == b""


@pytest.mark.parametrize(("method", "path"), [("PUT", "/b/k"), ("PUT", "/b?policy"), ("PUT", "/b/k?partNumber=1")])
def test_objects_and_policies_are_no_xml(method: str, path: str) -> None:
    assert xml_of(b"<!DOCTYPE html>", path, method) == b"<!DOCTYPE html>"


def test_another_service_gets_what_came() -> None:
    assert documents.fitting(SIGNER.head("POST", "/x", "glacier"), b"<!DOCTYPE") == b"<!DOCTYPE"
