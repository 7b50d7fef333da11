"""The bucket of a site on the embedded AWS: the signature, the address and the digest are what S3 takes."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import clients as own
import pytest
import site_bucket
from botocore.credentials import ReadOnlyCredentials
from ending import Failed, JobError
from upload import AT_ONCE, NotUploaded, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from site_bucket import SiteBucket

    from serverless_pipeline.aws import Clients

HTML = {"Content-Type": "text/html", "Cache-Control": "no-cache", "x-amz-meta-word": "hello"}


@pytest.fixture
def bucket(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteBucket]:
    """A bucket, and the functions' clients turned to where it is."""
    assert clients.endpoint
    keys = ReadOnlyCredentials(clients.endpoint.access_key_id, clients.endpoint.secret_access_key, None)
    monkeypatch.setattr(own, "sites", lambda: clients.s3)
    monkeypatch.setattr(own, "credentials", lambda: keys)
    name = f"site-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    made = site_bucket.connect(name, time.monotonic() + 60, "retry")
    yield made
    made.delete(list(made.listed()))
    clients.s3.delete_bucket(Bucket=name)


@pytest.mark.embedded
def test_what_is_put_is_there_with_its_headers_whatever_its_name(clients: Clients, bucket: SiteBucket) -> None:
    keys = ["index.html", "a/b c.html", "ü+&=~.html", "a%20b.html"]

    bucket.put([Upload(key, key.encode(), HTML) for key in keys])

    assert bucket.listed().keys() == set(keys)
    for key in keys:
        found = clients.s3.get_object(Bucket=bucket.name, Key=key)
        assert found["Body"].read() == key.encode()
        assert (found["ContentType"], found["CacheControl"]) == ("text/html", "no-cache")
        assert bucket.metadata(key) == {"word": "hello"}


@pytest.mark.embedded
def test_what_s3_refuses_is_named_and_nothing_is_begun_after_it(clients: Clients, bucket: SiteBucket) -> None:
    gone = site_bucket.connect(f"{bucket.name}-gone", time.monotonic() + 60, "retry")

    with pytest.raises(NotUploaded, match=r"page\.html was not uploaded: .*\(NoSuchBucket\)"):
        gone.put([Upload("page.html", b"", HTML)])

    assert clients.s3.list_objects_v2(Bucket=bucket.name)["KeyCount"] == 0


@pytest.mark.embedded
def test_an_object_that_is_not_there_has_no_metadata(bucket: SiteBucket) -> None:
    assert bucket.metadata("nothing") == {}


class Deleting:
    """S3 that deletes, but not what is in `kept`."""

    def __init__(self, kept: list[dict[str, str]] | None = None) -> None:
        self.sizes: list[int] = []
        self.kept = kept or []

    def delete_objects(self, *, Delete: dict[str, Any], **_request: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells it
        self.sizes.append(len(Delete["Objects"]))
        return {"Errors": self.kept} if self.kept else {}


def test_a_thousand_stale_files_take_more_than_one_request() -> None:
    s3 = Deleting()

    site_bucket.SiteBucket(s3, "site", None).delete([f"{number}.txt" for number in range(1001)])

    assert s3.sizes == [1000, 1]


def test_a_stale_file_that_s3_kept_is_named() -> None:
    s3 = Deleting([{"Key": "old.txt", "Code": "AccessDenied", "Message": "no right"}])

    with pytest.raises(JobError, match=r"S3 kept 1 stale files, old\.txt first: no right"):
        site_bucket.SiteBucket(s3, "site", None).delete(["old.txt"])


def test_after_a_failure_no_upload_is_begun() -> None:
    begun = []

    class Failing:
        def put(self, upload: Upload) -> None:
            begun.append(upload.key)
            raise NotUploaded(upload.key, Failed("no right"))

    with pytest.raises(NotUploaded):
        site_bucket.SiteBucket(None, "site", Failing()).put([Upload(str(n), b"", {}) for n in range(5000)])

    assert 1 <= len(begun) <= AT_ONCE
