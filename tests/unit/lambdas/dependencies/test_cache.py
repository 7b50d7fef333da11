from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from lambdas.dependencies import cache as module
from lambdas.dependencies.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from tests.support.functions import Log
    from tests.support.store import Store

ENTRY = "0123abcd"
ZIP = f"cache/dependencies/{ENTRY}.zip"
MANIFEST = f"cache/dependencies/{ENTRY}.json"
CONTENT = b"a zip of dependencies"
DIGEST = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()


@pytest.fixture
def cache(store: Store) -> Cache:
    return Cache(store.client, "artifact-bucket")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "dependencies.zip"
    path.write_bytes(CONTENT)
    return path


class Refusing:
    """An S3 that refuses everything with one code."""

    def __init__(self, code: str) -> None:
        self.code = code

    @property
    def client(self) -> S3Client:
        return cast("S3Client", self)

    def get_object(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetObject")

    put_object = get_object


def test_what_was_put_there_is_fetched(cache: Cache, store: Store, package: Path, work: Path) -> None:
    assert cache.keep(ENTRY, package) is True
    fetched = cache.fetch(ENTRY, work)

    assert fetched
    assert fetched.parent == work
    assert fetched.read_bytes() == store.objects[ZIP] == CONTENT
    assert json.loads(store.objects[MANIFEST]) == {"sha256": DIGEST, "size": len(CONTENT)}
    assert store.puts == [
        {"Bucket": "artifact-bucket", "Key": ZIP, "ContentType": "application/zip", "ChecksumSHA256": DIGEST},
        {"Bucket": "artifact-bucket", "Key": MANIFEST, "ContentType": "application/json"},
    ]


def test_entries_are_encrypted_as_the_artifact_store_wants(store: Store, package: Path) -> None:
    Cache(store.client, "artifact-bucket", "arn:aws:kms:key").keep(ENTRY, package)

    assert [(put["Key"], put["ServerSideEncryption"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key, "aws:kms", "arn:aws:kms:key") for key in (ZIP, MANIFEST)
    ]


def test_what_was_never_put_there_is_missed(cache: Cache, work: Path) -> None:
    assert cache.fetch(ENTRY, work) is None


def test_another_entry_is_another_place(cache: Cache, package: Path, work: Path) -> None:
    cache.keep(ENTRY, package)

    assert cache.fetch("4567cdef", work) is None


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[::-1]], ids=["truncated", "other content of the same size"])
def test_an_entry_that_is_not_what_its_manifest_says_is_not_used_and_the_log_says_so(  # noqa: PLR0913, PLR0917 - what it needs
    cache: Cache, store: Store, package: Path, work: Path, log: Log, content: bytes
) -> None:
    cache.keep(ENTRY, package)
    store.objects[ZIP] = content

    assert cache.fetch(ENTRY, work) is None
    assert list(work.iterdir()) == []
    assert log.lines == [f"The cache's entry {ZIP} is not what was put there; the dependencies are installed"]


def test_an_entry_that_was_deleted_is_missed_and_the_log_says_so(
    cache: Cache, store: Store, package: Path, work: Path, log: Log
) -> None:
    cache.keep(ENTRY, package)
    del store.objects[ZIP]

    assert cache.fetch(ENTRY, work) is None
    assert [line.partition(":")[0] for line in log.lines] == [f"The cache's entry {ZIP} is not used"]


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x"}', b'"text"', b"1"])
def test_a_manifest_that_says_nothing_is_no_entry_and_the_log_says_so(  # noqa: PLR0913, PLR0917 - what it needs
    cache: Cache, store: Store, package: Path, work: Path, log: Log, text: bytes
) -> None:
    cache.keep(ENTRY, package)
    store.objects[MANIFEST] = text

    assert cache.fetch(ENTRY, work) is None
    assert log.lines == [f"The cache's manifest {MANIFEST} cannot be read; the dependencies are installed"]


@pytest.mark.parametrize(("padding", "expected"), [(0, True), (1, False)])
def test_of_a_manifest_no_more_is_read_than_4096_bytes(  # noqa: PLR0913 - what it needs
    cache: Cache, store: Store, package: Path, work: Path, padding: int, *, expected: bool
) -> None:
    cache.keep(ENTRY, package)
    text = store.objects[MANIFEST]
    store.objects[MANIFEST] = b" " * (4096 - len(text) + padding) + text

    assert (cache.fetch(ENTRY, work) is not None) is expected


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_a_function_that_may_not_reach_the_cache_does_without_and_the_log_says_so(
    package: Path, work: Path, log: Log, code: str
) -> None:
    cache = Cache(Refusing(code).client, "artifact-bucket")

    assert cache.fetch(ENTRY, work) is None
    assert cache.keep(ENTRY, package) is False
    assert log.lines == [
        f"The dependencies are not cached: An error occurred ({code}) when calling the GetObject operation: no"
    ]


def test_another_failure_of_s3_is_not_taken_for_a_miss(package: Path, work: Path) -> None:
    cache = Cache(Refusing("SlowDown").client, "artifact-bucket")

    with pytest.raises(ClientError, match="SlowDown"):
        cache.fetch(ENTRY, work)
    with pytest.raises(ClientError, match="SlowDown"):
        cache.keep(ENTRY, package)


def test_what_is_too_large_to_be_put_in_one_request_is_not_kept(
    cache: Cache, store: Store, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", len(CONTENT) - 1)

    assert cache.keep(ENTRY, package) is False
    assert store.puts == []

    monkeypatch.setattr(module, "_LARGEST", len(CONTENT))
    assert cache.keep(ENTRY, package) is True


def test_s3_takes_five_gigabytes_in_one_request() -> None:
    assert module._LARGEST == 5 * 1024**3
