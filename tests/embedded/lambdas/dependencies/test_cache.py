"""The cache of dependencies in the embedded AWS, which no session of the pipeline's role reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

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
def cache(clients: Clients, output: Artifact) -> Cache:
    return Cache(clients.s3, output.bucket)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "dependencies.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_what_was_put_there_is_fetched(cache: Cache, package: Path, work: Path) -> None:
    assert cache.keep(ENTRY, package)
    fetched = cache.fetch(ENTRY, work)

    assert fetched
    assert fetched.read_bytes() == CONTENT


def test_what_was_never_put_there_is_missed(cache: Cache, work: Path) -> None:
    assert cache.fetch(ENTRY, work) is None


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"Body": CONTENT[:-1]}, id="truncated"),
        pytest.param({"Body": CONTENT[::-1]}, id="other-content-of-the-same-size"),
        pytest.param({"Body": CONTENT[::-1], "ChecksumAlgorithm": "SHA256"}, id="other-content-with-its-own-checksum"),
        pytest.param(None, id="deleted"),
    ],
)
def test_an_entry_that_is_not_what_was_put_there_is_never_used_and_can_be_put_there_again(  # noqa: PLR0913, PLR0917 - what it needs
    cache: Cache, clients: Clients, output: Artifact, package: Path, work: Path, harm: dict[str, Any] | None
) -> None:
    cache.keep(ENTRY, package)
    if harm:
        clients.s3.put_object(Bucket=output.bucket, Key=ZIP, **harm)
    else:
        clients.s3.delete_object(Bucket=output.bucket, Key=ZIP)

    assert cache.fetch(ENTRY, work) is None
    cache.keep(ENTRY, package)
    assert cache.fetch(ENTRY, work)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x", "size": 1}', b"0" * 10_000])
def test_a_manifest_that_says_nothing_is_no_entry(  # noqa: PLR0913, PLR0917 - what it needs
    cache: Cache, clients: Clients, output: Artifact, package: Path, work: Path, text: bytes
) -> None:
    cache.keep(ENTRY, package)
    clients.s3.put_object(Bucket=output.bucket, Key=MANIFEST, Body=text)

    assert cache.fetch(ENTRY, work) is None


@pytest.mark.parametrize("folder", ["cache/dependencies", "releases/prod/an-execution", "assets"])
def test_a_jobs_session_reaches_nothing_that_later_jobs_trust(
    session: S3Client, clients: Clients, output: Artifact, folder: str
) -> None:
    key = f"{folder}/one.json"
    clients.s3.put_object(Bucket=output.bucket, Key=key, Body=b"trusted")

    for call in (
        lambda: session.put_object(Bucket=output.bucket, Key=key, Body=b"forged"),
        lambda: session.get_object(Bucket=output.bucket, Key=key),
        lambda: session.delete_object(Bucket=output.bucket, Key=key),
        lambda: session.create_multipart_upload(Bucket=output.bucket, Key=key),
        lambda: session.copy_object(
            Bucket=output.bucket, Key=key, CopySource={"Bucket": output.bucket, "Key": output.key}
        ),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()

    session.put_object(Bucket=output.bucket, Key=output.key, Body=b"an artifact")
    assert clients.s3.get_object(Bucket=output.bucket, Key=key)["Body"].read() == b"trusted"
