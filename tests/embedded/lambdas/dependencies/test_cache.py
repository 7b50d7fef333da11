"""The cache of dependencies in the embedded AWS, reached with a session of the pipeline's role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.dependencies.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Artifact
    from serverless_pipeline.aws import Clients

ENTRY = "0123abcd"
ZIP = f"cache/dependencies/{ENTRY}.zip"
MANIFEST = f"cache/dependencies/{ENTRY}.json"
CONTENT = b"a zip of dependencies"


@pytest.fixture
def cache(session: S3Client, output: Artifact) -> Cache:
    return Cache(session, output)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "dependencies.zip"
    path.write_bytes(CONTENT)
    return path


def test_what_was_put_there_is_copied_to_the_output(
    cache: Cache, clients: Clients, output: Artifact, package: Path
) -> None:
    assert cache.keep(ENTRY, package)
    assert cache.copy(ENTRY)

    answer = clients.s3.get_object(Bucket=output.bucket, Key=output.key)
    assert (answer["Body"].read(), answer["ContentType"]) == (CONTENT, "application/zip")


def test_what_was_never_put_there_is_missed(cache: Cache, clients: Clients, output: Artifact) -> None:
    assert not cache.copy(ENTRY)
    assert clients.s3.list_objects_v2(Bucket=output.bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"Body": CONTENT[:-1]}, id="truncated"),
        pytest.param({"Body": CONTENT[::-1]}, id="other-content-of-the-same-size"),
        pytest.param({"Body": CONTENT[::-1], "ChecksumAlgorithm": "SHA256"}, id="other-content-with-its-own-checksum"),
        pytest.param(None, id="deleted"),
    ],
)
def test_an_entry_that_is_not_what_was_put_there_is_never_copied_and_can_be_put_there_again(
    cache: Cache, clients: Clients, output: Artifact, package: Path, harm: dict[str, Any] | None
) -> None:
    cache.keep(ENTRY, package)
    if harm:
        clients.s3.put_object(Bucket=output.bucket, Key=ZIP, **harm)
    else:
        clients.s3.delete_object(Bucket=output.bucket, Key=ZIP)

    assert not cache.copy(ENTRY)
    assert clients.s3.list_objects_v2(Bucket=output.bucket, Prefix=output.key)["KeyCount"] == 0
    cache.keep(ENTRY, package)
    assert cache.copy(ENTRY)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x", "size": 1}', b"0" * 10_000])
def test_a_manifest_that_says_nothing_is_no_entry(
    cache: Cache, clients: Clients, output: Artifact, package: Path, text: bytes
) -> None:
    cache.keep(ENTRY, package)
    clients.s3.put_object(Bucket=output.bucket, Key=MANIFEST, Body=text)

    assert not cache.copy(ENTRY)


def test_an_entry_that_changes_after_the_look_at_it_is_not_copied(
    cache: Cache, session: S3Client, clients: Clients, output: Artifact, package: Path
) -> None:
    cache.keep(ENTRY, package)

    def change(**_: Any) -> None:
        clients.s3.put_object(Bucket=output.bucket, Key=ZIP, Body=b"another zip")

    session.meta.events.register("before-call.s3.CopyObject", change)

    assert not cache.copy(ENTRY)
