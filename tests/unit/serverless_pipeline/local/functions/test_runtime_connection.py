from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions.runtime_connection import Connection
from serverless_pipeline.local.functions.runtime_events import Failure, Invocation, Response
from tests.support.runtime_api import (
    ERROR,
    FIRST,
    INIT_ERROR,
    NEXT,
    OK,
    RESPONSE,
    SECONDS,
    Client,
    api,
    client,
    events,
    refused,
)

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.runtime_api import RuntimeApi

__all__ = ["api", "client"]

MEGABYTE = 1024 * 1024


def speak(api: RuntimeApi, text: bytes) -> bytes:
    """What is answered to these bytes, until the connection is closed."""
    host, port = api.address.split(":")
    line, _, rest = text.partition(b"\r\n")
    with socket.create_connection((host, int(port)), SECONDS) as connection:
        connection.sendall(line + f"\r\nHost: {api.address}\r\n".encode() + rest)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_an_event_comes_with_its_headers(api: RuntimeApi, client: Client) -> None:
    api.send(FIRST)

    assert client.get() == (200, b'{"word": 1}')
    assert client.headers.items() >= {"Content-Type": "application/json", **FIRST.headers}.items()


def test_a_response_is_any_bytes(api: RuntimeApi, client: Client) -> None:
    client.run()

    assert client.post(RESPONSE, b"\xff no json") == OK
    assert events(api) == [Response(b"\xff no json")]


@pytest.mark.parametrize("path", [ERROR, INIT_ERROR])
def test_an_error_has_the_shape_in_which_it_was_sent(api: RuntimeApi, client: Client, path: str) -> None:
    if path == ERROR:
        client.run()
    document = {"errorType": "KeyError", "errorMessage": "'ü'", "stackTrace": ["line"]}

    assert client.post(path, json.dumps(document).encode(), {"Lambda-Runtime-Function-Error-Type": "other"}) == OK
    assert events(api) == [Failure(document)]


@pytest.mark.parametrize("path", [ERROR, INIT_ERROR])
@pytest.mark.parametrize("body", ["", "no json", '["a list"]'])
@pytest.mark.parametrize("kind", ["My.Error", "Unhandled"])
def test_an_error_without_a_document_gets_lambdas_shape(
    api: RuntimeApi, client: Client, path: str, body: str, kind: str
) -> None:
    if path == ERROR:
        client.run()
    headers = {} if kind == "Unhandled" else {"Lambda-Runtime-Function-Error-Type": kind}

    assert client.post(path, body.encode(), headers) == OK
    assert events(api) == [Failure({"errorType": kind, "errorMessage": body})]


def test_code_that_cannot_be_loaded_is_told_before_any_event(api: RuntimeApi, client: Client) -> None:
    assert client.post(INIT_ERROR, b'{"errorType": "Runtime.ImportModuleError"}') == OK
    assert events(api) == [Failure({"errorType": "Runtime.ImportModuleError"})]


@pytest.mark.parametrize("path", ["/", "/2018-06-01/runtime/invocation/id/response", "/2019-01-01/invocation/next"])
def test_what_is_not_there_to_get_is_refused(api: RuntimeApi, client: Client, path: str) -> None:
    assert client.get(path) == (404, refused("InvalidPath", f"There is nothing at {path}"))
    assert events(api) == []


@pytest.mark.parametrize("path", ["/id/response", f"{RESPONSE}/more", RESPONSE.replace("response", "x"), NEXT, "/"])
def test_what_is_not_there_to_post_to_is_refused(api: RuntimeApi, client: Client, path: str) -> None:
    client.run()

    assert client.post(path, b"{}") == (404, refused("InvalidPath", f"There is nothing at {path}"))
    assert client.post(RESPONSE, b"1") == OK
    assert events(api) == [Response(b"1")]


def test_a_response_may_have_six_megabytes_and_what_wraps_them(api: RuntimeApi, client: Client) -> None:
    client.run()
    body = b"x" * (6 * MEGABYTE + 100)

    assert client.post(RESPONSE, body) == OK
    assert events(api) == [Response(body)]


TOO_LARGE = "Response payload size exceeded maximum allowed payload size (6291456 bytes)."


@pytest.mark.parametrize("more", [101, 3 * MEGABYTE])
def test_a_larger_response_fails_the_invocation_and_the_client_goes_on(
    api: RuntimeApi, client: Client, more: int
) -> None:
    client.run()

    answer = client.post(RESPONSE, b"x" * (6 * MEGABYTE + more))

    assert answer == (413, refused("RequestEntityTooLarge", TOO_LARGE))
    assert events(api) == [Failure({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": TOO_LARGE})]
    client.run(Invocation("id", b"2", {}))
    assert client.post(RESPONSE, b"2") == OK


def test_a_body_may_come_in_chunks(api: RuntimeApi, client: Client) -> None:
    client.run()

    assert client.post_in_chunks(RESPONSE, b"[1,", b" 2]") == OK
    assert events(api) == [Response(b"[1, 2]")]
    client.run(Invocation("id", b"2", {}))


def test_chunks_may_have_extensions_and_end_in_trailers(api: RuntimeApi, client: Client) -> None:
    client.run()
    head = f"POST {RESPONSE} HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"

    said = speak(api, f"{head}3;name=value\r\n[1]\r\n0\r\nTrailer: value\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert events(api) == [Response(b"[1]")]


def test_too_many_chunks_fail_the_invocation(api: RuntimeApi, client: Client) -> None:
    client.run()

    status, _ = client.post_in_chunks(RESPONSE, *[b"x" * MEGABYTE] * 7)

    assert status == 413
    assert events(api) == [Failure({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": TOO_LARGE})]


@pytest.mark.parametrize("length", ["many", "-1", "1.5"])
def test_a_length_that_is_no_number_is_refused(api: RuntimeApi, client: Client, length: str) -> None:
    client.run()

    said = speak(api, f"POST {RESPONSE} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert said.endswith(refused("InvalidRequest", "Content-Length is no number"))
    assert events(api) == []


@pytest.mark.parametrize("size", ["many", "-1"])
def test_a_chunk_whose_size_is_no_number_is_refused(api: RuntimeApi, client: Client, size: str) -> None:
    client.run()

    said = speak(api, f"POST {RESPONSE} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n[1]\r\n".encode())

    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert said.endswith(refused("InvalidRequest", "The size of a chunk is no number"))
    assert events(api) == []


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        ("Content-Length: 9", "[1, 2"),
        ("Transfer-Encoding: chunked", "9\r\n[1, 2"),
        ("Transfer-Encoding: chunked", "3\r\n[1,\r\n"),
        ("Transfer-Encoding: chunked", "3\r\n[1,"),
    ],
)
def test_half_an_answer_of_a_process_that_ended_is_none(
    api: RuntimeApi, client: Client, framing: str, body: str
) -> None:
    client.run()

    assert speak(api, f"POST {RESPONSE} HTTP/1.1\r\n{framing}\r\n\r\n{body}".encode()) == b""
    assert events(api) == []


def test_an_answer_is_not_held_back(api: RuntimeApi, client: Client) -> None:
    """Nagle's algorithm would wait for the acknowledgement of the head before it sends the body."""
    assert Connection.disable_nagle_algorithm
    assert client.get("/")[0] == 404
    assert events(api) == []


def test_what_a_client_does_is_no_line_of_the_servers_log(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/nothing")

    assert capfd.readouterr() == ("", "")
