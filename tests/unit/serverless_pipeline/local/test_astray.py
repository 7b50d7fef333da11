from __future__ import annotations

import pytest

from serverless_pipeline.local import astray, seams
from tests.support.asgi import scope

SITE = "http://127.0.0.1:4566/_website/shop/guide/index.html?a=1"


@pytest.fixture(autouse=True)
def buckets(empty_ministack: None) -> None:  # noqa: ARG001 - seams lead there
    seams.BUCKETS.replace({"bucket": {}})


@pytest.mark.parametrize(
    ("referer", "root"),
    [
        (SITE, "/_website/shop"),
        ("http://localhost:4566/_cloudfront/d1/", "/_cloudfront/d1"),
        ("http://127.0.0.1:4566/_website/shop/style.css", "/_website/shop"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_page_wants_by_its_path_is_sent_to_its_site(referer: str, root: str, method: str) -> None:
    assert astray.place(scope("/ü b/style.css", method, referer=referer)) == f"{root}/%C3%BC%20b/style.css"


def test_the_query_goes_along() -> None:
    assert astray.place(scope("/a", referer=SITE) | {"query_string": b"v=1&w"}) == "/_website/shop/a?v=1&w"


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/a", "GET", {}),
        ("/a", "POST", {"referer": SITE}),
        ("/_website/other/a", "GET", {"referer": SITE}),
        ("/_aws/execute-api/x/test/", "GET", {"referer": SITE}),
        ("/bucket/a", "GET", {"referer": SITE}),
        ("/a", "GET", {"referer": SITE, "authorization": "AWS4-HMAC-SHA256"}),
        ("/a", "GET", {"referer": "http://127.0.0.1:4566/_pipeline/shop"}),
        ("/a", "GET", {"referer": "http://127.0.0.1:4566/_website/shop"}),
        ("/a", "GET", {"referer": "not an address"}),
    ],
)
def test_all_else_is_where_it_should_be(path: str, method: str, headers: dict[str, str]) -> None:
    assert astray.place(scope(path, method, **headers)) == ""


def test_an_address_that_is_signed_is_where_it_should_be() -> None:
    assert astray.place(scope("/a", referer=SITE) | {"query_string": b"X-Amz-Signature=1"}) == ""
