from __future__ import annotations

import base64
import hashlib
import socket
import time
from dataclasses import FrozenInstanceError, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from lambdas.delivery import upload
from lambdas.delivery.upload import NotUploaded, Place, Upload, Uploader
from lambdas.job.ending import Failed, JobError
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREDENTIALS = ReadOnlyCredentials("AKIDEXAMPLE", "a-secret", "a-token")
HEADERS = {"Content-Type": "text/html"}
DENIED = "<Error><Code>AccessDenied</Code><Message>no right</Message></Error>"
SLOW = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
DAMAGED = "<Error><Code>BadDigest</Code><Message>The Content-MD5 did not match.</Message></Error>"


class S3(ThreadingHTTPServer):
    """Answers as `answers` say, then with 200; a status of 0 breaks the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, str]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status, text = self.server.answers.pop(0) if self.server.answers else (200, "")
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def s3() -> Iterator[S3]:
    with S3() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def uploader(s3: S3, pauses: list[float]) -> Uploader:
    place = Place(f"http://127.0.0.1:{s3.server_port}/site/", "eu-west-1")
    return Uploader(place, CREDENTIALS, upload.session(), time.monotonic() + 900, sleep=pauses.append)


def test_a_file_goes_to_its_key_signed_with_its_headers_and_its_digest(
    s3: S3, uploader: Uploader, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"<p>")

    uploader.put(Upload("a b/ü+~.html", path, HEADERS))

    ((target, headers, body),) = s3.requests
    assert (target, body) == ("/site/a%20b/%C3%BC%2B~.html", b"<p>")
    assert headers["content-length"] == "3"
    assert headers["content-type"] == "text/html"
    assert headers["content-md5"] == base64.b64encode(hashlib.md5(b"<p>", usedforsecurity=False).digest()).decode()
    assert headers["x-amz-content-sha256"] == hashlib.sha256(b"<p>").hexdigest()
    assert headers["x-amz-security-token"] == "a-token"
    assert "AKIDEXAMPLE" in headers["authorization"]
    assert "/eu-west-1/s3/aws4_request" in headers["authorization"]


@pytest.mark.parametrize(
    "answer",
    [
        (500, ""),
        (503, SLOW),
        (429, ""),
        (400, DAMAGED),
        (400, "<Error><Code>RequestTimeout</Code></Error>"),
        (409, "<Error><Code>OperationAborted</Code></Error>"),
        (0, ""),
    ],
)
def test_what_may_pass_is_tried_again_with_the_whole_content(
    s3: S3, uploader: Uploader, pauses: list[float], answer: tuple[int, str]
) -> None:
    s3.answers = [answer, answer]

    uploader.put(Upload("a.html", b"<p>", HEADERS))

    assert [body for _, _, body in s3.requests] == [b"<p>"] * 3
    assert pauses == [0.1, 0.2]


def test_a_server_that_stays_busy_is_left_with_the_name_of_the_file(
    s3: S3, uploader: Uploader, pauses: list[float]
) -> None:
    s3.answers = [(503, SLOW)] * 100

    with pytest.raises(NotUploaded, match=r"a\.html was not uploaded: AWS was too busy .*\(SlowDown\)"):
        uploader.put(Upload("a.html", b"<p>", HEADERS))

    assert len(s3.requests) == 7
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]


def test_what_to_do_about_a_server_that_stays_busy_is_for_the_caller_to_say(s3: S3, uploader: Uploader) -> None:
    s3.answers = [(503, SLOW)] * 100

    with pytest.raises(NotUploaded, match="; roll back again: Please reduce your request rate"):
        replace(uploader, retry="roll back again").put(Upload("a.html", b"<p>", HEADERS))


def test_a_pause_that_would_pass_the_deadline_is_not_begun(
    s3: S3, uploader: Uploader, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.answers = [(503, SLOW)] * 100
    monkeypatch.setattr(upload, "time", SimpleNamespace(monotonic=lambda: 100.0))

    with pytest.raises(NotUploaded, match="AWS was too busy"):
        replace(uploader, deadline=100.2).put(Upload("a.html", b"<p>", HEADERS))

    assert pauses == [0.1, 0.2]


def test_a_refusal_without_a_code_is_told_by_its_status(s3: S3, uploader: Uploader) -> None:
    s3.answers = [(300, "")]

    with pytest.raises(NotUploaded, match=r"a\.html was not uploaded: AWS refused PutObject: +\(300\)"):
        uploader.put(Upload("a.html", b"<p>", HEADERS))


def test_a_refusal_is_final_and_a_matter_of_permission(s3: S3, uploader: Uploader) -> None:
    s3.answers = [(403, DENIED)]

    with pytest.raises(
        JobError, match=r"a\.html was not uploaded: AWS did not allow PutObject.*\(AccessDenied\)"
    ) as caught:
        uploader.put(Upload("a.html", b"<p>", HEADERS))

    assert caught.value.type == "PermissionError"
    assert len(s3.requests) == 1


def test_an_upload_may_begin_at_the_last_moment(s3: S3, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "time", SimpleNamespace(monotonic=lambda: 100.0))

    replace(uploader, deadline=100.0).put(Upload("a.html", b"<p>", HEADERS))

    assert len(s3.requests) == 1


def test_connections_are_as_many_as_uploads_and_hold_nothing_back() -> None:
    connections: Any = upload.session()

    assert upload.AT_ONCE == 32
    assert connections._max_pool_connections == 32
    assert connections._timeout == 30
    assert connections._socket_options == [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


def test_what_was_not_uploaded_is_final_unless_it_says_otherwise() -> None:
    error = NotUploaded("a.html", Failed("no right", "PermissionError"))

    assert (str(error), error.type, error.is_passing) == ("a.html was not uploaded: no right", "PermissionError", False)


def test_a_place_and_an_upload_do_not_change_on_their_way(uploader: Uploader) -> None:
    for thing, name in ((uploader, "deadline"), (uploader.place, "region"), (Upload("a", b"", {}), "key")):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, None)


def test_nothing_is_begun_when_the_time_is_up(s3: S3, uploader: Uploader) -> None:
    late = replace(uploader, deadline=0)

    with pytest.raises(NotUploaded, match=r"a\.html was not uploaded: the time was up; retry the stage, it goes on"):
        late.put(Upload("a.html", b"<p>", HEADERS))

    assert s3.requests == []


def test_a_server_that_is_not_there_is_named(uploader: Uploader) -> None:
    nowhere = replace(uploader, place=Place("http://127.0.0.1:1/site/", "eu-west-1"))

    with pytest.raises(NotUploaded, match=r"a\.html was not uploaded: .*127\.0\.0\.1:1"):
        nowhere.put(Upload("a.html", b"<p>", HEADERS))


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        (None, "https://site.s3.eu-west-1.amazonaws.com/"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/site/"),
    ],
)
def test_objects_are_where_the_client_itself_would_put_them(endpoint: str | None, address: str) -> None:
    client = session().client("s3", endpoint_url=endpoint)

    assert upload.place_of(client, "site") == Place(address, "eu-west-1")


def test_a_bucket_elsewhere_is_signed_for_where_it_is() -> None:
    client = session().client("s3", region_name="us-west-2")

    assert upload.place_of(client, "site") == Place("https://site.s3.us-west-2.amazonaws.com/", "us-west-2")


def test_a_client_that_was_asked_for_its_place_reaches_s3_as_before() -> None:
    client = session().client("s3")
    upload.place_of(client, "site")
    upload.place_of(client, "site")

    with stubbed(client) as stub:
        stub.add_response("put_object", {"ETag": "1"})
        response = client.put_object(Bucket="site", Key="key")

    assert response["ETag"] == "1"
