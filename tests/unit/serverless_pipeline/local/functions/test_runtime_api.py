from __future__ import annotations

import json
import os
import socket
import threading
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions import peers, runtime_api
from serverless_pipeline.local.functions.runtime_api import Failure, Invocation, Ready, Response, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.functions.runtime_api import Event

SECONDS = 5
NEXT, INIT_ERROR = "/2018-06-01/runtime/invocation/next", "/2018-06-01/runtime/init/error"
RESPONSE, ERROR = "/2018-06-01/runtime/invocation/id/response", "/2018-06-01/runtime/invocation/id/error"
FIRST = Invocation("id", b'{"word": 1}', {"Lambda-Runtime-Aws-Request-Id": "id", "Lambda-Runtime-Deadline-Ms": "5"})
OK = (202, b'{"status":"OK"}\n')
MEGABYTE = 1024 * 1024

Answer = tuple[int, bytes]


class Client:
    """A runtime client that keeps one connection; each call gives the status and the body."""

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        self.connection = HTTPConnection(api.address, timeout=SECONDS)
        self.headers: dict[str, str] = {}

    def get(self, path: str = NEXT) -> Answer:
        self.connection.request("GET", path)
        return self.read()

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        self.connection.request("POST", path, body, dict(headers or {}))
        return self.read()

    def post_in_chunks(self, path: str, *chunks: bytes) -> Answer:
        self.connection.request("POST", path, iter(chunks), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        return self.read()

    def read(self) -> Answer:
        response = self.connection.getresponse()
        body = response.read()
        self.headers = dict(response.getheaders())
        return response.status, body

    def run(self, invocation: Invocation = FIRST) -> None:
        """Get an event, so that an answer is waited for."""
        self.api.send(invocation)
        self.get()
        assert self.api.events.get(timeout=SECONDS) == Ready()


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi(os.getuid())
    yield api
    api.end()


@pytest.fixture
def client(api: RuntimeApi) -> Iterator[Client]:
    client = Client(api)
    yield client
    client.connection.close()


def refused(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode()


def events(api: RuntimeApi) -> list[Event]:
    seen = []
    while not api.events.empty():
        seen.append(api.events.get())
    return seen


def speak(api: RuntimeApi, text: bytes) -> bytes:
    """What is answered to these bytes, until the connection is closed."""
    host, port = api.address.split(":")
    line, _, rest = text.partition(b"\r\n")
    with socket.create_connection((host, int(port)), SECONDS) as connection:
        connection.sendall(line + f"\r\nHost: {api.address}\r\n".encode() + rest)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_each_has_an_address_of_its_own_on_the_loopback_interface(api: RuntimeApi) -> None:
    other = RuntimeApi(os.getuid())
    other.end()

    assert api.address.startswith("127.0.0.1:")
    assert api.address != other.address


def test_an_event_comes_with_its_headers(api: RuntimeApi, client: Client) -> None:
    api.send(FIRST)

    assert client.get() == (200, b'{"word": 1}')
    assert client.headers.items() >= {"Content-Type": "application/json", **FIRST.headers}.items()


def test_who_asks_waits_until_there_is_an_event(api: RuntimeApi, client: Client) -> None:
    client.connection.request("GET", NEXT)
    assert api.events.get(timeout=SECONDS) == Ready()

    api.send(FIRST)

    assert client.read() == (200, b'{"word": 1}')
    assert events(api) == []


def test_what_a_client_does_is_told_in_its_order(api: RuntimeApi, client: Client) -> None:
    api.send(FIRST)
    api.send(Invocation("other", b"2", {}))

    answers = [client.get(), client.post(RESPONSE, b"[1]"), client.get()]
    answers.append(client.post(RESPONSE.replace("id", "other"), b"[2]"))

    assert answers == [(200, b'{"word": 1}'), OK, (200, b"2"), OK]
    assert events(api) == [Ready(), Response(b"[1]"), Ready(), Response(b"[2]")]


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


@pytest.mark.parametrize("second", [RESPONSE, ERROR])
def test_a_second_answer_is_refused(api: RuntimeApi, client: Client, second: str) -> None:
    client.run()
    client.post(RESPONSE, b"1")

    assert client.post(second, b"{}") == (400, refused("InvalidRequestID", "Invalid request ID"))
    assert events(api) == [Response(b"1")]


@pytest.mark.parametrize("other", ["other", ""])
def test_an_answer_to_another_event_is_refused_and_the_right_one_is_still_taken(
    api: RuntimeApi, client: Client, other: str
) -> None:
    client.run()

    assert client.post(RESPONSE.replace("id", other), b"1") == (400, refused("InvalidRequestID", "Invalid request ID"))
    assert client.post(RESPONSE, b"2") == OK
    assert events(api) == [Response(b"2")]


def test_an_answer_before_any_event_is_refused(api: RuntimeApi, client: Client) -> None:
    assert client.post(RESPONSE, b"1") == (400, refused("InvalidRequestID", "Invalid request ID"))
    assert events(api) == []


def test_while_an_event_runs_it_is_given_once_more_and_no_other(api: RuntimeApi, client: Client) -> None:
    """https://github.com/aws/aws-lambda-runtime-interface-emulator: core/states.go, RuntimeRunningState."""
    client.run()
    api.send(Invocation("other", b"2", {}))

    answers = [client.get(), client.get()]

    assert answers == [(200, b'{"word": 1}')] * 2
    assert client.headers.items() >= FIRST.headers.items()
    assert events(api) == []


def test_after_its_start_no_function_fails_to_start(api: RuntimeApi, client: Client) -> None:
    client.run()

    answer = client.post(INIT_ERROR, b'{"errorType": "Runtime.ImportModuleError"}')

    assert answer == (403, refused("InvalidStateTransition", "The function has started"))
    assert client.post(RESPONSE, b"1") == OK
    assert events(api) == [Response(b"1")]


@pytest.mark.parametrize(
    "name", [None, "", "127.0.0.1:{port}", "b.localhost:{port}", "a.localhost", "A.localhost:{port}"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_does_not_know_its_name_gets_nothing(name: str | None, method: str) -> None:
    api = RuntimeApi(os.getuid(), "a.localhost")
    api.send(FIRST)
    port = api.address.rpartition(":")[2]
    connection = HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    connection.putrequest(method, NEXT if method == "GET" else RESPONSE, skip_host=True)
    if name is not None:
        connection.putheader("Host", name.format(port=port))
    connection.endheaders()

    answer = connection.getresponse()

    assert (answer.status, answer.read()) == (
        400,
        refused("InvalidRequest", "This is the Runtime API of another execution environment"),
    )
    assert connection.sock.recv(1) == b""
    assert events(api) == []
    connection.close()
    api.end()


def test_who_knows_its_name_gets_the_event() -> None:
    api = RuntimeApi(os.getuid(), "a.localhost")
    api.send(FIRST)
    port = api.address.rpartition(":")[2]
    connection = HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    connection.request("GET", NEXT, headers={"Host": f"a.localhost:{port}"})

    assert connection.getresponse().read() == b'{"word": 1}'
    connection.close()
    api.end()


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


def test_the_end_wakes_who_waits_for_an_event(api: RuntimeApi, client: Client) -> None:
    client.connection.request("GET", NEXT)
    assert api.events.get(timeout=SECONDS) == Ready()

    api.end()

    with pytest.raises(RemoteDisconnected):
        client.connection.getresponse()


def test_after_the_end_nobody_is_let_in(api: RuntimeApi) -> None:
    (thread,) = (one for one in threading.enumerate() if one.name == f"Runtime API {api.address}")

    api.end()
    api.end()
    thread.join(SECONDS)

    assert thread.daemon
    with pytest.raises(ConnectionRefusedError):
        Client(api).get()


def test_another_user_of_the_laptop_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "owner", lambda *_: 7)
    api = RuntimeApi(8)
    api.send(FIRST)
    client = Client(api)
    client.connection.connect()

    said = client.connection.sock.recv(1)
    client.connection.close()
    api.end()

    assert said == b""
    assert events(api) == []


@pytest.mark.parametrize("user", [8, None])
def test_the_functions_user_is_let_in_and_everybody_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch, user: int | None
) -> None:
    asked: list[tuple[tuple[str, int], tuple[str, int]]] = []

    def owner(peer: tuple[str, int], here: tuple[str, int]) -> int | None:
        asked.append((peer, here))
        return user

    monkeypatch.setattr(peers, "owner", owner)
    api = RuntimeApi(8)
    api.send(FIRST)
    client = Client(api)

    answer = client.get()
    own = client.connection.sock.getsockname()
    client.connection.close()
    api.end()

    assert answer == (200, b'{"word": 1}')
    assert [(peer, f"{here[0]}:{here[1]}") for peer, here in asked] == [(own, api.address)]


def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(runtime_api, "IDLE_SECONDS", 0.05)
    client.connection.connect()

    assert client.connection.sock.recv(1) == b""


def test_a_connection_is_kept_as_long_as_an_invocation_may_take() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 900 seconds."""
    assert runtime_api.IDLE_SECONDS > 900


def test_an_answer_is_not_held_back(api: RuntimeApi, client: Client) -> None:
    """Nagle's algorithm would wait for the acknowledgement of the head before it sends the body."""
    assert runtime_api._Handler.disable_nagle_algorithm
    assert client.get("/")[0] == 404
    assert events(api) == []


def test_what_a_client_does_is_no_line_of_the_servers_log(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/nothing")

    assert capfd.readouterr() == ("", "")
