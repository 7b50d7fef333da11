from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudfront import origin
from serverless_pipeline.local.cloudfront.cache import Cache, Key
from serverless_pipeline.local.cloudfront.origin import VIEWING, Viewing

if TYPE_CHECKING:
    from serverless_pipeline.local.cloudfront.cache import Answer

    from .conftest import Make

pytestmark = pytest.mark.usefixtures("policies")

BEHAVIOR = {"cache_policy_id": "own", "path_pattern": None, "origin_request_policy_id": "more"}
ERRORS = (
    "<CustomErrorResponses><Items><CustomErrorResponse><ErrorCode>404</ErrorCode></CustomErrorResponse></Items>"
    "</CustomErrorResponses>"
)


@dataclass
class Origin:
    """An origin, the requests it got, and what time it is."""

    answer: Answer = (200, "OK", {"etag": '"1"', "cache-control": "max-age=60"}, b"0123456789")
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    now: float = 100.0

    async def fetch(self, _origin: Any, method: str, uri: str, _query: str, headers: Any, *_: Any) -> Answer:
        self.asked.append((method, uri, dict(headers)))
        return self.answer

    def clock(self) -> float:
        return self.now


@dataclass
class Edge:
    """An edge of a distribution before the origin."""

    origin: Origin
    distribution: dict[str, Any]
    cache: Cache = field(default_factory=Cache)
    results: list[str] = field(default_factory=list)

    def ask(self, uri: str = "/a", method: str = "GET", *, query: str = "", path: str = "/a", **headers: str) -> Answer:
        """What a viewer is answered; an underscore in a header's name stands for a hyphen."""
        fetch = origin.caching(self.origin.fetch, self.cache, self.origin.clock)
        viewing = Viewing(self.distribution, path)
        asked = {name.replace("_", "-"): value for name, value in headers.items()}

        async def run() -> Answer:
            VIEWING.set(viewing)
            return await fetch({}, method, uri, query, asked, b"", True, "127.0.0.1", "", "arn")  # noqa: FBT003 - MiniStack's

        answer = asyncio.run(run())
        self.results = viewing.results
        return answer


@pytest.fixture
def edge(distribution: Make) -> Edge:
    seams.PARSE_DISTRIBUTION.replace(lambda _distribution: "parsed")
    seams.MATCH_BEHAVIOR.replace(lambda _parsed, _path: BEHAVIOR)
    seams.FORWARDING_PREDICATES.replace(predicates)
    return Edge(Origin(), distribution(ERRORS))


def predicates(behavior: dict[str, Any]) -> tuple[Any, Any, Any]:
    """A cache policy that looks at one header, one cookie and one part of the query; another policy hands on more."""
    if behavior["origin_request_policy_id"]:
        return (lambda _name: True,) * 3
    return (lambda name: name == "accept-language"), (lambda name: name == "user"), (lambda name: name == "v")


def test_an_origin_is_asked_once_until_the_file_expires(edge: Edge) -> None:
    first, missed = edge.ask(), edge.results
    edge.origin.now += 59
    second, hit = edge.ask(), edge.results
    edge.origin.now += 1
    edge.ask()

    assert first == edge.origin.answer
    assert second == (200, "OK", first[2] | {"age": "59"}, first[3])
    assert (missed, hit) == ([origin.MISS], [origin.HIT])
    assert len(edge.origin.asked) == 2


def test_a_file_is_fetched_whole_whatever_is_asked_for(edge: Edge) -> None:
    part = edge.ask(range="bytes=2-3", if_none_match='"2"', accept_language="de")
    same = edge.ask(if_none_match='"1"', accept_language="de")

    assert (part[0], part[3], same[0]) == (206, b"23", 304)
    assert edge.origin.asked == [("GET", "/a", {"accept-language": "de"})]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({"query": "v=1"}, {"query": "v=2"}, False),
        ({"query": "w=1"}, {"query": "w=2"}, True),
        ({"accept_language": "de"}, {"accept_language": "fr"}, False),
        ({"accept": "a"}, {"accept": "b"}, True),
        ({"cookie": "user=1; x=1"}, {"cookie": "user=2; x=1"}, False),
        ({"cookie": "user=1; x=1"}, {"cookie": "x=2;user=1"}, True),
        ({"uri": "/a"}, {"uri": "/b"}, False),
    ],
)
def test_what_the_cache_policy_looks_at_makes_another_file(
    edge: Edge,
    one: dict[str, Any],
    other: dict[str, Any],
    is_same: bool,  # noqa: FBT001 - what is looked at
) -> None:
    edge.ask(**one)
    edge.ask(**other)

    assert len(edge.origin.asked) == (1 if is_same else 2)


def test_a_head_is_answered_from_what_is_kept_and_keeps_nothing(edge: Edge) -> None:
    edge.ask(method="HEAD", range="bytes=0-1")
    missed = edge.results
    edge.ask()
    edge.ask(method="HEAD")

    assert [(method, headers) for method, _, headers in edge.origin.asked] == [
        ("HEAD", {"range": "bytes=0-1"}),
        ("GET", {}),
    ]
    assert (missed, edge.results) == ([origin.MISS], [origin.HIT])


def test_another_method_is_the_origins(edge: Edge) -> None:
    edge.ask()
    edge.ask(method="POST")

    assert [method for method, _, _ in edge.origin.asked] == ["GET", "POST"]
    assert edge.results == []


def test_an_error_is_kept_for_its_time(edge: Edge) -> None:
    edge.origin.answer = (404, "Not Found", {}, b"missing")

    first, missed = edge.ask(), edge.results
    second, kept = edge.ask(), edge.results
    edge.origin.now += 10
    edge.ask()

    assert (first[0], second[0]) == (404, 404)
    assert missed == kept == [origin.ERROR]
    assert len(edge.origin.asked) == 2


def test_what_must_not_be_kept_is_not(edge: Edge) -> None:
    edge.origin.answer = (403, "Forbidden", {}, b"")

    edge.ask()
    edge.ask()

    assert len(edge.origin.asked) == 2


def test_a_page_for_an_error_is_of_the_behavior_of_its_own_path(edge: Edge) -> None:
    matched: list[str] = []

    def match(_parsed: str, path: str) -> dict[str, Any]:
        matched.append(path)
        return BEHAVIOR

    seams.MATCH_BEHAVIOR.replace(match)
    fetch = origin.caching(edge.origin.fetch, edge.cache, edge.origin.clock)

    async def run() -> None:
        VIEWING.set(Viewing(edge.distribution, "/viewed"))
        for uri in ("/rewritten", "/404.html"):
            await fetch({}, "GET", uri, "", {})

    asyncio.run(run())

    assert matched == ["/viewed", "/404.html"]


def test_without_a_viewer_an_origin_is_asked_each_time(edge: Edge) -> None:
    fetch = origin.caching(edge.origin.fetch, edge.cache, edge.origin.clock)

    async def run() -> None:
        for _ in range(2):
            await fetch({}, "GET", "/a", "", {})

    asyncio.run(run())

    assert len(edge.origin.asked) == 2


def test_the_key_is_made_of_what_the_cache_policy_names() -> None:
    seams.FORWARDING_PREDICATES.replace(predicates)
    headers = {"cookie": " user=1 ;; x=2", "accept-language": "de", "accept": "*"}

    key = origin.key_of(BEHAVIOR, "/a", "v=1&w=2&v=", headers)

    assert key == Key("/a", "v=1&v=", (("accept-language", "de"), ("cookie", "user=1")))


@dataclass
class S3:
    """A bucket of a MiniStack, and who may list it."""

    answer: int = 403
    decision: str = "Allow"
    contexts: list[Any] = field(default_factory=list)

    def serve(self, bucket: str, key: str, *_: Any, source_arn: str = "", oai_id: str = "") -> Any:
        return self.answer, {}, f"{bucket}/{key} {source_arn}{oai_id}".encode()

    def evaluate(self, policy: str, context: Any, service: str) -> Any:
        assert (policy, service) == ("policy", "cloudfront.amazonaws.com")
        self.contexts.append(context)
        return SimpleNamespace(decision=self.decision)


@pytest.fixture
def s3() -> S3:
    s3 = S3()
    seams.BUCKETS.replace({"shop": {"objects": {"there": {}}}, "bare": {"objects": {}}})
    seams.BUCKET_POLICIES.replace({"shop": "policy"})
    seams.EVAL_CONTEXT.replace(SimpleNamespace)
    seams.GET_REGION.replace(lambda: "eu-west-1")
    seams.EVALUATE_RESOURCE_POLICY.replace(s3.evaluate)
    return s3


def ask(s3: S3, key: str, bucket: str = "shop") -> Any:
    return origin.telling(s3.serve)(bucket, key, "GET", {}, source_arn="arn")


def test_who_may_list_a_bucket_is_told_what_is_missing(s3: S3) -> None:
    status, headers, body = ask(s3, "a<b")

    assert (status, headers) == (404, {"Content-Type": "application/xml"})
    assert b"<Code>NoSuchKey</Code>" in body
    assert b"<Key>a&lt;b</Key>" in body
    (context,) = s3.contexts
    assert (context.action, context.resource_arn) == ("s3:ListBucket", "arn:aws:s3:::shop")
    assert context.service_context == {"aws:sourcearn": "arn"}


def test_who_may_not_list_it_is_told_nothing(s3: S3) -> None:
    s3.decision = "Deny"

    assert ask(s3, "missing")[0] == 403
    assert ask(s3, "missing", bucket="bare")[0] == 403


def test_what_is_there_and_denied_stays_denied(s3: S3) -> None:
    assert ask(s3, "there")[0] == 403
    assert s3.contexts == []


def test_what_is_served_is_served(s3: S3) -> None:
    s3.answer = 200

    assert ask(s3, "there") == (200, {}, b"shop/there arn")


def test_a_distribution_that_signs_nothing_has_no_name(s3: S3) -> None:
    assert origin.may_list("shop", "")
    assert s3.contexts[0].service_context == {}


def test_both_are_installed() -> None:
    seams.FETCH_FROM_ORIGIN.replace("fetch")
    seams.SERVE_CLOUDFRONT_ORIGIN_FETCH.replace("serve")

    origin.install(Cache())

    assert callable(seams.FETCH_FROM_ORIGIN.value)
    assert callable(seams.SERVE_CLOUDFRONT_ORIGIN_FETCH.value)
