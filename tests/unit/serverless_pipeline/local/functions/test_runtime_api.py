from __future__ import annotations

import os
import threading
from http.client import HTTPConnection, RemoteDisconnected

import pytest

from serverless_pipeline.local.functions import peers, runtime_api
from serverless_pipeline.local.functions.runtime_api import RuntimeApi
from serverless_pipeline.local.functions.runtime_events import Invocation, Ready, Response
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

__all__ = ["api", "client"]


def test_each_has_an_address_of_its_own_on_the_loopback_interface(api: RuntimeApi) -> None:
    other = RuntimeApi(os.getuid())
    other.end()

    assert api.address.startswith("127.0.0.1:")
    assert api.address != other.address


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
