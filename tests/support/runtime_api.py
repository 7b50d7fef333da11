"""A Runtime API, and a client that speaks to it as that of a runtime does."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.local.functions.runtime_api import RuntimeApi
from serverless_pipeline.local.functions.runtime_events import Invocation, Ready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.functions.runtime_events import Event

SECONDS = 5
NEXT, INIT_ERROR = "/2018-06-01/runtime/invocation/next", "/2018-06-01/runtime/init/error"
RESPONSE, ERROR = "/2018-06-01/runtime/invocation/id/response", "/2018-06-01/runtime/invocation/id/error"
FIRST = Invocation("id", b'{"word": 1}', {"Lambda-Runtime-Aws-Request-Id": "id", "Lambda-Runtime-Deadline-Ms": "5"})
OK = (202, b'{"status":"OK"}\n')

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
