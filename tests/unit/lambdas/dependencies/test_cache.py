"""The cache of dependencies in the embedded AWS, reached with a session of the pipeline's role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from lambdas.dependencies.cache import Cache
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


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


def refusing(code: str) -> S3Client:
    return cast("S3Client", Refusing(code))


@pytest.mark.parametrize("code", ["AccessDenied", "403"])
def test_a_session_that_reaches_only_its_artifacts_does_without_a_cache(
    place: Artifact, packed: Path, code: str
) -> None:
    cache = Cache(refusing(code), place)

    assert not cache.copy(ENTRY)
    assert not cache.keep(ENTRY, packed)


def test_another_failure_of_s3_is_not_taken_for_a_miss(place: Artifact, packed: Path) -> None:
    cache = Cache(refusing("SlowDown"), place)

    with pytest.raises(ClientError):
        cache.copy(ENTRY)
    with pytest.raises(ClientError):
        cache.keep(ENTRY, packed)


def test_what_is_too_large_to_be_copied_in_one_request_is_not_kept(
    place: Artifact, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdas.dependencies.cache._LARGEST", len(CONTENT) - 1)

    assert not Cache(refusing("unasked"), place).keep(ENTRY, packed)


def test_entries_are_encrypted_as_the_artifact_store_wants(store: Any, place: Artifact, packed: Path) -> None:
    cache = Cache(store, place, "arn:aws:kms:key")

    cache.keep(ENTRY, packed)
    copied = cache.copy(ENTRY)

    assert copied
    assert [(put["Key"], put["SSEKMSKeyId"]) for put in store.puts] == [
        (key, "arn:aws:kms:key") for key in (ZIP, MANIFEST, place.key)
    ]
    assert set(json.loads(store.objects[MANIFEST])) == {"sha256", "size"}
