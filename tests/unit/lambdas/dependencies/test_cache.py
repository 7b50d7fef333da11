from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from lambdas.dependencies import cache as module
from lambdas.dependencies.cache import Cache
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from tests.support.functions import Log
    from tests.support.store import Store

ENTRY = "0123abcd"
ZIP = f"cache/dependencies/{ENTRY}.zip"
MANIFEST = f"cache/dependencies/{ENTRY}.json"
CONTENT = b"a zip of dependencies"
OUTPUT = Artifact("DependenciesOutput", "artifact-bucket", "dromedary/Dependenci/DependenciesOutput")
DIGEST = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()


@pytest.fixture
def cache(store: Store) -> Cache:
    return Cache(store.client, OUTPUT)


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


def test_what_was_put_there_is_copied_to_the_output(cache: Cache, store: Store, package: Path) -> None:
    assert cache.keep(ENTRY, package) is True
    assert cache.copy(ENTRY) is True

    assert store.objects[OUTPUT.key] == store.objects[ZIP] == CONTENT
    assert json.loads(store.objects[MANIFEST]) == {"sha256": DIGEST, "size": len(CONTENT)}
    assert store.puts == [
        {"Bucket": "artifact-bucket", "Key": ZIP, "ContentType": "application/zip", "ChecksumSHA256": DIGEST},
        {"Bucket": "artifact-bucket", "Key": MANIFEST, "ContentType": "application/json"},
        {"Bucket": "artifact-bucket", "Key": OUTPUT.key},
    ]


def test_entries_are_encrypted_as_the_artifact_store_wants(store: Store, package: Path) -> None:
    cache = Cache(store.client, OUTPUT, "arn:aws:kms:key")

    cache.keep(ENTRY, package)
    cache.copy(ENTRY)

    assert [(put["Key"], put["ServerSideEncryption"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key, "aws:kms", "arn:aws:kms:key") for key in (ZIP, MANIFEST, OUTPUT.key)
    ]


def test_what_was_never_put_there_is_missed(cache: Cache, store: Store) -> None:
    assert cache.copy(ENTRY) is False
    assert store.calls == []


def test_another_entry_is_another_place(cache: Cache, package: Path) -> None:
    cache.keep(ENTRY, package)

    assert cache.copy("4567cdef") is False


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[::-1]], ids=["truncated", "other content of the same size"])
def test_an_entry_that_is_not_what_its_manifest_says_is_not_copied_and_the_log_says_so(
    cache: Cache, store: Store, package: Path, log: Log, content: bytes
) -> None:
    cache.keep(ENTRY, package)
    store.objects[ZIP] = content

    assert cache.copy(ENTRY) is False
    assert OUTPUT.key not in store.objects
    assert log.lines == [f"The cache's entry {ZIP} is not what was put there; the dependencies are installed"]


def test_an_entry_of_which_s3_computed_no_checksum_is_not_copied(cache: Cache, store: Store, package: Path) -> None:
    cache.keep(ENTRY, package)
    store.put_object(Bucket="artifact-bucket", Key=ZIP, Body=CONTENT)

    assert cache.copy(ENTRY) is False


def test_an_entry_that_was_deleted_is_missed(cache: Cache, store: Store, package: Path) -> None:
    cache.keep(ENTRY, package)
    del store.objects[ZIP]

    assert cache.copy(ENTRY) is False


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x"}', b'"text"', b"1"])
def test_a_manifest_that_says_nothing_is_no_entry_and_the_log_says_so(
    cache: Cache, store: Store, package: Path, log: Log, text: bytes
) -> None:
    cache.keep(ENTRY, package)
    store.objects[MANIFEST] = text
    store.calls.clear()

    assert cache.copy(ENTRY) is False
    assert store.calls == []
    assert log.lines == [f"The cache's manifest {MANIFEST} cannot be read; the dependencies are installed"]


@pytest.mark.parametrize(("padding", "expected"), [(0, True), (1, False)])
def test_of_a_manifest_no_more_is_read_than_4096_bytes(
    cache: Cache,
    store: Store,
    package: Path,
    padding: int,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    cache.keep(ENTRY, package)
    text = store.objects[MANIFEST]
    store.objects[MANIFEST] = b" " * (4096 - len(text) + padding) + text

    assert cache.copy(ENTRY) is expected


@pytest.mark.parametrize("code", ["PreconditionFailed", "412"])
def test_an_entry_that_changes_after_the_look_at_it_is_not_copied(
    cache: Cache, store: Store, package: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def change(**request: Any) -> None:
        assert request["CopySourceIfMatch"] == DIGEST
        raise ClientError({"Error": {"Code": code, "Message": "It differs."}}, "CopyObject")

    cache.keep(ENTRY, package)
    monkeypatch.setattr(store, "copy_object", change)

    assert cache.copy(ENTRY) is False


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_a_session_that_reaches_only_its_artifacts_does_without_a_cache_and_the_log_says_so(
    package: Path, log: Log, code: str
) -> None:
    cache = Cache(Refusing(code).client, OUTPUT)

    assert cache.copy(ENTRY) is False
    assert cache.keep(ENTRY, package) is False
    assert log.lines == [
        f"The dependencies are not cached: An error occurred ({code}) when calling the GetObject operation: no"
    ]


def test_another_failure_of_s3_is_not_taken_for_a_miss(package: Path) -> None:
    cache = Cache(Refusing("SlowDown").client, OUTPUT)

    with pytest.raises(ClientError, match="SlowDown"):
        cache.copy(ENTRY)
    with pytest.raises(ClientError, match="SlowDown"):
        cache.keep(ENTRY, package)


def test_what_is_too_large_to_be_copied_in_one_request_is_not_kept(
    cache: Cache, store: Store, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", len(CONTENT) - 1)

    assert cache.keep(ENTRY, package) is False
    assert store.puts == []

    monkeypatch.setattr(module, "_LARGEST", len(CONTENT))
    assert cache.keep(ENTRY, package) is True


def test_s3_takes_and_copies_five_gigabytes_in_one_request() -> None:
    assert module._LARGEST == 5 * 1024**3
