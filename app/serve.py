"""The whole application on one port of this machine: the site, its config.json, and the API's handler in this process.

The table lies in the AWS that the environment names (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, …).
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API = Path(__file__).parent / "api"
SITE = Path(__file__).parent / "site"

Handler = Callable[[Mapping[str, Any], object], Mapping[str, Any]]


def serve(port: int, table: str, environment: Mapping[str, str]) -> None:
    """Serve until Ctrl-C; the table lives as long, unless it was there before.

    Raises:
        OSError: the port is taken.
    """
    os.environ.update(environment, TABLE_NAME=table)
    for stranger in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(stranger, None)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell lets its background jobs ignore Ctrl-C
        signal.signal(ending, signal.default_int_handler)
    import boto3

    with (
        Server(port, load()) as server,
        temporary_table(boto3.client("dynamodb"), table),
        contextlib.suppress(KeyboardInterrupt),
    ):
        print(f"Serving    {server.url}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - it runs on a terminal
        server.serve_forever()


def load() -> Handler:
    """The handler, imported as Lambda does it: its folder is the root of its modules."""
    sys.path.insert(0, str(API))
    from index import handler

    return handler


@contextlib.contextmanager
def temporary_table(client: Any, name: str) -> Iterator[None]:  # noqa: ANN401 - boto3 makes its clients' types as it goes
    """A table as the environment's template declares it; deleted at the end by whoever made it."""
    try:
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    except client.exceptions.ResourceInUseException:
        yield
        return
    try:
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        yield
    finally:
        client.delete_table(TableName=name)


class Server(ThreadingHTTPServer):
    """Listens on this machine only; port 0 is any free one."""

    daemon_threads = True

    def __init__(self, port: int, handler: Handler, site: Path = SITE) -> None:
        self.handler = handler
        self.site = site
        super().__init__(("127.0.0.1", port), partial(_Request, directory=str(site)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def config(self) -> dict[str, str]:
        """What a deployment writes to config.json; the version is the time of the latest edit, so an edit reloads."""
        edited = max(path.stat().st_mtime for path in self.site.rglob("*") if path.is_file())
        version = time.strftime("%Y%m%d-%H%M%S", time.gmtime(edited))
        return {"apiBaseurl": f"{self.url}api/", "version": version}


class _Request(SimpleHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self._call()
        elif urlsplit(self.path).path == "/config.json":
            headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            self._answer(200, headers, json.dumps(self.server.config).encode())
        else:
            super().do_GET()

    def _call(self) -> None:
        if not self.path.startswith("/api/"):
            self.send_error(405)
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.handler(event(self.command, self.path.removeprefix("/api"), self.client_address[0]), None)
        self._answer(answer["statusCode"], answer["headers"], answer["body"].encode())

    do_DELETE = do_OPTIONS = do_PATCH = do_POST = do_PUT = _call  # noqa: N815 - the names that http.server looks for

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def list_directory(self, path: Any) -> None:  # noqa: ANN401 - as http.server has it
        """A bucket's website lists nothing either."""
        del path
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """The page asks every second; nobody wants to read that."""


def event(method: str, url: str, address: str) -> dict[str, Any]:
    """The proxy event that API Gateway would make of a request."""
    parts = urlsplit(f"http://api{url}")
    return {
        "httpMethod": method,
        "path": parts.path,
        "queryStringParameters": dict(parse_qsl(parts.query, keep_blank_values=True)) or None,
        "requestContext": {"identity": {"sourceIp": address}},
    }
