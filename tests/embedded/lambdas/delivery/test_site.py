"""A site is delivered to its bucket and seen through the distribution before it."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from lambdas.delivery import site as delivery
from lambdas.delivery.order import Order
from lambdas.job import clients as own
from lambdas.job.ending import Continued, Succeeded
from lambdas.job.job import Artifact
from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serverless_pipeline.aws import Clients
    from tests.support.sites import Site

    Deliver = Callable[..., Succeeded]

CACHED = {"Cache.*.html": "max-age=600"}


@pytest.fixture
def deliver(
    clients: Clients, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Deliver:
    """Deliver files to the site, in as many jobs as it takes."""
    assert clients.endpoint
    keys = ReadOnlyCredentials(clients.endpoint.access_key_id, clients.endpoint.secret_access_key, None)
    cloudfront = clients.client("cloudfront")
    monkeypatch.setattr(own, "s3", lambda: clients.s3)
    monkeypatch.setattr(own, "credentials", lambda: keys)
    monkeypatch.setattr(own, "distributions", lambda: cloudfront)

    def run(files: dict[str, str], **other: str) -> Succeeded:
        zip_file: Path = tmp_path_factory.mktemp("site") / "DistSiteOutput.zip"
        zip_file.write_bytes(zipped(files))
        parameters = {"bucket": site.bucket, "apiBaseurl": "/api/", "version": "v1"} | CACHED | other
        artifact = Artifact("DistSiteOutput", "bucket", "key")
        order = Order(parameters, artifact, time.monotonic() + 60, uuid.uuid4().hex)
        outcome = delivery.deploy(order, zip_file)
        while isinstance(outcome, Continued):
            outcome = delivery.resume(order, outcome.token)
        return outcome

    return run


def test_what_changed_is_seen_through_the_distribution_and_what_it_was_not_told_is_not(
    deliver: Deliver, site: Site, ask: Callable[..., Any]
) -> None:
    def seen() -> list[bytes]:
        return [ask(f"{site.root}/{path}").body for path in ("", "guide/")]

    deliver({"index.html": "1", "guide/index.html": "1"}, distribution=site.distribution)
    first = seen()
    deliver({"index.html": "2", "guide/index.html": "1"}, distribution=site.distribution)
    second = seen()
    deliver({"index.html": "3", "guide/index.html": "3"})
    untold = seen()
    told = deliver({"index.html": "3", "guide/index.html": "3"}, distribution=site.distribution)

    assert (first, second, untold, seen()) == ([b"1", b"1"], [b"2", b"1"], [b"2", b"1"], [b"3", b"3"])
    assert told.summary == "0 uploaded, 0 deleted, 2 unchanged; everything invalidated"


def test_patterns_are_what_a_browser_gets(deliver: Deliver, site: Site, ask: Callable[..., Any]) -> None:
    own = {"Type.*.feed": "application/atom+xml", "Encoding.*.feed": "br", "Cache.feeds/**": "max-age=300,public"}

    deliver({"feeds/all.feed": "x"}, distribution=site.distribution, **own)

    headers = ask(f"{site.root}/feeds/all.feed").headers
    assert (headers["content-type"], headers["content-encoding"]) == ("application/atom+xml", "br")
    assert headers["cache-control"] == "max-age=300,public"
