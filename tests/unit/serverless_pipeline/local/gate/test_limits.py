from __future__ import annotations

import pytest

from serverless_pipeline.local.gate import limits
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import Signer, head

SIGNER = Signer()


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("PUT", "/b/k", limits.OBJECT),
        ("PUT", "/b/k?partNumber=1&uploadId=u", limits.OBJECT),
        ("PUT", "/b/k?x-id=PutObject&X-Amz-Foo=1", limits.OBJECT),
        ("PUT", "/b", limits.DOCUMENT),
        ("PUT", "/b/k?tagging", limits.DOCUMENT),
        ("PUT", "/b?policy", limits.DOCUMENT),
        ("POST", "/b?delete", limits.DOCUMENT),
        ("POST", "/b/k?uploadId=u", limits.DOCUMENT),
    ],
)
def test_s3_takes_objects_and_short_documents(method: str, path: str, limit: int) -> None:
    assert limits.of_service(SIGNER.head(method, path, "s3")) == limit


def test_an_address_that_is_signed_takes_an_object() -> None:
    assert limits.of_service(head("PUT", SIGNER.presigned("PUT", "/b/k", "s3"))) == limits.OBJECT
    assert limits.of_service(head("PUT", "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1")) == limits.OBJECT


def test_other_services_take_as_much_as_on_aws() -> None:
    assert limits.of_service(SIGNER.head("PUT", "/2015-03-31/functions/f/code", "lambda")) == 70_167_211
    assert limits.of_service(SIGNER.head("POST", "/", "dynamodb")) == 20 * 2**20


@pytest.mark.parametrize(
    ("path", "mebibytes"), [("/_aws/execute-api/a/b", 10), ("/_aws/lambda-url/a", 6), ("/_cloudfront/d", 10)]
)
def test_a_data_plane_takes_as_much_as_on_aws(path: str, mebibytes: int) -> None:
    assert limits.of_data_plane(path) == mebibytes * 2**20


@pytest.mark.parametrize("length", ["0", "10"])
def test_a_body_within_the_limit_may_come(length: str) -> None:
    limits.check(head("PUT", "/", {"content-length": length}), 10)
    limits.check(head("PUT", "/"), 10)


@pytest.mark.parametrize(
    ("length", "status"), [("11", 413), ("5368709120", 413), ("-1", 400), ("1e3", 400), ("²", 400)]
)
def test_a_body_is_refused_by_its_announced_length(length: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        limits.check(head("PUT", "/", {"content-length": length}), 10)

    assert caught.value.status == status


def test_an_object_that_is_too_large_is_advised_to_come_in_parts() -> None:
    refused = limits.too_large(limits.OBJECT)

    assert (refused.code, refused.status) == ("EntityTooLarge", 400)
    assert refused.message.endswith("; send it in parts")
