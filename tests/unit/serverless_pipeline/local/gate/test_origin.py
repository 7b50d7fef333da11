from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.gate import origin
from serverless_pipeline.local.gate.refusal import Refused
from tests.support.signing import head

if TYPE_CHECKING:
    from collections.abc import Callable

EVIL = {"origin": "http://evil.example"}
SOCKET = "/_aws/execute-api/abc/prod"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:4566", "localhost", "localhost:1"])
def test_a_request_by_a_name_of_this_machine_is_let_in(host: str) -> None:
    origin.check_host(head("GET", "/", {"host": host}))


@pytest.mark.parametrize("host", ["evil.example", "a.localhost:4566", "127.0.0.1.evil.example", "", "[::1]", "\xff"])
def test_a_name_that_was_made_to_resolve_to_this_machine_is_turned_away(host: str) -> None:
    with pytest.raises(Refused) as caught:
        origin.check_host(head("GET", "/", {"host": host}))

    assert (caught.value.status, caught.value.code) == (421, "")


def test_s3_control_and_nothing_else_is_asked_for_an_account() -> None:
    here = {"host": "000000000000.localhost:4566"}

    origin.check_host(head("PUT", "/v20180820/configuration/publicAccessBlock", here))

    for path, host in [
        ("/", here["host"]),
        ("/v20180820", here["host"]),
        ("/v20180820/", "a.localhost"),
        ("/v20180820/", "000000000000.localhost.evil.example"),
    ]:
        with pytest.raises(Refused):
            origin.check_host(head("PUT", path, {"host": host}))


@pytest.mark.parametrize("page", [None, "http://127.0.0.1:4566", "http://localhost:4566"])
def test_programs_and_pages_of_this_server_are_let_in(
    buckets: Callable[[dict[str, set[str]]], None], page: str | None
) -> None:
    buckets({})

    origin.check_page(head("POST", "/", {"origin": page} if page else {}))


@pytest.mark.parametrize(
    "page", ["http://evil.example", "null", "", "https://127.0.0.1:4566", "http://127.0.0.1:4567", "http://localhost"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_of_elsewhere_is_turned_away(
    buckets: Callable[[dict[str, set[str]]], None], page: str, method: str
) -> None:
    buckets({"closed": set()})

    for path in ("/", "/closed/key", "/absent/key"):
        with pytest.raises(Refused) as caught:
            origin.check_page(head(method, path, {"origin": page}))

        assert caught.value.status == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_a_bucket_lets_the_pages_in_that_it_names(buckets: Callable[[dict[str, set[str]]], None], method: str) -> None:
    buckets({"open": {"http://evil.example"}})

    origin.check_page(head(method, "/open/key", EVIL))


def test_what_a_bucket_lets_in_does_not_hold_for_another_service(
    buckets: Callable[[dict[str, set[str]]], None],
) -> None:
    buckets({"open": {"http://evil.example"}})
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/r/lambda/aws4_request"}

    with pytest.raises(Refused):
        origin.check_page(head("PUT", "/open/key", EVIL | signed))


def test_a_preflight_of_nobody_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        origin.check_page(head("OPTIONS", "/"))

    assert caught.value.status == 400


@pytest.mark.parametrize("page", [None, "http://localhost:3000", "http://127.0.0.1:4566"])
def test_programs_and_pages_of_this_machine_open_a_socket(page: str | None) -> None:
    origin.check_socket(head("GET", SOCKET, {"origin": page} if page else {}))


@pytest.mark.parametrize("page", ["http://evil.example", "null", "", "http://[", "http://127.0.0.1.evil.example"])
def test_a_page_of_elsewhere_opens_no_socket(page: str) -> None:
    with pytest.raises(Refused):
        origin.check_socket(head("GET", SOCKET, {"origin": page}))


@pytest.mark.parametrize("path", ["/", "/_local/health", "/_aws/lambda-url/a"])
def test_a_socket_is_opened_to_an_api_only(path: str) -> None:
    with pytest.raises(Refused):
        origin.check_socket(head("GET", path))
