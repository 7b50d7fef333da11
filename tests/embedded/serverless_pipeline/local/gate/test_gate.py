"""Attacks on a server that runs, and what is large and legitimate beside them."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import psutil
import pytest
from boto3.s3.transfer import S3Transfer, TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.embedded import endpoint_of
from tests.support.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serverless_pipeline.aws import Clients

MIB = 2**20
JSON = "application/x-amz-json-1.0"
TABLES = "DynamoDB_20120810.ListTables"
WORDS = ("put_object", "get_object")
EVIL = {"Origin": "http://evil.example"}


@pytest.fixture
def signer(clients: Clients) -> Signer:
    endpoint = endpoint_of(clients)
    return Signer(endpoint.url, endpoint.access_key_id, endpoint.secret_access_key)


@pytest.fixture
def server(ask: Callable[..., Any]) -> psutil.Process:
    return psutil.Process(json.loads(ask("/_local/health").body)["pid"])


@pytest.fixture
def raw(clients: Clients) -> Callable[..., bytes]:
    """Send bytes, and get what comes until the server ends the connection; empty if nothing comes."""
    address = urlsplit(endpoint_of(clients).url)

    def send(*parts: bytes) -> bytes:
        received = b""
        with socket.create_connection((address.hostname, address.port), 60) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                while data := connection.recv(65536):
                    received += data
            except (ConnectionError, TimeoutError):
                return received
        return received

    return send


class Peak:
    """How much memory a process took while something went on, in MiB."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._highest = 0

    def __enter__(self) -> Self:
        self._before = self._highest = self._process.memory_info().rss
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self._highest = max(self._highest, self._process.memory_info().rss)

    @property
    def grown(self) -> float:
        return (self._highest - self._before) / MIB


def of_version(clients: Clients, version: str) -> Any:
    """A client of S3 that signs addresses in a version."""
    endpoint = endpoint_of(clients)
    return clients.session.create_client(
        "s3",
        endpoint_url=endpoint.url,
        region_name=clients.region,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        config=Config(signature_version=version, s3={"addressing_style": "path"}),
    )


def bomb(mebibytes: int) -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(pack.compress(b"\0" * MIB) for _ in range(mebibytes)) + pack.flush()


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("POST / HTTP/1.1", "Host: 127.0.0.1", *lines, "")).encode()


def test_five_gigabytes_that_are_announced_are_refused_at_once(raw: Callable[..., bytes]) -> None:
    started = time.monotonic()

    answer = raw(head("Content-Length: 5368709120", "Content-Type: text/plain"), b"x" * 1024)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert time.monotonic() - started < 20


def test_a_gigabyte_of_nobody_takes_no_memory(raw: Callable[..., bytes], server: psutil.Process) -> None:
    with Peak(server) as peak:
        raw(head(f"Content-Length: {1024 * MIB}"), *[b"x" * MIB] * 1024)

    assert peak.grown < 64


@pytest.mark.parametrize("target", [TABLES, "CodePipeline_20150709.ListPipelines", "Logs_20140328.PutLogEvents"])
def test_a_bomb_of_nobody_is_not_unpacked(ask: Callable[..., Any], server: psutil.Process, target: str) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": JSON, "X-Amz-Target": target}

    with Peak(server) as peak:
        answer = ask("/", method="POST", data=bomb(512), headers=headers)

    assert answer.status in {400, 403}
    assert peak.grown < 64


def test_a_bomb_of_the_root_key_is_unpacked_as_far_as_a_body_may_be(
    ask: Callable[..., Any], signer: Signer, server: psutil.Process
) -> None:
    packed = bomb(1024)
    headers = signer.headers(
        "POST", "/", "dynamodb", packed, x_amz_target=TABLES, content_type=JSON, content_encoding="gzip"
    )

    with Peak(server) as peak:
        answer = ask("/", method="POST", data=packed, headers=headers)

    assert (answer.status, b"RequestEntityTooLargeException" in answer.body) == (413, True)
    assert peak.grown < 128


def test_a_page_of_elsewhere_gets_no_answer_and_has_no_effect(
    ask: Callable[..., Any], signer: Signer, clients: Clients, bucket: str
) -> None:
    path = f"/{bucket}/of-evil"
    signed = signer.headers("PUT", path, "s3", b"x")
    preflight = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}

    answers = [
        ask(path, method="OPTIONS", headers=EVIL | preflight),
        ask("/", method="OPTIONS", headers=EVIL | preflight),
        ask(path, method="PUT", data=b"x", headers=signed | EVIL),
        ask("/", method="POST", data=b"Action=ListRoles", headers=EVIL | {"Content-Type": "text/plain"}),
        ask("/_local/health", headers=EVIL),
        ask("/_pipeline/p", headers=EVIL),
    ]

    assert {answer.status for answer in answers} == {403}
    assert not [name for answer in answers for name in answer.headers if name.startswith("access-control")]
    assert clients.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_an_object_that_is_not_what_was_signed_is_not_kept(
    ask: Callable[..., Any], signer: Signer, clients: Clients, bucket: str
) -> None:
    path = f"/{bucket}/other"

    answer = ask(path, method="PUT", data=b"not this", headers=signer.headers("PUT", path, "s3", b"but that"))

    assert (answer.status, b"XAmzContentSHA256Mismatch" in answer.body) == (400, True)
    assert clients.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_addresses_that_are_signed_work_in_both_versions(
    ask: Callable[..., Any], clients: Clients, bucket: str
) -> None:
    for version in ("s3", "s3v4"):
        s3 = of_version(clients, version)
        place = {"Bucket": bucket, "Key": f"a b/{version}"}
        put, get = (s3.generate_presigned_url(name, place).removeprefix(endpoint_of(clients).url) for name in WORDS)

        assert ask(put, method="PUT", data=version.encode(), headers={"Content-Type": ""}).status == 200
        assert ask(get).body == version.encode()
        assert ask(get.replace(version, "other", 1)).status == 403


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_an_address_that_was_handed_on_serves_nothing_but_its_object(
    ask: Callable[..., Any], clients: Clients, bucket: str, version: str
) -> None:
    """Its body is not signed, and in the older version not even the rest of its query."""
    signed = of_version(clients, version).generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    url = signed.removeprefix(endpoint_of(clients).url)
    form = b"Action=CreateUser&Version=2010-05-08&UserName=evil"

    answers = [
        ask(f"{url}&{form.decode()}", method="PUT", data=b""),
        ask(url, method="PUT", data=form, headers={"Content-Type": "application/x-www-form-urlencoded"}),
        ask(url, method="PUT", data=b"{}", headers={"X-Amz-Target": TABLES}),
    ]

    assert {answer.status for answer in answers} <= {400, 403}
    assert "evil" not in {user["UserName"] for user in clients.iam.list_users()["Users"]}


def test_large_archives_come_in_parts(clients: Clients, bucket: str, tmp_path: Path, server: psutil.Process) -> None:
    large = tmp_path / "250.zip"
    with large.open("wb") as file:
        file.truncate(250 * MIB)
    config: Any = TransferConfig(multipart_chunksize=8 * MIB, max_concurrency=4)

    with Peak(server) as peak:
        S3Transfer(clients.s3, config).upload_file(str(large), bucket, "250.zip")

    assert clients.s3.head_object(Bucket=bucket, Key="250.zip")["ContentLength"] == 250 * MIB
    assert peak.grown < 1200  # MiniStack keeps the parts, and joins them


def test_a_function_of_fifty_megabytes_is_updated(clients: Clients, make: Callable[..., str]) -> None:
    name = make("def handler(event, context): return 1")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("index.py", "def handler(event, context): return 2")
        zipped.writestr("large", b"\0" * (50 * MIB - 1000))

    updated = clients.functions.update_function_code(FunctionName=name, ZipFile=archive.getvalue())

    assert updated["CodeSize"] > 49 * MIB


def test_a_function_that_is_larger_than_lambda_takes_is_refused(clients: Clients, make: Callable[..., str]) -> None:
    name = make("def handler(event, context): return 1")

    with pytest.raises(ClientError) as caught:
        clients.functions.update_function_code(FunctionName=name, ZipFile=b"\0" * 53 * MIB)

    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


@pytest.mark.parametrize(
    "lines",
    [
        b"GET / HTTP/1.1\r\nHost 127\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /?\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_malformed_head_is_answered_by_400(raw: Callable[..., bytes], lines: bytes) -> None:
    assert raw(lines).startswith(b"HTTP/1.1 400 ")


def test_a_head_that_is_too_large_is_refused(raw: Callable[..., bytes]) -> None:
    for lines in (b"X: " + b"a" * 70000, b"".join(b"X%d: a\r\n" % number for number in range(10000))):
        assert raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + lines + b"\r\n\r\n").startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g/\xff,SignedHeaders=;;;host,Signature=\xff",
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/r/nosuchservice/aws4_request,SignedHeaders=host,Signature=x",
        "AWS AKIA:xx",
        "AWS :",
    ],
)
def test_junk_for_a_signature_is_refused_at_once(raw: Callable[..., bytes], authorization: str) -> None:
    started = time.monotonic()

    answer = raw(head(f"Authorization: {authorization}", "Connection: close").decode().encode("latin-1"))

    assert answer.split()[1] in {b"400", b"403"}
    assert time.monotonic() - started < 10


@pytest.fixture
def held(clients: Clients) -> Iterator[Callable[[bytes], socket.socket]]:
    """Connections over which something was sent, and that stay open."""
    address = urlsplit(endpoint_of(clients).url)
    open_ones: list[socket.socket] = []

    def hold(data: bytes) -> socket.socket:
        connection = socket.create_connection((address.hostname, address.port), 120)
        connection.sendall(data)
        open_ones.append(connection)
        return connection

    yield hold
    for connection in open_ones:
        connection.close()


def test_heads_and_bodies_that_never_end_do_while_others_are_served(
    held: Callable[[bytes], socket.socket], signer: Signer, ask: Callable[..., Any]
) -> None:
    signed = signer.headers("POST", "/", "dynamodb", b"x" * 1000, x_amz_target=TABLES, content_length="1000")
    lines = [f"{name}: {value}" for name, value in signed.items() if name != "host"]
    address = urlsplit(signer.url).netloc
    asked = "\r\n".join(["POST / HTTP/1.1", f"Host: {address}", *lines, "", ""]).encode()
    heads = [held(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A") for _ in range(200)]
    bodies = [held(asked + b"x") for _ in range(50)]

    assert ask("/_local/health").status == 200
    answers = [connection.recv(100) for connection in bodies]
    ends = [connection.recv(100) for connection in heads]

    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert set(ends) == {b""}


def test_a_thousand_at_once_are_served(clients: Clients) -> None:
    address = urlsplit(endpoint_of(clients).url)
    asked = b"GET /_local/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    connections = [socket.create_connection((address.hostname, address.port), 120) for _ in range(1000)]

    for connection in connections:
        connection.sendall(asked)
    answers = [connection.recv(100) for connection in connections]

    for connection in connections:
        connection.close()
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}


@pytest.mark.parametrize("who", [("Host", "evil.example"), ("Origin", "http://evil.example")])
def test_a_page_of_elsewhere_opens_no_socket(raw: Callable[..., bytes], who: tuple[str, str]) -> None:
    headers = {"Host": "127.0.0.1", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    lines = [f"{name}: {value}" for name, value in (headers | dict([who])).items()]
    asked = ["GET /_aws/execute-api/abc/prod HTTP/1.1", *lines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]

    assert raw("\r\n".join(asked).encode()).startswith(b"HTTP/1.1 403 ")
