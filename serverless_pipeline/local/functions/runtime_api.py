"""Lambda's Runtime API, as a runtime client sees it: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.

Each execution environment has its own, on a port of its own. What the client does is told to the environment as events
in the order in which they came. Words and codes of refusals are those of AWS's own emulator, and so is the answer to
who asks for an event while one runs: the same once more. https://github.com/aws/aws-lambda-runtime-interface-emulator

All sandboxes share the network of the laptop, and the user whose processes they are. So each has a name for its API
that no other one knows, and a request under another name gets nothing.
"""

from __future__ import annotations

import hmac
import json
import queue
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions import peers

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
VERSION = "/2018-06-01/runtime"
NEXT = f"{VERSION}/invocation/next"
INIT_ERROR = f"{VERSION}/init/error"
INVOCATION = f"{VERSION}/invocation/"

RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""The quota of a response, 6 MB and what wraps it:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
TOO_LARGE = "Function.ResponseSizeTooLarge"
IDLE_SECONDS = 1000
"""A connection that says nothing for so long, which is longer than an invocation may take, is closed."""

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


@dataclass(frozen=True)
class Invocation:
    """What a client gets for an event: the event itself, and the headers."""

    request_id: str
    event: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Ready:
    """The client asks for an event: what came before is over."""


@dataclass(frozen=True)
class Response:
    """The function returned; the body as it was sent."""

    body: bytes


@dataclass(frozen=True)
class Failure:
    """The function, or its start, failed; in Lambda's shape."""

    document: dict[str, Any]


@dataclass(frozen=True)
class Exited:
    """The process ended; the reason in Lambda's words."""

    reason: str


Event = Ready | Response | Failure | Exited


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
                _Handler(connection, peer, self)  # type: ignore[arg-type] # it asks a server for nothing else


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RuntimeApi  # type: ignore[assignment] # as above

    def parse_request(self) -> bool:
        """Whether there is a request to answer; one under another name comes from another environment."""
        if not super().parse_request():
            return False
        if not self.server.is_called(self.headers.get("Host")):
            self._refuse_body("This is the Runtime API of another execution environment")
            return False
        return True

    def do_GET(self) -> None:
        if self.path != NEXT:
            self._refuse(HTTPStatus.NOT_FOUND, "InvalidPath", f"There is nothing at {self.path}")
            return
        invocation = self.server.take()
        if invocation is None:
            self.close_connection = True
        else:
            self._say(HTTPStatus.OK, invocation.event, invocation.headers)

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path == INIT_ERROR:
            self._take_failure(Failure(_document(body, self.headers.get(ERROR_TYPE))))
            return
        request_id, _, what = self.path.removeprefix(INVOCATION).partition("/")
        if what not in {"response", "error"} or not self.path.startswith(INVOCATION):
            self._refuse(HTTPStatus.NOT_FOUND, "InvalidPath", f"There is nothing at {self.path}")
        elif self.server.answer(request_id, self._event(what, body)):
            self._reply(body)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequestID", "Invalid request ID")

    def _take_failure(self, event: Failure) -> None:
        if self.server.fail(event):
            self._accept()
        else:
            self._refuse(HTTPStatus.FORBIDDEN, "InvalidStateTransition", "The function has started")

    def _event(self, what: str, body: bytes) -> Event:
        if what == "error":
            return Failure(_document(body, self.headers.get(ERROR_TYPE)))
        if len(body) > RESPONSE_BYTES:
            return Failure({"errorType": TOO_LARGE, "errorMessage": _too_large()})
        return Response(body)

    def _reply(self, body: bytes) -> None:
        if len(body) > RESPONSE_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", _too_large())
        else:
            self._accept()

    def _body(self) -> bytes | None:
        """The body, as far as it may be long; what is longer is read and forgotten.

        Raises:
            ConnectionError: the client ended in the middle of it.
        """
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self._refuse_body("Content-Length is no number")
            return None
        return self._read(int(length))

    def _chunks(self) -> bytes | None:
        body = b""
        while line := self.rfile.readline():
            size = line.split(b";")[0].strip()
            if not _SIZE.fullmatch(size):
                self._refuse_body("The size of a chunk is no number")
                return None
            if not int(size, 16):
                while self.rfile.readline().strip():
                    pass
                return body
            body = (body + self._read(int(size, 16)))[: RESPONSE_BYTES + 1]
            self.rfile.readline()
        raise ConnectionError

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(min(length, RESPONSE_BYTES + 1))
        rest = length - len(body)
        while rest > 0 and (chunk := self.rfile.read(min(rest, 1 << 20))):
            rest -= len(chunk)
        if rest > 0:
            raise ConnectionError
        return body

    def _accept(self) -> None:
        self._say(HTTPStatus.ACCEPTED, b'{"status":"OK"}\n', {})

    def _refuse_body(self, message: str) -> None:
        """Nobody knows where the next request begins."""
        self.close_connection = True
        self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequest", message)

    def _refuse(self, status: HTTPStatus, kind: str, message: str) -> None:
        self._say(status, json.dumps({"errorMessage": message, "errorType": kind}).encode(), {})

    def _say(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | dict(headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """What a client does is no line of the server's log."""


def _document(body: bytes, kind: str | None) -> dict[str, Any]:
    """An error in Lambda's shape; a client that says nothing in the body says the type in a header."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    return {"errorType": kind or "Unhandled", "errorMessage": body.decode(errors="replace")}


def _too_large() -> str:
    return f"Response payload size exceeded maximum allowed payload size ({6 * 1024 * 1024} bytes)."
