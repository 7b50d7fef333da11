from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.codebuild import transfer
from serverless_pipeline.local.codebuild.transfer import Target
from tests.support.frozen import changeable


class Store:
    """S3 in memory."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = dict(objects)
        self.put: dict[str, tuple[bytes, Any]] = {}

    def download_file(self, bucket: str, key: str, target: str, ExtraArgs: Any = None) -> None:  # noqa: N803 - boto3's
        name = f"{key}@{ExtraArgs['VersionId']}" if ExtraArgs else key
        if name not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, f"HeadObject of {bucket}")
        Path(target).write_bytes(self.objects[name])

    def upload_file(self, source: str, bucket: str, key: str, ExtraArgs: Any) -> None:  # noqa: N803
        self.put[f"{bucket}/{key}"] = Path(source).read_bytes(), ExtraArgs

    def upload_fileobj(self, source: Any, bucket: str, key: str, ExtraArgs: Any) -> None:  # noqa: N803
        self.put[f"{bucket}/{key}"] = source.read(), ExtraArgs


def packed(**files: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return body.getvalue()


def test_a_zip_is_unpacked_and_can_be_written_to(tmp_path: Path) -> None:
    store = Store(**{"k@v": packed(a="1")})

    transfer.fetch(store, "bucket/k", "v", tmp_path / "src")

    assert (tmp_path / "src" / "a").read_text() == "1"
    assert (tmp_path / "src" / "a").stat().st_mode & 0o600 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["src"]


def test_another_object_stays_as_it_is(tmp_path: Path) -> None:
    transfer.fetch(Store(k=b"text"), "arn:aws:s3:::bucket/k", "", tmp_path / "src")

    assert (tmp_path / "src" / "k").read_text() == "text"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(transfer.NotFetched, match="error while downloading key k, error: An error occurred"):
        transfer.fetch(Store(), "bucket/k", "", tmp_path / "src")


def test_an_artifact_is_put_as_a_package_or_file_by_file(tmp_path: Path) -> None:
    store, package = Store(), tmp_path / "a.zip"
    package.write_bytes(packed(a="1", b="2"))

    transfer.put(store, package, Target("b", "p/k", key_id="key"))
    transfer.put(store, package, Target("b", "p", is_package=False))

    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"}
    assert store.put == {"b/p/k": (package.read_bytes(), kms), "b/p/a": (b"1", {}), "b/p/b": (b"2", {})}


@pytest.mark.parametrize(
    ("artifacts", "target"),
    [
        ({"type": "NO_ARTIFACTS"}, None),
        ({"type": "S3", "location": "b", "name": "n", "packaging": "ZIP"}, Target("b", "n", key_id="key")),
        (
            {"type": "S3", "location": "b", "path": "/p/", "namespaceType": "BUILD_ID", "name": "n"},
            Target("b", "p/id/n", is_package=False, key_id="key"),
        ),
        (
            {"type": "S3", "location": "b", "name": "n", "overrideArtifactName": True},
            Target("b", "own", is_package=False, key_id="key"),
        ),
        ({"type": "S3", "location": "b", "name": "/"}, Target("b", "", is_package=False, key_id="key")),
    ],
)
def test_artifacts_go_where_the_project_says(artifacts: dict[str, Any], target: Target | None) -> None:
    assert transfer.target(artifacts, "p:id", "key", "own") == target


def test_a_target_does_not_change() -> None:
    assert changeable(Target("b", "k")) == []
