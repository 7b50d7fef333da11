"""In the place of the compiled part of AWS's runtime client, for an interpreter that the compiled one is not made for.

`awslambdaric` imports `runtime_client` and calls what stands here; this file lies beside it in `/var/runtime`, where a
compiled module of the same name comes first. It imports the standard library only, and nothing here imports it.
"""

from __future__ import annotations

import http.client
import os
from http import HTTPStatus

DEADLINE = "Lambda-Runtime-Deadline-Ms"

_HEADERS: dict[str, str] = {}
_connections: list[http.client.HTTPConnection] = []


def initialize_client(user_agent: str) -> None:
    """Remember what the client calls itself."""
    _HEADERS["User-Agent"] = user_agent


def next() -> tuple[bytes, dict[str, str | int]]:  # noqa: A001 - the name that is called
    """Wait for an event: its body, and its headers with the deadline as a number."""
    response, body = _call("GET", "next")
    headers: dict[str, str | int] = dict(response.getheaders())
    headers[DEADLINE] = int(headers[DEADLINE])
    return body, headers


def post_invocation_result(invoke_id: str, body: bytes, content_type: str, _invocation_id: str | None = None) -> None:
    """Send what the handler returned."""
    _call("POST", invoke_id + "/response", body, {"Content-Type": content_type})


def post_error(invoke_id: str, body: str, _xray_fault: str, _invocation_id: str | None = None) -> None:
    """Send what the handler raised."""
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Unhandled"}
    _call("POST", invoke_id + "/error", body.encode(), headers)


def _call(
    method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """The connection is kept; the API waits without an end for the next event."""
    if not _connections:
        _connections.append(http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"]))
    connection = _connections[0]
    connection.request(method, "/2018-06-01/runtime/invocation/" + path, body, {**_HEADERS, **(headers or {})})
    response = connection.getresponse()
    answer = response.read()
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"The Runtime API answered {response.status}: {answer!r}")
    return response, answer
