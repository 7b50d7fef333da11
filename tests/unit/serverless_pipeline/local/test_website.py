from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams, website
from serverless_pipeline.local.redirection import Rule, Target
from serverless_pipeline.local.reply import say
from serverless_pipeline.local.website import Site
from tests.support.asgi import Response, answer, scope

if TYPE_CHECKING:
    from serverless_pipeline.local.reply import Receive, Scope, Send

pytestmark = pytest.mark.usefixtures("empty_ministack")

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
INDEX = "<IndexDocument><Suffix>home.html</Suffix></IndexDocument>"
ERROR = "<ErrorDocument><Key>sorry.html</Key></ErrorDocument>"


def configuration(*elements: str) -> str:
    return f"<WebsiteConfiguration {NAMESPACE}>{''.join(elements)}</WebsiteConfiguration>"


@dataclass
class S3:
    """S3 of a MiniStack: what strangers may read, the status of all else, and the requests it got."""

    objects: dict[str, bytes] = field(default_factory=dict)
    refusal: int = 404
    requests: list[Scope] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests.append(scope)
        self.bodies.append(await receive())
        if scope["path"] in self.objects:
            await say(send, 200, self.objects[scope["path"]].decode(), "text/x-own", self.headers)
        else:
            await say(send, self.refusal, "<Error>of S3</Error>")

    def paths(self) -> list[tuple[str, str]]:
        return [(request["method"], request["path"]) for request in self.requests]


@pytest.fixture
def s3() -> S3:
    seams.BUCKET_WEBSITES.replace({"site": configuration(INDEX), "kind": configuration(INDEX, ERROR)})
    return S3({"/site/home.html": b"home", "/site/sub/home.html": b"sub", "/site/a.html": b"a"})


def ask(s3: S3, path: str, method: str = "GET", **headers: str) -> Response:
    return answer(lambda send: website.serve(s3.serve, scope(f"/_website/{path}", method, **headers), send))


@pytest.mark.parametrize(
    ("path", "body"), [("site/", b"home"), ("site/sub/", b"sub"), ("site/a.html", b"a"), ("site/sub/home.html", b"sub")]
)
def test_a_page_is_the_object_and_a_folder_its_index_document(s3: S3, path: str, body: bytes) -> None:
    response = ask(s3, path)

    assert (response.status, response.body, response.headers["content-type"]) == (200, body, "text/x-own")
    assert len(s3.requests) == 1


def test_an_object_is_read_as_a_stranger_reads_it(s3: S3) -> None:
    headers = {
        "range": "bytes=0-1",
        "if_none_match": "tag",
        "if_match": "tag",
        "If_Modified_Since": "then",
        "if_unmodified_since": "then",
    }
    request = scope("/_website/site/a b/ü.html", "HEAD", **headers, authorization="AWS4", cookie="x", x_amz_acl="y")

    answer(lambda send: website.serve(s3.serve, request | {"query_string": b"versionId=1"}, send))

    (seen,) = s3.requests[:1]
    assert seen["method"] == "HEAD"
    assert (seen["path"], seen["raw_path"]) == ("/site/a b/ü.html", b"/site/a%20b/%C3%BC.html")
    assert seen["query_string"] == b""
    assert seen["headers"] == [
        (b"host", b"127.0.0.1:4566"),
        (b"range", b"bytes=0-1"),
        (b"if-none-match", b"tag"),
        (b"if-match", b"tag"),
        (b"If-Modified-Since", b"then"),
        (b"if-unmodified-since", b"then"),
    ]
    assert s3.bodies[0] == {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize(("path", "location"), [("site", "/_website/site/"), ("a%b", "/_website/a%25b/")])
def test_a_site_without_its_slash_is_sent_to_the_one_with(s3: S3, path: str, location: str) -> None:
    response = ask(s3, path)

    assert (response.status, response.headers["location"], response.body) == (302, location, b"")
    assert s3.requests == []


def test_a_folder_without_its_slash_is_sent_to_the_one_with(s3: S3) -> None:
    s3.objects["/site/ü b/home.html"] = b"deep"

    response = ask(s3, "site/ü b", range="bytes=0-1", if_match="tag")

    assert (response.status, response.headers["location"], response.body) == (302, "/_website/site/%C3%BC%20b/", b"")
    assert s3.paths() == [("GET", "/site/ü b"), ("HEAD", "/site/ü b/home.html")]
    assert [name for name, _ in s3.requests[1]["headers"]] == [b"host"]


def test_a_folder_with_its_slash_is_not_sent_on(s3: S3) -> None:
    s3.objects["/site/sub/home.html/home.html"] = s3.objects.pop("/site/sub/home.html")

    assert ask(s3, "site/sub/").status == 404
    assert s3.paths() == [("GET", "/site/sub/home.html")]


@pytest.mark.parametrize(
    ("status", "title", "code"), [(404, "404 Not Found", "NoSuchKey"), (403, "403 Forbidden", "AccessDenied")]
)
def test_what_is_missing_or_refused_gives_a_page_of_ours(s3: S3, status: int, title: str, code: str) -> None:
    s3.refusal = status

    response = ask(s3, "site/<nothing>")

    assert (response.status, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert response.body.decode() == (
        f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{code}</p>"
        "<p>/_website/site/&lt;nothing&gt; of the bucket site</p></html>\n"
    )


@pytest.mark.parametrize("status", [403, 404])
def test_an_error_document_has_the_status_of_the_error(s3: S3, status: int) -> None:
    s3.refusal = status
    s3.objects["/kind/sorry.html"] = b"sorry"

    response = ask(s3, "kind/nothing", range="bytes=0-1", if_none_match="tag")

    assert (response.status, response.body, response.headers["content-type"]) == (status, b"sorry", "text/x-own")
    assert s3.paths()[-1] == ("GET", "/kind/sorry.html")
    assert [name for name, _ in s3.requests[-1]["headers"]] == [b"host"]


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (416, "InvalidRange"), (503, "")])
def test_another_refusal_has_its_page_and_is_no_folder(s3: S3, status: int, code: str) -> None:
    s3.refusal = status
    s3.objects["/site/a/home.html"] = b"folder"

    response = ask(s3, "site/a")

    assert response.status == status
    assert f"<p>{code}</p>".encode() in response.body or not code
    assert s3.paths() == [("GET", "/site/a")]


def test_the_fault_of_a_server_has_no_error_document(s3: S3) -> None:
    s3.refusal = 503
    s3.objects["/kind/sorry.html"] = b"sorry"

    assert b"503 Service Unavailable" in ask(s3, "kind/a.html").body


@pytest.mark.parametrize(
    ("location", "target"),
    [("/ü/b.html", "/_website/site/%C3%BC/b.html"), ("https://example.com/x", "https://example.com/x")],
)
def test_an_object_that_is_elsewhere_is_a_redirect(s3: S3, location: str, target: str) -> None:
    s3.headers = [(b"X-Amz-Website-Redirect-Location", location.encode())]

    response = ask(s3, "site/a.html")

    assert (response.status, response.headers["location"], response.body) == (301, target, b"")


def test_an_error_document_is_shown_wherever_it_says_it_is(s3: S3) -> None:
    s3.objects["/kind/sorry.html"] = b"sorry"
    s3.headers = [(b"x-amz-website-redirect-location", b"/a.html")]

    assert (ask(s3, "kind/nothing").status, ask(s3, "kind/nothing").body) == (404, b"sorry")


def test_all_requests_go_where_the_configuration_sends_them(s3: S3) -> None:
    target = "<HostName>example.com</HostName><Protocol>https</Protocol>"
    seams.BUCKET_WEBSITES.value["site"] = configuration(f"<RedirectAllRequestsTo>{target}</RedirectAllRequestsTo>")

    response = ask(s3, "site/a b.html")

    assert (response.status, response.headers["location"]) == (301, "https://example.com/a%20b.html")
    assert s3.requests == []


def test_a_rule_for_a_prefix_is_followed_whatever_is_there(s3: S3) -> None:
    route("<KeyPrefixEquals>a.</KeyPrefixEquals>", "<ReplaceKeyPrefixWith>b.</ReplaceKeyPrefixWith>")

    response = ask(s3, "site/a.html")

    assert (response.status, response.headers["location"]) == (301, "/_website/site/b.html")
    assert s3.requests == []


def test_a_rule_for_an_error_is_followed_where_there_is_no_such_folder(s3: S3) -> None:
    found = "<ReplaceKeyWith>found.html</ReplaceKeyWith><HttpRedirectCode>307</HttpRedirectCode>"
    route("<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>", found)

    assert ask(s3, "site/a.html").body == b"a"
    assert ask(s3, "site/sub").headers["location"] == "/_website/site/sub/"
    assert (ask(s3, "site/x").status, ask(s3, "site/x").headers["location"]) == (307, "/_website/site/found.html")


def route(condition: str, redirect: str) -> None:
    rule = f"<RoutingRule><Condition>{condition}</Condition><Redirect>{redirect}</Redirect></RoutingRule>"
    seams.BUCKET_WEBSITES.value["site"] = configuration(INDEX, f"<RoutingRules>{rule}</RoutingRules>")


def test_an_error_document_that_is_missing_itself_is_replaced_by_our_page(s3: S3) -> None:
    response = ask(s3, "kind/nothing")

    assert response.status == 404
    assert b"<h1>404 Not Found</h1>" in response.body


def test_an_answer_without_a_body_is_passed_on_with_its_status(s3: S3) -> None:
    s3.refusal = 304

    assert ask(s3, "site/a.html/b").status == 304


def test_a_bucket_without_a_configuration_is_no_site(s3: S3) -> None:
    response = ask(s3, "other/a.html")

    assert response.status == 404
    assert b"<p>The bucket other has no website configuration, or there is no such bucket.</p>" in response.body
    assert s3.requests == []


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_nothing_can_be_written(s3: S3, method: str) -> None:
    response = ask(s3, "site/a.html", method)

    assert response.status == 405
    assert response.body.endswith(
        b"<h1>405 Method Not Allowed</h1><p>A website answers GET and HEAD only.</p></html>\n"
    )
    assert s3.requests == []


@pytest.mark.parametrize(
    ("elements", "site"),
    [
        ((INDEX, ERROR), Site("shop", "home.html", "sorry.html")),
        ((INDEX,), Site("shop", "home.html", "")),
        ((), Site("shop", "index.html", "")),
        (("<ErrorDocument><Key/></ErrorDocument>",), Site("shop", "index.html", "")),
        (
            ("<RedirectAllRequestsTo><HostName>h</HostName></RedirectAllRequestsTo>",),
            Site("shop", "index.html", "", Target("h")),
        ),
        (
            (INDEX, "<RoutingRules><RoutingRule><Redirect/></RoutingRule></RoutingRules>"),
            Site("shop", "home.html", "", rules=(Rule("", 0, Target()),)),
        ),
    ],
)
def test_a_site_is_read_from_its_configuration(elements: tuple[str, ...], site: Site) -> None:
    assert Site.from_configuration("shop", configuration(*elements)) == site


def test_what_nobody_listens_to_is_dropped() -> None:
    asyncio.run(website._unheard({}))


def test_a_page_of_elsewhere_is_asked_about_at_the_bucket(s3: S3) -> None:
    preflight = {"access_control_request_method": "GET", "access_control_request_headers": "x-a"}

    ask(s3, "site/a.html", origin="http://app.example")
    response = ask(s3, "site/a.html", "OPTIONS", origin="http://app.example", cookie="x", **preflight)

    read, asked = s3.requests
    assert (b"origin", b"http://app.example") in read["headers"]
    assert (asked["method"], asked["path"]) == ("OPTIONS", "/site/a.html")
    assert dict(asked["headers"]).keys() == website.CORS
    assert response.body == b"a"


def test_a_preflight_of_a_bucket_that_is_no_website_is_asked_nowhere(s3: S3) -> None:
    assert ask(s3, "other/a.html", "OPTIONS", origin="http://app.example").status == 404
    assert s3.requests == []
