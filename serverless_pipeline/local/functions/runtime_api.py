"""Lambda's Runtime API, as a runtime client sees it: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.

Each execution environment has its own, on a port of its own. What the client does is told to the environment as events
in the order in which they came; what goes over the wire is in runtime_connection.py. Who asks for an event while one
runs gets the same once more, as by AWS's own emulator.

All sandboxes share the network of the laptop, and the user whose processes they are. So each has a name for its API
that no other one knows, and a request under another name gets nothing.
"""

from __future__ import annotations

import hmac
import queue
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from serverless_pipeline.local.functions import peers
from serverless_pipeline.local.functions.runtime_connection import Connection
from serverless_pipeline.local.functions.runtime_events import Ready

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.runtime_events import Event, Failure, Invocation

HOST = "127.0.0.1"
IDLE_SECONDS = 1000
"""A connection that says nothing for so long, which is longer than an invocation may take, is closed."""


class RuntimeApi:
    """One environment's; `events` holds what happened. Nobody but the user `uid` is let in, who calls it by `host`."""

    def __init__(self, uid: int, host: str = HOST) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._uid = uid
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._running: Invocation | None = None
        self._has_begun = False
        self._lock = threading.Lock()
        self._ended = False
        self._listener = socket.create_server((HOST, 0))
        self.address = f"{host}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, name=f"Runtime API {self.address}", daemon=True).start()

    def send(self, invocation: Invocation) -> None:
        """Hand an event to the client, which waits for it or will."""
        self._waiting.put(invocation)

    def end(self) -> None:
        """Answer nobody any more."""
        if self._ended:
            return
        self._ended = True
        self._waiting.put(None)
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname(), 1).close()  # wakes who accepts, on every system

    def take(self) -> Invocation | None:
        """The event that has no answer yet, or the next one, once there is one; None at the end."""
        with self._lock:
            self._has_begun = True
            if self._running:
                return self._running
        self.events.put(Ready())
        invocation = self._waiting.get()
        if invocation is None:
            self._waiting.put(None)
        with self._lock:
            self._running = invocation
        return invocation

    def is_called(self, name: str | None) -> bool:
        """Whether a client calls this API by its name, which it can know only from its own environment."""
        return hmac.compare_digest((name or "").encode(), self.address.encode())

    def fail(self, event: Failure) -> bool:
        """Take the failure of a start; False if that is over."""
        with self._lock:
            if self._has_begun:
                return False
        self.events.put(event)
        return True

    def answer(self, request_id: str, event: Event) -> bool:
        """Take an answer; False if it is none to the event that runs, or the second one."""
        with self._lock:
            if not self._running or request_id != self._running.request_id:
                return False
            self._running = None
        self.events.put(event)
        return True

    def _serve(self) -> None:
        with self._listener:
            while True:
                try:
                    connection, peer = self._listener.accept()
                except OSError:
                    return
                if self._ended:
                    connection.close()
                    return
                threading.Thread(target=self._converse, args=(connection, peer), daemon=True).start()

    def _converse(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        """Other users of this laptop reach the port, and get nothing."""
        with connection, suppress(OSError):
            if peers.owner(peer, connection.getsockname()) in {self._uid, None}:
                connection.settimeout(IDLE_SECONDS)
                Connection(connection, peer, self)  # type: ignore[arg-type] # it asks a server for nothing else
