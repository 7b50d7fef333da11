"""A distribution keeps what it has until it expires or is invalidated, so that a missing invalidation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients
    from tests.support.sites import Site

    Ask = Callable[..., Any]


def test_a_file_is_kept_until_it_is_invalidated(site: Site, ask: Ask) -> None:
    site.put("a.html", "old")
    first = ask(f"{site.root}/a.html")
    site.put("a.html", "new")

    kept = ask(f"{site.root}/a.html")
    invalidation = site.invalidate("/a.html")

    assert (first.headers["x-cache"], kept.headers["x-cache"]) == ("Miss from cloudfront", "Hit from cloudfront")
    assert (kept.body, kept.headers["age"]) == (b"old", "0")
    assert site.status(invalidation) == "Completed"
    assert ask(f"{site.root}/a.html").body == b"new"


def test_the_page_of_a_folder_is_forgotten_by_its_own_path_or_with_everything(site: Site, ask: Ask) -> None:
    site.put("help/index.html", "old")
    ask(f"{site.root}/help/")
    site.put("help/index.html", "new")

    site.invalidate("/help/")
    by_folder = ask(f"{site.root}/help/").body
    site.invalidate("/help/*")

    assert by_folder == b"old"
    assert ask(f"{site.root}/help/").body == b"new"


def test_what_asks_to_be_asked_for_is_kept_as_long_as_the_policy_says_at_least(site: Site, ask: Ask) -> None:
    site.put("fresh.html", "old", CacheControl="no-cache")
    ask(f"{site.root}/fresh.html")
    site.put("fresh.html", "new", CacheControl="no-cache")

    until(lambda: ask(f"{site.root}/fresh.html").body == b"new", "the least time of CachingOptimized, a second")


def test_a_query_string_is_no_other_file(site: Site, ask: Ask) -> None:
    site.put("q.html", "old")

    ask(f"{site.root}/q.html?v=1")

    assert ask(f"{site.root}/q.html?v=2").headers["x-cache"] == "Hit from cloudfront"


def test_a_part_and_an_unchanged_file_are_answered_from_what_is_kept(site: Site, ask: Ask) -> None:
    site.put("part.html", "0123456789")
    tag = ask(f"{site.root}/part.html", headers={"Range": "bytes=2-4"}).headers["etag"]
    site.put("part.html", "abcdefghij")

    part = ask(f"{site.root}/part.html", headers={"Range": "bytes=2-4"})
    same = ask(f"{site.root}/part.html", headers={"If-None-Match": tag})

    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert (same.status, same.body) == (304, b"")


@pytest.mark.parametrize("paths", [["a.html"], ["/a*b"], ["/a", "b"]])
def test_a_path_that_is_none_is_refused(site: Site, paths: list[str]) -> None:
    with pytest.raises(ClientError, match="invalid invalidation paths"):
        site.invalidate(*paths)


def test_an_invalidation_takes_its_time_and_has_its_limits(slow: Clients, deploy_site: Callable[..., Site]) -> None:
    site = deploy_site(slow)
    begun = [site.invalidate("/*") for _ in range(15)]

    with pytest.raises(ClientError, match="TooManyInvalidationsInProgress"):
        site.invalidate("/*")

    assert site.status(begun[-1]) == "InProgress"
    until(lambda: site.status(begun[-1]) == "Completed", "the invalidation")
    assert site.invalidate("/*")
