from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import psutil
import pytest

from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.local.client import listener

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def other() -> Iterator[socket.socket]:
    """A socket of somebody else's, which is this process, on a port of the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def message(port: int) -> str:
    with pytest.raises(Misconfigured) as caught:
        listener.listen(port)
    return str(caught.value)


def test_any_free_port_is_found_on_the_loopback_interface() -> None:
    with contextlib.closing(listener.listen(0)) as listening:
        address, port = listening.getsockname()

        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass

    assert address == "127.0.0.1"


def test_a_port_that_is_free_is_taken(other: socket.socket) -> None:
    port = port_of(other)
    other.close()

    with contextlib.closing(listener.listen(port)) as listening:
        assert port_of(listening) == port


def test_a_port_that_was_just_left_is_free(other: socket.socket) -> None:
    """Connections that ended a moment ago still wait in the system."""
    port = port_of(other)
    with socket.create_connection(("127.0.0.1", port)), other.accept()[0]:
        other.close()

    with contextlib.closing(listener.listen(port)) as listening:
        assert port_of(listening) == port


def test_who_holds_a_port_is_named_with_the_next_step(other: socket.socket) -> None:
    port, name = port_of(other), psutil.Process().name()

    assert message(port) == (
        f"port: 127.0.0.1:{port} is taken by {name} (pid {os.getpid()}); the embedded AWS cannot listen there.\n"
        "  Next: end that process, or choose another port: INVOKE_PIPELINE_PORT=4600 (0 is any free one)"
    )


def test_what_is_connected_does_not_hold_the_port(other: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(("127.0.0.1", port_of(other))) as connection:
        monkeypatch.setattr(listener, "_answers", lambda _port: True)

        assert " by " not in message(connection.getsockname()[1])


def test_a_process_that_may_not_be_looked_at_is_passed_over(
    other: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_kind: str) -> None:
        raise psutil.AccessDenied

    hidden = psutil.Process()
    monkeypatch.setattr(hidden, "net_connections", refuse)
    monkeypatch.setattr(psutil, "process_iter", lambda: iter([hidden, psutil.Process()]))

    assert f"(pid {os.getpid()})" in message(port_of(other))


def test_a_port_is_taken_also_where_nobody_may_see_the_holder(
    other: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "process_iter", lambda: iter([]))
    port = port_of(other)

    assert message(port).startswith(f"port: 127.0.0.1:{port} is taken; the embedded AWS")


def test_why_a_port_cannot_be_opened_is_said(other: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_answers", lambda _port: False)

    assert "(Address already in use); the embedded AWS" in message(port_of(other))


def test_a_silent_holder_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: list[float | None] = []

    class Probe(socket.socket):
        def settimeout(self, value: float | None, /) -> None:
            seconds.append(value)
            super().settimeout(value)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = port_of(free)
    monkeypatch.setattr(socket, "socket", Probe)

    listener.listen(port).close()

    assert seconds == [1]
