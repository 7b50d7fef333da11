from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from lambdas.delivery import site_bucket
from lambdas.delivery.headers import Headers
from lambdas.delivery.site_bucket import SiteBucket
from lambdas.delivery.upload import AT_ONCE, NotUploaded, Place, Upload, Uploader
from lambdas.job import clients
from lambdas.job.ending import Failed, JobError
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.stub import Stubber
    from mypy_boto3_s3 import S3Client

SITE = {"Bucket": "site"}
KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "a-secret", "a-token")


@dataclass
class Puts:
    """An uploader that only remembers; it may refuse."""

    refuses: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)

    def put(self, upload: Upload) -> None:
        self.keys.append(upload.key)
        if upload.key in self.refuses:
            raise NotUploaded(upload.key, Failed("no right"))


@pytest.fixture(scope="module")
def s3() -> S3Client:
    return session().client("s3")


@pytest.fixture
def stub(s3: S3Client) -> Iterator[Stubber]:
    with stubbed(s3) as stub:
        yield stub


@pytest.fixture
def uploader() -> Puts:
    return Puts()


@pytest.fixture
def bucket(s3: S3Client, uploader: Puts) -> SiteBucket:
    return SiteBucket(s3, "site", cast("Uploader", uploader))


def uploads(count: int) -> list[Upload]:
    return [Upload(str(number), b"", {}) for number in range(count)]


def deletion(keys: list[str]) -> dict[str, Any]:
    return SITE | {"Delete": {"Objects": [{"Key": key} for key in keys], "Quiet": True}}


def test_everything_in_the_bucket_is_listed_page_by_page_with_its_etag(bucket: SiteBucket, stub: Stubber) -> None:
    first = {"Contents": [{"Key": "a.html", "ETag": '"1"'}], "IsTruncated": True, "NextContinuationToken": "second"}
    stub.add_response("list_objects_v2", first, SITE)
    second = {"Contents": [{"Key": "b.html", "ETag": '"2"'}]}
    stub.add_response("list_objects_v2", second, SITE | {"ContinuationToken": "second"})

    assert bucket.etags() == {"a.html": "1", "b.html": "2"}


def test_an_empty_bucket_lists_nothing(bucket: SiteBucket, stub: Stubber) -> None:
    stub.add_response("list_objects_v2", {}, SITE)

    assert bucket.etags() == {}


def test_the_metadata_of_an_object_is_read(bucket: SiteBucket, stub: Stubber) -> None:
    stub.add_response("head_object", {"Metadata": {"word": "hello"}}, SITE | {"Key": "config.json"})

    assert bucket.metadata("config.json") == {"word": "hello"}


def test_an_object_that_is_not_there_has_no_metadata(bucket: SiteBucket, stub: Stubber) -> None:
    stub.add_client_error("head_object", "404", http_status_code=404)

    assert bucket.metadata("config.json") == {}


def test_an_object_that_cannot_be_read_is_no_missing_one(bucket: SiteBucket, stub: Stubber) -> None:
    stub.add_client_error("head_object", "403", http_status_code=403)

    with pytest.raises(ClientError, match="403"):
        bucket.metadata("config.json")


def test_an_object_forgets_its_metadata_and_keeps_its_content(bucket: SiteBucket, stub: Stubber) -> None:
    request = {"Key": "config.json", "CopySource": SITE | {"Key": "config.json"}, "MetadataDirective": "REPLACE"}
    own = {"ContentType": "text/x-own", "CacheControl": "no-cache"}
    stub.add_response("copy_object", {}, SITE | request | own)

    bucket.forget("config.json", Headers("text/x-own", "no-cache"))


def test_all_objects_are_put(bucket: SiteBucket, uploader: Puts) -> None:
    bucket.put(uploads(100))

    assert sorted(uploader.keys, key=int) == [str(number) for number in range(100)]


def test_many_objects_are_put_at_once(bucket: SiteBucket, uploader: Puts, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(AT_ONCE, timeout=5)
    monkeypatch.setattr(uploader, "put", lambda _upload: together.wait())

    bucket.put(uploads(AT_ONCE))

    assert not together.broken


def test_after_a_failure_no_upload_is_begun(bucket: SiteBucket, uploader: Puts) -> None:
    uploader.refuses = {str(number) for number in range(2000)}

    with pytest.raises(NotUploaded, match=r"^0 was not uploaded: no right$"):
        bucket.put(uploads(2000))

    assert 1 <= len(uploader.keys) <= AT_ONCE


def test_stale_files_are_deleted_a_thousand_at_once(bucket: SiteBucket, stub: Stubber) -> None:
    keys = [f"{number}.txt" for number in range(2001)]
    for batch in (keys[:1000], keys[1000:2000], keys[2000:]):
        stub.add_response("delete_objects", {}, deletion(batch))

    bucket.delete(keys)


def test_stale_files_whose_names_no_xml_can_hold_are_deleted_one_by_one(bucket: SiteBucket, stub: Stubber) -> None:
    for key in ("a\x01", "\uffff"):
        stub.add_response("delete_object", {}, {"Bucket": "site", "Key": key})
    stub.add_response("delete_objects", {}, deletion(["a\t", "b"]))

    bucket.delete(["a\x01", "a\t", "\uffff", "b"])


def test_stale_files_that_s3_kept_are_counted_and_the_first_is_named(bucket: SiteBucket, stub: Stubber) -> None:
    errors = [{"Key": "old.txt", "Code": "AccessDenied", "Message": "no right"}, {"Key": "older.txt"}]
    stub.add_response("delete_objects", {"Errors": errors}, deletion(["old.txt", "older.txt"]))

    with pytest.raises(JobError, match=r"^S3 kept 2 stale files, old\.txt first: no right$"):
        bucket.delete(["old.txt", "older.txt"])


def test_a_bucket_is_reached_with_the_functions_own_role_until_the_deadline(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "s3", lambda: s3)
    monkeypatch.setattr(clients, "credentials", lambda: KEYS)
    deadline = time.monotonic() + 60

    bucket = site_bucket.connect("site", deadline, "retry it")

    place = Place("https://site.s3.eu-west-1.amazonaws.com/", "eu-west-1")
    own = bucket.uploader
    assert (bucket.s3, bucket.name) == (s3, "site")
    assert own == Uploader(place, KEYS, own.session, deadline, "retry it", time.sleep)
