"""One connection of a runtime client: what it may ask, how much it may say, and what it hears.

Words and codes of refusals are those of AWS's own emulator: https://github.com/aws/aws-lambda-runtime-interface-emulator.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.functions.runtime_events import Failure, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.functions.runtime_api import RuntimeApi
    from serverless_pipeline.local.functions.runtime_events import Event

VERSION = "/2018-06-01/runtime"
NEXT = f"{VERSION}/invocation/next"
INIT_ERROR = f"{VERSION}/init/error"
INVOCATION = f"{VERSION}/invocation/"

RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""The quota of a response, 6 MB and what wraps it:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
TOO_LARGE = "Function.ResponseSizeTooLarge"

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class Connection(BaseHTTPRequestHandler):
    """The requests of a client, one after another, and their answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RuntimeApi  # type: ignore[assignment] # nothing else is asked of a server

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
