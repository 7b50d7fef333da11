from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import clients
import deploy_site
import headers
import pytest
from botocore.exceptions import ClientError
from ending import JobError, Succeeded
from job import Artifact
from order import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SITE = Artifact("DistSiteOutput", "artifact-bucket", "dromedary/DistSiteOu/x")
GIVEN = {"bucket": "site", "apiBaseurl": "http://127.0.0.1:1/api/", "version": "20260101-000000"}


class Bucket:
    """A bucket in memory that lists two keys a page and remembers what was asked of it, in order."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.kept: list[dict[str, str]] = []

    def put_object(self, **request: Any) -> None:
        assert request.pop("Bucket") == "site"
        key, body = request.pop("Key"), request.pop("Body")
        self.requests.append(("put", key))
        self.objects[key] = request | {"Body": body if isinstance(body, bytes) else body.read()}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - as botocore spells them
        assert Bucket == "site"
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {"Metadata": self.objects[Key].get("Metadata", {})}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        assert Bucket == "site"
        keys = [entry["Key"] for entry in Delete["Objects"]]
        self.requests += [("delete", key) for key in keys]
        for key in keys:
            del self.objects[key]
        return {"Errors": self.kept} if self.kept else {}

    def get_paginator(self, operation: str) -> Bucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str) -> list[dict[str, Any]]:  # noqa: N803
        assert Bucket == "site"
        entries = [{"Key": key, "ETag": f'"{etag(found["Body"])}"'} for key, found in sorted(self.objects.items())]
        return [{"Contents": entries[start : start + 2]} for start in range(0, len(entries), 2)] or [{}]


def etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    bucket = Bucket()
    monkeypatch.setattr(clients, "sites", lambda: bucket)
    return bucket


@pytest.fixture
def deliver(
    tmp_path_factory: pytest.TempPathFactory, pack: Callable[..., bytes], bucket: Bucket
) -> Callable[..., Succeeded]:
    """Deliver a site; the requests it took are remembered afresh."""

    def run(files: dict[str, str], **other: str) -> Succeeded:
        fetched = tmp_path_factory.mktemp("deploy") / "DistSiteOutput.zip"
        fetched.write_bytes(pack(files))
        bucket.requests.clear()
        return deploy_site.deploy(Order(GIVEN | other, SITE, 0), fetched)

    return run


def test_a_site_is_uploaded_with_sub_folders_and_headers_pages_and_configuration_last(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    outcome = deliver({"index.html": "<p>", "a/b.js": "1", "a/z-0a1b2c3d.css": "2", "x/page.html": "<b>"})

    assert outcome == Succeeded("4 uploaded, 0 deleted, 0 unchanged", {"FilesChanged": "4"})
    assert {key for _, key in bucket.requests[:2]} == {"a/b.js", "a/z-0a1b2c3d.css"}
    assert {key for _, key in bucket.requests[2:4]} == {"index.html", "x/page.html"}
    assert bucket.requests[4:] == [("put", "config.json")]
    assert bucket.objects["a/z-0a1b2c3d.css"] == {
        "Body": b"2",
        "ContentType": "text/css; charset=utf-8",
        "CacheControl": headers.KEEP,
    }


def test_the_configuration_holds_the_address_of_the_api_and_the_version(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"index.html": "<p>"})

    configured = json.loads(bucket.objects["config.json"]["Body"])
    assert configured == {"apiBaseurl": "http://127.0.0.1:1/api/", "version": "20260101-000000"}


def test_what_did_not_change_is_not_uploaded_and_what_is_stale_is_deleted(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    deliver({"index.html": "<p>", "a/b.js": "1", "a/stale.js": "1", "old.txt": "1"})

    outcome = deliver({"index.html": "<b>", "a/b.js": "1"}, version="20260102-000000")

    assert outcome.variables == {"FilesChanged": "3"}
    assert bucket.requests == [
        ("put", "index.html"),
        ("delete", "a/stale.js"),
        ("delete", "old.txt"),
        ("put", "config.json"),
    ]


def test_the_same_site_again_writes_the_configuration_only(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    deliver({"index.html": "<p>"})

    outcome = deliver({"index.html": "<p>"}, version="20260102-000000")

    assert bucket.requests == [("put", "config.json")]
    assert outcome.variables == {"FilesChanged": "0"}


def test_other_rules_for_headers_upload_everything_again(
    deliver: Callable[..., Succeeded], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver({"index.html": "<p>"})
    monkeypatch.setattr(headers, "rules", lambda: "other rules")

    deliver({"index.html": "<p>"})

    assert bucket.requests == [("put", "index.html"), ("put", "config.json")]


def test_a_site_cannot_bring_its_own_configuration(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    deliver({"index.html": "<p>", "config.json": "mine"})

    assert b"mine" not in bucket.objects["config.json"]["Body"]


def test_a_thousand_stale_files_take_more_than_one_request() -> None:
    sizes: list[int] = []

    class Counting:
        def delete_objects(self, *, Delete: dict[str, Any], **_request: str) -> dict[str, Any]:  # noqa: N803
            sizes.append(len(Delete["Objects"]))
            return {}

    deploy_site.delete(Counting(), "site", [f"{number}.txt" for number in range(1001)])

    assert sizes == [1000, 1]


def test_a_stale_file_that_s3_kept_is_named(deliver: Callable[..., Succeeded], bucket: Bucket) -> None:
    deliver({"index.html": "<p>", "old.txt": "1"})
    bucket.kept = [{"Key": "old.txt", "Code": "AccessDenied", "Message": "no right"}]

    with pytest.raises(JobError, match=r"S3 kept 1 stale files, old\.txt first: no right"):
        deliver({"index.html": "<p>"})


def test_an_upload_that_fails_fails_the_delivery_before_the_configuration(
    deliver: Callable[..., Succeeded], bucket: Bucket
) -> None:
    def refuse(**request: Any) -> None:
        bucket.requests.append(("put", request["Key"]))
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    bucket.put_object = refuse

    with pytest.raises(ClientError):
        deliver({"index.html": "<p>"})

    assert bucket.requests == [("put", "index.html")]


@pytest.mark.usefixtures("bucket")
def test_a_site_that_is_no_zip_is_named(tmp_path: Path) -> None:
    fetched = tmp_path / "DistSiteOutput.zip"
    fetched.write_bytes(b"<html>")

    with pytest.raises(JobError, match="DistSiteOutput cannot be unpacked"):
        deploy_site.deploy(Order(GIVEN, SITE, 0), fetched)
