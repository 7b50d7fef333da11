from __future__ import annotations

import pytest

from serverless_pipeline.local.cloudfront import cache
from serverless_pipeline.local.cloudfront.cache import MOST, Cache, Kept, Key, lifetime
from serverless_pipeline.local.cloudfront.configuration import Lifetimes
from tests.support.frozen import changeable

ANSWER = (200, "OK", {"etag": "1"}, b"body")
KEPT = Kept(ANSWER, 100.0, 110.0)
LIFETIMES = Lifetimes(5, 50, 500)


def test_what_is_kept_is_there_until_it_expires() -> None:
    own = Cache()
    own.keep("E1", Key("/a"), KEPT)

    assert own.find("E1", Key("/a"), 109.9) == KEPT
    assert own.find("E1", Key("/a"), 110.0) is None
    assert own.find("E1", Key("/b"), 100.0) is None
    assert own.find("E2", Key("/a"), 100.0) is None


def test_what_came_first_goes_if_there_is_too_much() -> None:
    own = Cache()
    for number in range(MOST):
        own.keep("E1", Key(f"/{number}"), KEPT)
    own.keep("E1", Key("/0"), KEPT)
    own.keep("E1", Key("/new"), KEPT)

    assert own.find("E1", Key("/1"), 100.0) is None
    assert own.find("E1", Key("/0"), 100.0) == KEPT


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("/a.html", Key("/a.html")),
        ("/*", Key("/a/b.html")),
        ("/a*", Key("/a/b.html", "x=1")),
        ("/a.html?x=1", Key("/a.html", "x=1")),
        ("/%C3%BC.html", Key("/%c3%bc.html")),
        ("/a.html", Key("/a.html", others=(("accept", "x"),))),
    ],
)
def test_an_invalidation_forgets_what_its_path_is_for(pattern: str, key: Key) -> None:
    own = Cache()
    own.keep("E1", key, KEPT)
    own.keep("E2", key, KEPT)

    own.forget("E1", pattern)

    assert own.find("E1", key, 100.0) is None
    assert own.find("E2", key, 100.0) == KEPT


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("/a.html", Key("/A.html")),
        ("/a.html", Key("/a.html", "x=1")),
        ("/a/", Key("/a/index.html")),
        ("/b*", Key("/a")),
    ],
)
def test_an_invalidation_leaves_everything_else(pattern: str, key: Key) -> None:
    own = Cache()
    own.keep("E1", key, KEPT)

    own.forget("E1", pattern)
    own.forget("nobody", "/*")

    assert own.find("E1", key, 100.0) == KEPT


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("max-age=60", 60),
        ("max-age=1", 5),
        ("max-age=9999", 500),
        ("public, max-age=60, s-maxage=70", 70),
        ('max-age="60"', 60),
        ("x-max-age=60", 50),
        ("", 50),
        ("public", 50),
        ("no-cache", 5),
        ("no-store, max-age=60", 5),
        ("private, max-age=60", 5),
    ],
)
def test_a_file_is_kept_as_its_origin_says_within_what_is_allowed(control: str, seconds: float) -> None:
    assert lifetime(200, {"cache-control": control}, LIFETIMES, {}) == seconds


def test_a_file_of_which_nothing_is_said_is_kept_for_the_usual_time() -> None:
    assert lifetime(200, {}, LIFETIMES, {}) == 50
    assert lifetime(200, {}, Lifetimes(60, 50, 500), {}) == 60


@pytest.mark.parametrize(
    ("status", "control", "errors", "seconds"),
    [
        (404, "", {}, 10),
        (503, "", {404: 60}, 10),
        (404, "", {404: 60}, 60),
        (404, "no-cache", {404: 60}, 60),
        (404, "max-age=90", {404: 60}, 90),
        (403, "", {}, 0),
        (403, "max-age=5", {}, 5),
        (403, "", {403: 10}, 10),
        (404, "", {404: 0}, 0),
    ],
)
def test_an_error_is_kept_for_its_own_time(status: int, control: str, errors: dict[int, float], seconds: float) -> None:
    assert lifetime(status, {"cache-control": control}, LIFETIMES, errors) == seconds


def test_what_travels_does_not_change() -> None:
    assert changeable(KEPT, Key("/a")) == []


def test_one_cache_is_the_process_own() -> None:
    assert isinstance(cache.CACHE, Cache)
