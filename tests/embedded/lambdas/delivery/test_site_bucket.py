"""The bucket of a site on the embedded AWS: the signature, the address and the digest are what S3 takes."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import ReadOnlyCredentials

from lambdas.delivery import site_bucket
from lambdas.delivery.upload import NotUploaded, Upload
from lambdas.job import clients as own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.delivery.site_bucket import SiteBucket
    from serverless_pipeline.aws import Clients

HTML = {"Content-Type": "text/html", "Cache-Control": "no-cache", "x-amz-meta-word": "hello"}


@pytest.fixture
def bucket(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteBucket]:
    """A bucket, and the functions' clients turned to where it is."""
    assert clients.endpoint
    keys = ReadOnlyCredentials(clients.endpoint.access_key_id, clients.endpoint.secret_access_key, None)
    monkeypatch.setattr(own, "s3", lambda: clients.s3)
    monkeypatch.setattr(own, "credentials", lambda: keys)
    name = f"site-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    bucket = site_bucket.connect(name, time.monotonic() + 60, "retry")
    yield bucket
    bucket.delete(list(bucket.etags()))
    clients.s3.delete_bucket(Bucket=name)


def test_what_is_put_is_there_with_its_headers_whatever_its_name(clients: Clients, bucket: SiteBucket) -> None:
    keys = ["index.html", "a/b c.html", "ü+&=~.html", "a%20b.html"]

    bucket.put([Upload(key, key.encode(), HTML) for key in keys])

    assert bucket.etags().keys() == set(keys)
    for key in keys:
        stored = clients.s3.get_object(Bucket=bucket.name, Key=key)
        assert stored["Body"].read() == key.encode()
        assert (stored["ContentType"], stored["CacheControl"]) == ("text/html", "no-cache")
        assert bucket.metadata(key) == {"word": "hello"}


def test_what_s3_refuses_is_named_and_nothing_is_begun_after_it(clients: Clients, bucket: SiteBucket) -> None:
    gone = site_bucket.connect(f"{bucket.name}-gone", time.monotonic() + 60, "retry")

    with pytest.raises(NotUploaded, match=r"page\.html was not uploaded: .*\(NoSuchBucket\)"):
        gone.put([Upload("page.html", b"", HTML)])

    assert clients.s3.list_objects_v2(Bucket=bucket.name)["KeyCount"] == 0


def test_an_object_that_is_not_there_has_no_metadata(bucket: SiteBucket) -> None:
    assert bucket.metadata("nothing") == {}
