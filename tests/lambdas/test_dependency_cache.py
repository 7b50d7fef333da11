"""The cache of dependencies in the embedded AWS, reached with a session of the pipeline's role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from dependency_cache import Cache
from job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from serverless_pipeline.aws import Clients

ENTRY = "0123abcd"
ZIP = f"cache/dependencies/{ENTRY}.zip"
MANIFEST = f"cache/dependencies/{ENTRY}.json"
CONTENT = b"a zip of dependencies"


@pytest.fixture
def cache(session: Any, output: Artifact) -> Cache:
    return Cache(session, output)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "dependencies.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.embedded
def test_what_was_kept_is_copied_to_the_output(cache: Cache, clients: Clients, output: Artifact, packed: Path) -> None:
    kept = cache.keep(ENTRY, packed)

    copied = cache.copy(ENTRY)

    assert (kept, copied) == (True, True)
    found = clients.s3.get_object(Bucket=output.bucket, Key=output.key)
    assert (found["Body"].read(), found["ContentType"]) == (CONTENT, "application/zip")


@pytest.mark.embedded
def test_what_was_never_kept_is_missed(cache: Cache, clients: Clients, output: Artifact) -> None:
    assert not cache.copy(ENTRY)
    assert clients.s3.list_objects_v2(Bucket=output.bucket)["KeyCount"] == 0


@pytest.mark.embedded
@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"Body": CONTENT[:-1]}, id="truncated"),
        pytest.param({"Body": CONTENT[::-1]}, id="other-content-of-the-same-size"),
        pytest.param({"Body": CONTENT[::-1], "ChecksumAlgorithm": "SHA256"}, id="other-content-with-its-own-checksum"),
        pytest.param(None, id="deleted"),
    ],
)
def test_an_entry_that_is_not_what_was_kept_is_never_copied_and_can_be_kept_again(
    cache: Cache, clients: Clients, output: Artifact, packed: Path, harm: dict[str, Any] | None
) -> None:
    cache.keep(ENTRY, packed)
    if harm:
        clients.s3.put_object(Bucket=output.bucket, Key=ZIP, **harm)
    else:
        clients.s3.delete_object(Bucket=output.bucket, Key=ZIP)

    spoilt = cache.copy(ENTRY)

    found = clients.s3.list_objects_v2(Bucket=output.bucket, Prefix=output.key)
    cache.keep(ENTRY, packed)
    assert (spoilt, found["KeyCount"]) == (False, 0)
    assert cache.copy(ENTRY)


@pytest.mark.embedded
@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x", "size": 1}', b"0" * 10_000])
def test_a_manifest_that_says_nothing_is_no_entry(
    cache: Cache, clients: Clients, output: Artifact, packed: Path, text: bytes
) -> None:
    cache.keep(ENTRY, packed)
    clients.s3.put_object(Bucket=output.bucket, Key=MANIFEST, Body=text)

    assert not cache.copy(ENTRY)


@pytest.mark.embedded
def test_an_entry_that_changes_after_the_look_at_it_is_not_copied(
    cache: Cache, session: Any, clients: Clients, output: Artifact, packed: Path
) -> None:
    cache.keep(ENTRY, packed)

    def change(**_: Any) -> None:
        clients.s3.put_object(Bucket=output.bucket, Key=ZIP, Body=b"another zip")

    session.meta.events.register("before-call.s3.CopyObject", change)

    assert not cache.copy(ENTRY)


@pytest.fixture
def place() -> Artifact:
    return Artifact("DependenciesOutput", "artifact-bucket", "dromedary/Dependenci/DependenciesOutput")


class Refusing:
    """An S3 that has an answer to nothing but `code`."""

    def __init__(self, code: str) -> None:
        self.code = code

    def get_object(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetObject")

    put_object = get_object


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_a_session_that_reaches_only_its_artifacts_does_without_a_cache(
    place: Artifact, packed: Path, code: str
) -> None:
    cache = Cache(Refusing(code), place)

    assert not cache.copy(ENTRY)
    assert not cache.keep(ENTRY, packed)


def test_another_failure_of_s3_is_not_taken_for_a_miss(place: Artifact, packed: Path) -> None:
    cache = Cache(Refusing("SlowDown"), place)

    with pytest.raises(ClientError):
        cache.copy(ENTRY)
    with pytest.raises(ClientError):
        cache.keep(ENTRY, packed)


def test_what_is_too_large_to_be_copied_in_one_request_is_not_kept(
    place: Artifact, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dependency_cache._LARGEST", len(CONTENT) - 1)

    assert not Cache(Refusing("unasked"), place).keep(ENTRY, packed)


def test_entries_are_encrypted_as_the_artifact_store_wants(store: Any, place: Artifact, packed: Path) -> None:
    cache = Cache(store, place, "arn:aws:kms:key")

    cache.keep(ENTRY, packed)
    copied = cache.copy(ENTRY)

    assert copied
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key, "arn:aws:kms:key") for key in (ZIP, MANIFEST, place.key)
    ]
    assert set(json.loads(store.objects[MANIFEST])) == {"sha256", "size"}
