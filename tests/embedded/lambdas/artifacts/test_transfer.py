"""Artifacts on the wire: real connections that break, and parts in the embedded AWS with a session of the pipeline."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3
import pytest
from boto3.s3.transfer import TransferConfig

from lambdas.artifacts import transfer
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from serverless_pipeline.aws import Clients

PARTS = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024, max_concurrency=1)
CONTENT = os.urandom(3_000_000)


class Server(ThreadingHTTPServer):
    """An S3 whose first answers are cut off in the middle, as many as `cuts`."""

    def __init__(self, cuts: int) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.cuts = cuts
        self.requests = 0


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        is_whole = self.server.requests > self.server.cuts
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if is_whole else CONTENT[: len(CONTENT) // 2])
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


Serve: TypeAlias = Callable[[int], tuple[Server, "S3Client"]]


@pytest.fixture
def cut_off() -> Iterator[Serve]:
    """Serve an object whose first so many answers break off; the server and a client of it."""
    servers = []

    def serve(cuts: int) -> tuple[Server, S3Client]:
        server = Server(cuts)
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


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Three parts of 5 MB, the last one shorter."""
    path = tmp_path / "site.zip"
    path.write_bytes(os.urandom(12 * 1024 * 1024))
    return path


def test_an_input_that_breaks_off_is_fetched_again_and_arrives_whole(cut_off: Serve, tmp_path: Path) -> None:
    server, store = cut_off(2)

    package = transfer.fetch(store, Artifact("SourceOutput", "bucket", "key"), tmp_path)

    assert package.read_bytes() == CONTENT
    assert server.requests == 3


def test_an_input_that_always_breaks_off_is_named_and_no_part_of_it_stays(cut_off: Serve, tmp_path: Path) -> None:
    _, store = cut_off(100)

    with pytest.raises(JobError, match="SourceOutput broke off each of 4 times it was fetched from s3://bucket/key"):
        transfer.fetch(store, Artifact("SourceOutput", "bucket", "key"), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_input_that_is_not_there_is_told_though_the_session_may_not_list(
    session: S3Client, output: Artifact, tmp_path: Path
) -> None:
    with pytest.raises(JobError, match=f"DistSiteOutput is not at {output.url}"):
        transfer.fetch(session, output, tmp_path)


def test_a_large_output_goes_in_parts_with_the_jobs_own_session(
    clients: Clients, session: S3Client, output: Artifact, package: Path
) -> None:
    transfer.deliver(session, output, package, None, transfer=PARTS)

    answer = clients.s3.get_object(Bucket=output.bucket, Key=output.key)
    assert answer["ETag"].endswith('-3"')
    assert answer["Body"].read() == package.read_bytes()


def test_an_output_that_fails_half_way_leaves_no_parts(
    clients: Clients, session: S3Client, output: Artifact, package: Path
) -> None:
    def break_down(params: dict[str, Any], **_: Any) -> None:
        if params["query_string"]["partNumber"] == 3:
            raise ConnectionResetError("reset by peer")

    session.meta.events.register("before-call.s3.UploadPart", break_down)

    with pytest.raises(ConnectionResetError):
        transfer.deliver(session, output, package, None, transfer=PARTS)

    assert clients.s3.list_multipart_uploads(Bucket=output.bucket).get("Uploads", []) == []
    assert clients.s3.list_objects_v2(Bucket=output.bucket).get("Contents", []) == []
