from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients


@pytest.fixture
def site(clients: Clients, bucket: str) -> str:
    """A bucket that everybody may read, as a website without an error document."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    clients.s3.delete_public_access_block(Bucket=bucket)
    clients.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    clients.s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    put(clients, bucket, "index.html", b"<h1>home</h1>")
    return bucket


def put(clients: Clients, bucket: str, key: str, body: bytes, **other: Any) -> None:
    own = {"ContentType": "text/html", "CacheControl": "no-cache"} | other
    clients.s3.put_object(Bucket=bucket, Key=key, Body=body, **own)


@pytest.mark.parametrize("path", ["", "index.html", "?version=1"])
def test_the_root_is_the_index_document_byte_for_byte(site: str, ask: Callable[..., Any], path: str) -> None:
    answer = ask(f"/_website/{site}/{path}")

    assert (answer.status, answer.body) == (200, b"<h1>home</h1>")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/html", "no-cache")


def test_a_head_has_the_headers_and_no_body(site: str, ask: Callable[..., Any]) -> None:
    answer = ask(f"/_website/{site}/", method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == "13"


def test_an_address_without_its_slash_is_sent_to_the_one_with(
    clients: Clients, site: str, ask: Callable[..., Any]
) -> None:
    put(clients, site, "sub/index.html", b"sub")

    assert (ask(f"/_website/{site}").status, ask(f"/_website/{site}").headers["location"]) == (
        302,
        f"/_website/{site}/",
    )
    assert ask(f"/_website/{site}/sub").headers["location"] == f"/_website/{site}/sub/"
    assert ask(f"/_website/{site}/sub/").body == b"sub"


def test_a_key_of_any_letters_is_found(clients: Clients, site: str, ask: Callable[..., Any]) -> None:
    put(clients, site, "a b/ü%&+.html", b"letters")

    assert ask(f"/_website/{site}/a%20b/%C3%BC%25%26%2B.html").body == b"letters"


def test_what_is_missing_gives_the_error_document_or_a_page(
    clients: Clients, site: str, ask: Callable[..., Any]
) -> None:
    plain = ask(f"/_website/{site}/<nothing>")
    clients.s3.put_bucket_website(
        Bucket=site,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}},
    )
    put(clients, site, "error.html", b"sorry")

    own = ask(f"/_website/{site}/nothing")

    assert plain.status == 404
    assert b"<h1>404 Not Found</h1>" in plain.body
    assert b"<nothing>" not in plain.body
    assert (own.status, own.body) == (404, b"sorry")


def test_an_unchanged_page_is_not_sent_again(site: str, ask: Callable[..., Any]) -> None:
    tag = ask(f"/_website/{site}/").headers["etag"]

    answer = ask(f"/_website/{site}/", headers={"If-None-Match": tag})

    assert (answer.status, answer.body) == (304, b"")


def test_a_part_of_a_file_is_sent_where_it_is_asked_for(site: str, ask: Callable[..., Any]) -> None:
    part = ask(f"/_website/{site}/index.html", headers={"Range": "bytes=4-7"})
    beyond = ask(f"/_website/{site}/index.html", headers={"Range": "bytes=99-"})

    assert (part.status, part.body, part.headers["content-range"]) == (206, b"home", "bytes 4-7/13")
    assert (beyond.status, beyond.headers["content-type"]) == (416, "text/html; charset=utf-8")


def test_what_is_compressed_is_sent_as_it_lies_there(clients: Clients, site: str, ask: Callable[..., Any]) -> None:
    put(clients, site, "app.js.br", b"compressed", ContentEncoding="br", ContentType="text/javascript")

    answer = ask(f"/_website/{site}/app.js.br", headers={"Accept-Encoding": "identity"})

    assert (answer.body, answer.headers["content-encoding"]) == (b"compressed", "br")
    assert answer.headers["content-type"] == "text/javascript"


def test_a_head_of_what_is_missing_has_the_status_and_no_body(site: str, ask: Callable[..., Any]) -> None:
    answer = ask(f"/_website/{site}/nothing", method="HEAD")

    assert (answer.status, answer.body) == (404, b"")


def test_an_object_and_a_rule_send_elsewhere(clients: Clients, site: str, ask: Callable[..., Any]) -> None:
    put(clients, site, "moved.html", b"", WebsiteRedirectLocation="/index.html")
    rule: Any = {
        "Condition": {"KeyPrefixEquals": "old/"},
        "Redirect": {"ReplaceKeyPrefixWith": "new/", "HttpRedirectCode": "302"},
    }
    clients.s3.put_bucket_website(
        Bucket=site, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": [rule]}
    )

    by_object, by_rule = ask(f"/_website/{site}/moved.html"), ask(f"/_website/{site}/old/a.html")

    assert (by_object.status, by_object.headers["location"]) == (301, f"/_website/{site}/index.html")
    assert (by_rule.status, by_rule.headers["location"]) == (302, f"/_website/{site}/new/a.html")


def test_what_a_page_names_by_its_path_from_the_root_is_found(site: str, ask: Callable[..., Any]) -> None:
    answer = ask("/guide/a.html?b=1", headers={"Referer": f"http://127.0.0.1:4566/_website/{site}/index.html"})

    assert (answer.status, answer.headers["location"]) == (307, f"/_website/{site}/guide/a.html?b=1")


def test_a_bucket_that_strangers_may_not_read_is_no_site_to_them(
    clients: Clients, site: str, ask: Callable[..., Any]
) -> None:
    clients.s3.delete_bucket_policy(Bucket=site)

    assert ask(f"/_website/{site}/").status == 403


def test_a_bucket_without_a_website_configuration_is_no_site(
    clients: Clients, site: str, ask: Callable[..., Any]
) -> None:
    clients.s3.delete_bucket_website(Bucket=site)

    answer = ask(f"/_website/{site}/")

    assert answer.status == 404
    assert b"no website configuration" in answer.body


def test_nothing_can_be_written(site: str, ask: Callable[..., Any]) -> None:
    assert ask(f"/_website/{site}/index.html", method="PUT", data=b"mine").status == 405
    assert ask(f"/_website/{site}/").body == b"<h1>home</h1>"


def test_pages_of_elsewhere_may_read_what_the_cors_of_the_bucket_says(
    clients: Clients, site: str, ask: Callable[..., Any]
) -> None:
    rule: Any = {"AllowedOrigins": ["http://app.example"], "AllowedMethods": ["GET"]}
    clients.s3.put_bucket_cors(Bucket=site, CORSConfiguration={"CORSRules": [rule]})
    allowed, evil = ({"Origin": f"http://{host}.example"} for host in ("app", "evil"))
    preflight = {"Access-Control-Request-Method": "GET"}

    answers = {
        (method, name): ask(f"/_website/{site}/index.html", method=method, headers=headers | preflight)
        for method in ("GET", "OPTIONS")
        for name, headers in (("app", allowed), ("evil", evil))
    }

    origins = {case: answer.headers.get("access-control-allow-origin") for case, answer in answers.items()}
    assert origins == {
        ("GET", "app"): "http://app.example",
        ("GET", "evil"): None,
        ("OPTIONS", "app"): "http://app.example",
        ("OPTIONS", "evil"): None,
    }
    assert [answers[case].status for case in (("GET", "app"), ("OPTIONS", "app"), ("OPTIONS", "evil"))] == [
        200,
        200,
        403,
    ]
