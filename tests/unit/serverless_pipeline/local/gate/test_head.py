from __future__ import annotations

import dataclasses

import pytest

from serverless_pipeline.local.gate import head
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import Signer, scope
from tests.support.signing import head as heads


def test_a_head_is_read_once() -> None:
    asked = scope("PUT", "/b/k%20ey?a=1&a=2&b", {"X-Amz-Meta-A": "1"})
    asked["headers"].append((b"x-amz-meta-a", b"2"))

    read = head.read(asked)

    assert read == head.Head(
        "PUT",
        "/b/k%20ey",
        "/b/k%20ey",
        {"a": ["1", "2"], "b": [""]},
        {"host": "127.0.0.1:4566", "x-amz-meta-a": "1,2"},
    )


def test_the_raw_path_is_made_of_the_path_where_a_server_hands_none_over() -> None:
    asked = scope("GET", "/") | {"path": "/b/ä", "raw_path": b""}

    assert head.read(asked).raw_path == "/b/%C3%A4"


@pytest.mark.parametrize(("value", "name"), [("a:80", "a"), ("a", "a"), ("", ""), ("[::1]:80", "[::1]")])
def test_a_host_is_told_without_its_port(value: str, name: str) -> None:
    assert heads("GET", "/", {"host": value}).host == name


@pytest.mark.parametrize(
    ("headers", "has"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "1"}, True),
        ({"transfer-encoding": "c"}, True),
    ],
)
def test_a_body_is_announced(headers: dict[str, str], *, has: bool) -> None:
    assert heads("POST", "/", headers).has_body is has


def test_the_service_is_the_one_that_the_signature_names() -> None:
    signer = Signer()

    assert signer.head("GET", "/", "cloudformation").scope_service == "cloudformation"
    assert heads("GET", signer.presigned("GET", "/b/k", "s3")).scope_service == "s3"
    assert heads("GET", "/?X-Amz-Credential=a/b").scope_service == ""
    assert heads("GET", "/").scope_service == ""


def test_a_request_by_a_path_is_one() -> None:
    head.check(heads("GET", "/"), "1.1")
    head.check(heads("OPTIONS", "/"), "1.0")


@pytest.mark.parametrize(
    ("change", "version", "status"),
    [
        ({}, "9.9", 400),
        ({}, "2", 400),
        ({"method": "TRACE"}, "1.1", 405),
        ({"method": "CONNECT"}, "1.1", 405),
        ({"raw_path": "http://evil.example/"}, "1.1", 400),
        ({"raw_path": "*"}, "1.1", 400),
        ({"headers": {"transfer-encoding": "chunked", "content-length": "1"}}, "1.1", 400),
    ],
)
def test_what_is_no_request_to_serve_is_refused(change: dict[str, object], version: str, status: int) -> None:
    odd = dataclasses.replace(heads("GET", "/"), **change)  # type: ignore[arg-type]

    with pytest.raises(Refused) as caught:
        head.check(odd, version)

    assert caught.value.status == status
