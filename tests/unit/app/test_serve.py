import contextlib
import json
import os
import re
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from app import serve
from app.serve import API, SITE, Server, event, temporary_table


def echo(received: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(received)}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(0, echo) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server.url
        server.shutdown()


def fetch(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=60) as response:
        content: bytes = response.read()
    return content


def status(url: str, method: str = "GET") -> int:
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(url, method)
    return raised.value.code


def test_the_root_is_the_page(url: str) -> None:
    assert fetch(url) == (SITE / "index.html").read_bytes()


def test_the_configuration_leads_to_the_api_on_the_same_port(url: str) -> None:
    with urllib.request.urlopen(url + "config.json?again", timeout=60) as response:
        config = json.loads(response.read())

    assert set(config) == {"apiBaseurl", "version"}
    assert config["apiBaseurl"] == url + "api/"
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Server"].startswith("SimpleHTTP")


def test_an_edit_makes_a_new_version(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    (tmp_path / "images").mkdir()  # the date of a folder is none of an edit
    with Server(0, echo, tmp_path) as server:
        before = server.config["version"]
        (tmp_path / "index.html").unlink()
        (tmp_path / "style.css").touch()
        os.utime(tmp_path / "style.css", (1700000000, 1700000000))
        after = server.config["version"]

    assert after == "20231114-221320"
    assert before != after


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_request_to_the_api_becomes_a_proxy_event(url: str, method: str) -> None:
    request = urllib.request.Request(
        url + "api//data?countsOnly=&a=b",
        b"x" if method == "POST" else None,
        {"Connection": "keep-alive"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        received = json.loads(response.read())

    assert received == event(method, "//data?countsOnly=&a=b", "127.0.0.1")
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json"


def test_the_event_has_the_shape_of_api_gateway() -> None:
    assert event("GET", "/increment?color=red&color=yellow", "192.0.2.1") == {
        "httpMethod": "GET",
        "path": "/increment",
        "queryStringParameters": {"color": "yellow"},
        "requestContext": {"identity": {"sourceIp": "192.0.2.1"}},
    }


def test_a_request_without_a_query_has_none_as_on_api_gateway() -> None:
    assert event("GET", "/data", "192.0.2.1")["queryStringParameters"] is None


@pytest.mark.parametrize("path", ["nowhere", "../serve.py", "%2e%2e/serve.py", "api"])
def test_nothing_but_the_site_is_served(url: str, path: str) -> None:
    assert status(url + path) == 404


def test_the_site_is_read_only(url: str) -> None:
    assert status(url + "index.html", "DELETE") == 405


def test_a_port_that_is_taken_is_an_error() -> None:
    with Server(0, echo) as server, pytest.raises(OSError, match="in use"):
        Server(server.server_port, echo)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="made", aws_secret_access_key="up")
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


VOTES = {
    "TableName": "Votes",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_the_table_lives_as_long_as_it_is_served(stub: Stubber) -> None:
    stub.add_response("create_table", {}, VOTES)
    stub.add_response("describe_table", {"Table": {"TableStatus": "ACTIVE"}}, {"TableName": "Votes"})

    with temporary_table(stub.client, "Votes"):
        stub.assert_no_pending_responses()
        stub.add_response("delete_table", {}, {"TableName": "Votes"})


def test_a_table_that_was_there_before_stays(stub: Stubber) -> None:
    stub.add_client_error("create_table", "ResourceInUseException")

    with temporary_table(stub.client, "Votes"):
        pass


def test_a_table_goes_when_serving_breaks_off(stub: Stubber) -> None:
    stub.add_response("create_table", {}, VOTES)
    stub.add_response("describe_table", {"Table": {"TableStatus": "ACTIVE"}}, {"TableName": "Votes"})
    stub.add_response("delete_table", {}, {"TableName": "Votes"})

    with pytest.raises(KeyboardInterrupt), temporary_table(stub.client, "Votes"):
        raise KeyboardInterrupt


def test_the_handler_is_the_one_that_lambda_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    import index

    monkeypatch.setattr(sys, "path", ["elsewhere", *sys.path])

    handler = serve.load()

    assert handler is index.handler
    assert sys.path[:2] == [str(API), "elsewhere"]


def test_it_serves_on_the_port_with_the_environment_until_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story: list[object] = []

    @contextlib.contextmanager
    def table(client: object, name: str) -> Iterator[None]:
        story.append(("table", client, name))
        yield
        story.append("no table")

    def serve_forever(server: Server) -> None:
        story.append(server.handler)
        raise KeyboardInterrupt

    environment = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "old", "HOME": "/home/a"}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(signal, "signal", lambda *words: story.append(words))
    monkeypatch.setattr(boto3, "client", lambda service: f"the client of {service}")
    monkeypatch.setattr(serve, "load", lambda: echo)
    monkeypatch.setattr(serve, "temporary_table", table)
    monkeypatch.setattr(Server, "serve_forever", serve_forever)

    serve.serve(0, "votes", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})

    assert environment == {"HOME": "/home/a", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "TABLE_NAME": "votes"}
    assert story == [
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.default_int_handler),
        ("table", "the client of dynamodb", "votes"),
        echo,
        "no table",
    ]
    assert re.fullmatch(r"Serving    http://127\.0\.0\.1:\d+/  \(Ctrl-C ends it\)\n", capsys.readouterr().out)


def test_it_says_nothing_of_each_request(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fetch(url)

    assert capsys.readouterr() == ("", "")
