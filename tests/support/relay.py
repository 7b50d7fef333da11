"""A relay between a client and the embedded AWS that can break any single call, as networks and AWS do."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from botocore.session import get_session

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

XML = "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
XML_OF_S3 = "<Error><Code>{code}</Code><Message>{text}</Message></Error>"
IN_XML = {"s3", "cloudformation", "cloudfront", "sts"}
TARGETS = {"CodePipeline_20150709": "codepipeline"}
RATIONED = re.compile(rb"\b(Throttling|ThrottlingException|TooManyRequestsException)\b")
REFILL = 0.2
"""Seconds in which an embedded AWS that rations calls lets some of them in again."""
MARKS = {"list-type": "ListObjectsV2", "delete": "DeleteObjects", "uploads": "CreateMultipartUpload"}


@dataclass(frozen=True, eq=False)
class Call:
    """A request: its service as credentials spell it, its operation as AWS's API reference does, and its body.

    A claim of a job is told from other objects by its name.
    """

    service: str
    operation: str
    body: bytes = field(default=b"", repr=False)
    is_claim: bool = False

    def __str__(self) -> str:
        return f"{'claim' if self.is_claim else self.service}:{self.operation}"


Fault = Callable[[Call], "tuple[int, str, str] | None"]
"""What is answered in place of AWS: a status, an error code, a message; nothing at all is a connection reset."""


def throttled(call: Call) -> tuple[int, str, str]:
    codes = {
        "s3": (503, "SlowDown"),
        "lambda": (429, "TooManyRequestsException"),
        "apigateway": (429, "TooManyRequestsException"),
    }
    status, code = codes.get(call.service, (400, "ThrottlingException"))
    return status, code, "Rate exceeded"


def broken(call: Call) -> tuple[int, str, str]:
    code = {"s3": "InternalError", "lambda": "ServiceException"}.get(call.service, "InternalFailure")
    return 500, code, "An internal error occurred"


def reset(_call: Call) -> None:
    return None


def denied(call: Call) -> tuple[int, str, str]:
    code = "AccessDenied" if call.service in {*IN_XML, "cloudwatch"} else "AccessDeniedException"
    words = f"is not authorized to perform: {call.service}:{call.operation}"
    return 403, code, f"User: arn:aws:sts::000000000000:assumed-role/R/f {words}"


@dataclass
class Relay:
    """Where clients send requests, what they asked, and the fault that befalls a call.

    `chosen` picks a fault by number and call; an answer that is `lost` is one that AWS gave and nobody got.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    broken: list[Call] = field(default_factory=list)
    fault: Fault | None = None
    at: str = ""
    times: int = 0
    answered: Callable[[Call], bytes | None] = lambda _call: None
    chosen: Callable[[int, Call], Fault | None] = lambda _number, _call: None
    lost: Callable[[Call], bool] = lambda _call: False

    def expect(self, fault: Fault | None = None, at: str = "", times: int = 1) -> None:
        """Forget what was asked, and break the first `times` calls that are called `at`."""
        self.calls, self.broken, self.fault, self.at, self.times = [], [], fault, at, times
        self.chosen, self.lost = lambda _number, _call: None, lambda _call: False

    def judge(self, call: Call) -> Fault | None:
        """Note a call; answer the fault that befalls it, if one does."""
        self.calls.append(call)
        if fault := self.chosen(len(self.calls), call):
            self.broken.append(call)
            return fault
        if self.fault is None or str(call) != self.at or self.times <= 0:
            return None
        self.times -= 1
        self.broken.append(call)
        return self.fault


@contextmanager
def relay_to(url: str) -> Iterator[Relay]:
    """A relay to the server at `url`, for as long as the block lasts."""
    target = urlsplit(url)
    relay = Relay()

    class Handler(_Handler):
        upstream = (target.hostname or "", target.port or 80)

    Handler.relay = relay
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    relay.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    relay: Relay
    upstream: tuple[str, int]

    def handle_any(self) -> None:
        body = self._body()
        call = called(self.command, self.path, dict(self.headers), body)
        fault = self.relay.judge(call)
        if fault:
            self._break(call, fault(call))
        elif (answer := self.relay.answered(call)) is not None:
            self._send(200, {"Content-Type": "application/x-amz-json-1.1"}, answer)
        else:
            self._pass_on(call, body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = handle_any  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _pass_on(self, call: Call, body: bytes) -> None:
        connection = http.client.HTTPConnection(*self.upstream, timeout=PATIENCE)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length", "expect"}:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status in {400, 429} and RATIONED.search(content):
            self.relay.calls.remove(call)  # its client asks again, for the same
        if self.relay.lost(call):
            self._break(call, None)
        else:
            self._send(answer.status, dict(answer.getheaders()), content)

    def _break(self, call: Call, answer: tuple[int, str, str] | None) -> None:
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        status, code, text = answer
        if call.service in IN_XML:
            body = (XML_OF_S3 if call.service == "s3" else XML).format(code=code, text=text).encode()
            self._send(status, {"Content-Type": "application/xml"}, body)
        else:
            body = json.dumps({"__type": code, "message": text, "Message": text}).encode()
            self._send(status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        length = headers.get("content-length", headers.get("Content-Length")) if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):  # a client that went away, or a connection that was reset on purpose
            self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def called(method: str, path: str, headers: dict[str, str], body: bytes) -> Call:
    """Which call of AWS a request is."""
    names = {name.lower(): value for name, value in headers.items()}
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", names.get("authorization", ""))
    service = scope[1] if scope else "s3"
    if service == "monitoring":
        service = "cloudwatch"
    if target := names.get("x-amz-target"):
        return Call(service, target.rpartition(".")[2], body)
    if action := parse_qs(body.decode(errors="replace")).get("Action"):
        return Call(service, action[0], body)
    split = urlsplit(path)
    if service == "s3" and "x-amz-copy-source" in names:
        return Call(service, "CopyObject", body)
    if service == "s3":
        operation = _of_s3(method, split.path, parse_qs(split.query, keep_blank_values=True))
        return Call(service, operation, body, is_claim="/claims/" in split.path)
    return Call(
        service,
        next(
            (name for name, verb, form in _operations(service) if verb == method and form.fullmatch(split.path)),
            f"{method} {path}",
        ),
        body,
    )


def _of_s3(method: str, path: str, query: dict[str, list[str]]) -> str:
    for mark, operation in MARKS.items():
        if mark in query:
            return operation
    if "uploadId" in query:
        return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}[method]
    kind = "Object" if path.strip("/").count("/") else "Bucket"
    return {"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete"}[method] + kind


@cache
def _operations(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """The operations of a service that differ by method and path, the most particular paths first."""
    model = get_session().get_service_model(service)
    operations = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        form = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(http["requestUri"].split("?")[0]).replace("/\\{", "/\\{"))
        operations.append((name, http["method"], re.compile(form.rstrip("/") + "/?")))
    return sorted(operations, key=lambda operation: operation[2].pattern.count("[^/]+"))
