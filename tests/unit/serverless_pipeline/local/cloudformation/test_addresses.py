from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = "http://127.0.0.1:4600"


@pytest.fixture
def resolve(empty_ministack: None) -> Callable[..., Any]:  # noqa: ARG001 - it has to be empty first
    """Resolve a node, as MiniStack does: a test's nodes hold what they come to."""
    seams.REST_APIS.replace({"abc123": {}})
    seams.HTTP_APIS.replace({"def456": {"protocolType": "HTTP"}, "eee789": {"protocolType": "WEBSOCKET"}})
    seams.BUCKETS.replace({"shop-site.de": {}})
    seams.RESOLVE_FUNCTION_URL.replace({"url0": ("a function",)}.get)
    seams.RESOLVE_REFS.replace(lambda value, *_: next(iter(value.values())) if isinstance(value, dict) else value)
    seams.PARAMETER.replace(lambda parameters, name, default: parameters.get(name, [default])[0])
    seams.RESOLVE_DOCUMENT.replace(lambda *request: request)
    addresses.install(HERE)
    return seams.RESOLVE_REFS


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("https://abc123.execute-api.eu-west-1.amazonaws.com/Prod/hello", f"{HERE}/_aws/execute-api/abc123/Prod/hello"),
        ("https://def456.execute-api.us-east-1.amazonaws.com", f"{HERE}/_aws/execute-api/def456"),
        ("https://abc123.execute-api.cn-north-1.amazonaws.com.cn/x", f"{HERE}/_aws/execute-api/abc123/x"),
        ("http://def456.execute-api.127.0.0.1:4600", f"{HERE}/_aws/execute-api/def456"),
        ("wss://def456.execute-api.eu-west-1.amazonaws.com/dev", "ws://127.0.0.1:4600/_aws/execute-api/def456/dev"),
        ("http://eee789.execute-api.127.0.0.1:4600", "ws://127.0.0.1:4600/_aws/execute-api/eee789"),
        (
            "https://eee789.execute-api.eu-west-1.amazonaws.com/@connections",
            f"{HERE}/_aws/execute-api/eee789/@connections",
        ),
        ("https://url0.lambda-url.eu-west-1.on.aws/", f"{HERE}/_aws/lambda-url/url0/"),
        ("http://shop-site.de.s3-website-us-east-1.amazonaws.com", f"{HERE}/_website/shop-site.de"),
        ("http://shop-site.de.s3-website.eu-central-1.amazonaws.com/a", f"{HERE}/_website/shop-site.de/a"),
        ("https://shop-site.de.s3.amazonaws.com/key", f"{HERE}/shop-site.de/key"),
        ("https://shop-site.de.s3.eu-west-1.amazonaws.com/key", f"{HERE}/shop-site.de/key"),
        ("https://s3.eu-west-1.amazonaws.com/shop-site.de/key", f"{HERE}/shop-site.de/key"),
        ("https://s3.amazonaws.com/shop-site.de/key", f"{HERE}/shop-site.de/key"),
    ],
)
def test_an_address_of_what_is_here_is_one_that_answers(resolve: Callable[..., Any], address: str, here: str) -> None:
    assert resolve({"Fn::Sub": address}, {}, {}) == here


def test_every_address_in_a_text_is_looked_at(resolve: Callable[..., Any]) -> None:
    text = "api=https://abc123.execute-api.a-1.amazonaws.com/x site=http://shop-site.de.s3-website-a-1.amazonaws.com"

    resolved = resolve({"Fn::Join": text})

    assert resolved == f"api={HERE}/_aws/execute-api/abc123/x site={HERE}/_website/shop-site.de"


@pytest.mark.parametrize(
    "address",
    [
        "https://other9.execute-api.eu-west-1.amazonaws.com/Prod",
        "https://abc123.execute-api.eu-west-1.amazonaws.com.evil.example/",
        "abc123.execute-api.eu-west-1.amazonaws.com",
        "https://urlx.lambda-url.eu-west-1.on.aws/",
        "http://other.s3-website-us-east-1.amazonaws.com",
        "https://other.s3.amazonaws.com/key",
        "https://example.com/abc123.execute-api",
    ],
)
def test_an_address_of_what_is_elsewhere_stays(resolve: Callable[..., Any], address: str) -> None:
    assert resolve({"Fn::Sub": address}) == address


def test_what_a_template_says_in_plain_text_stays(resolve: Callable[..., Any]) -> None:
    text = "https://abc123.execute-api.eu-west-1.amazonaws.com/Prod"

    assert resolve(text) == text


@pytest.mark.parametrize("value", [7, None, ["https://abc123.execute-api.eu-west-1.amazonaws.com"], {"a": "b"}])
def test_what_is_no_text_stays(resolve: Callable[..., Any], value: Any) -> None:
    assert resolve({"Fn::If": value}) == value


@pytest.mark.usefixtures("resolve")
@pytest.mark.parametrize(
    "url", ["https://shop-site.de.s3.eu-west-1.amazonaws.com/a/b.yml", "https://s3.amazonaws.com/shop-site.de/a/b.yml"]
)
def test_a_template_is_fetched_from_here_whichever_way_its_bucket_is_named(url: str) -> None:
    request = seams.RESOLVE_DOCUMENT({"TemplateURL": [url], "Other": "x"}, "TemplateBody", "TemplateURL", "Template")

    parameters = {"TemplateURL": [f"{HERE}/shop-site.de/a/b.yml"], "Other": "x"}
    assert request == (parameters, "TemplateBody", "TemplateURL", "Template")


@pytest.mark.usefixtures("resolve")
@pytest.mark.parametrize("parameters", [{"TemplateURL": [f"{HERE}/bucket/key"]}, {"TemplateBody": ["{}"]}])
def test_other_requests_for_a_template_are_as_they_are(parameters: dict[str, list[str]]) -> None:
    request = seams.RESOLVE_DOCUMENT(parameters, "TemplateBody", "TemplateURL", "Template")

    assert request[0] == parameters
