from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.client import health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PID = 42
SECONDS = 5


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """The address of something that reads one request and sends these bytes; each is then asked for nothing more."""
    with contextlib.ExitStack() as sockets:

        def answer(response: bytes) -> str:
            listening = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=send, args=(listening, response), daemon=True).start()
            return f"http://127.0.0.1:{listening.getsockname()[1]}"

        yield answer


def send(listening: socket.socket, response: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        path = connection.recv(65536).split()[1]
        known = path in {b"/_local/health", b"/_local/other"}
        connection.sendall(response if known else b"HTTP/1.1 404 Not Found\r\n\r\n")


def said(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_the_process_that_should_answer_is_well(answering: Callable[[bytes], str]) -> None:
    health.check(answering(said({"pid": PID})), PID, SECONDS)


def test_another_process_is_named(answering: Callable[[bytes], str]) -> None:
    url = answering(said({"pid": 7}))

    with pytest.raises(health.Unwell) as caught:
        health.check(url, PID, SECONDS)

    assert str(caught.value) == f"process 7 answers at {url}, not process 42"


@pytest.mark.parametrize(
    ("document", "shown"), [({}, "{}"), ([], "[]"), (None, "null"), ({"pid": None}, ""), ({"pid": "x"}, "")]
)
def test_an_answer_that_cannot_be_read_is_shown(
    answering: Callable[[bytes], str], document: object, shown: str
) -> None:
    url = answering(said(document))

    with pytest.raises(health.Unwell) as caught:
        health.check(url, PID, SECONDS)

    assert f"what answers at {url} is no embedded AWS: b'{shown}" in str(caught.value)


def test_of_a_long_answer_the_beginning_is_shown(answering: Callable[[bytes], str]) -> None:
    with pytest.raises(health.Unwell) as caught:
        health.check(answering(said("x" * 200)), PID, SECONDS)

    assert str(caught.value).endswith("""b'"%s'""" % ("x" * 79))


@pytest.mark.parametrize(
    "response", [b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"]
)
def test_what_speaks_another_language_does_not_answer(answering: Callable[[bytes], str], response: bytes) -> None:
    url = answering(response)

    with pytest.raises(health.Unwell, match=f"^{url}/_local/health does not answer: "):
        health.check(url, PID, SECONDS)


def test_an_answer_that_breaks_off_is_none(answering: Callable[[bytes], str]) -> None:
    with pytest.raises(health.Unwell, match="does not answer"):
        health.check(answering(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"pid": 42}'), PID, SECONDS)


def test_nobody_is_waited_for_longer_than_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(health.Unwell, match="timed out"):
            health.check(url, PID, 0.05)


def test_where_nobody_listens_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(health.Unwell, match="does not answer"):
        health.check(url, PID, SECONDS)


def test_no_proxy_is_asked(answering: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    health.check(answering(said({"pid": PID})), PID, SECONDS)


def test_any_address_of_it_can_be_asked(answering: Callable[[bytes], str]) -> None:
    url = answering(said(["words"]))

    assert health.ask(f"{url}/_local/other", SECONDS) == b'["words"]'


def test_an_address_that_is_not_there_is_named_with_what_is_said(answering: Callable[[bytes], str]) -> None:
    url = answering(said({}))

    with pytest.raises(health.Unwell) as caught:
        health.ask(f"{url}/_local/nothing", SECONDS)

    assert str(caught.value) == f"{url}/_local/nothing does not answer: it says 404 Not Found"
