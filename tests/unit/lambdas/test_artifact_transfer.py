"""Artifacts on the wire: real connections that break, and parts in the embedded AWS with a session of the pipeline."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdas.artifacts import transfer
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


CONTENT = os.urandom(3_000_000)


class Lines(ThreadingHTTPServer):
    """An S3 whose first answers are cut off in the middle, as many as `cuts`."""

    def __init__(self, cuts: int) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.cuts = cuts
        self.asked = 0


class Answer(BaseHTTPRequestHandler):
    server: Lines

    def do_GET(self) -> None:
        self.server.asked += 1
        whole = self.server.asked > self.server.cuts
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if whole else CONTENT[: len(CONTENT) // 2])
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def cut_off() -> Iterator[Callable[[int], tuple[Lines, Any]]]:
    """Serve an object whose first so many answers break off; the server and a client of it."""
    servers = []

    def serve(cuts: int) -> tuple[Lines, Any]:
        server = Lines(cuts)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server, boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_input_that_breaks_off_is_fetched_again_and_arrives_whole(
    cut_off: Callable[[int], tuple[Lines, Any]], tmp_path: Path
) -> None:
    server, store = cut_off(2)

    fetched = transfer.fetch(store, Artifact("SourceOutput", "bucket", "key"), tmp_path)

    assert fetched.read_bytes() == CONTENT
    assert server.asked == 3


def test_an_input_that_always_breaks_off_is_named_and_no_part_of_it_stays(
    cut_off: Callable[[int], tuple[Lines, Any]], tmp_path: Path
) -> None:
    _, store = cut_off(100)

    with pytest.raises(JobError, match="SourceOutput broke off each of 4 times it was fetched from s3://bucket/key"):
        transfer.fetch(store, Artifact("SourceOutput", "bucket", "key"), tmp_path)

    assert list(tmp_path.iterdir()) == []
