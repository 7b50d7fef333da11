from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY

from lambdas.delivery import assets
from lambdas.job import clients
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact
from tests.support.stubs import session, stubbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.stub import Stubber

    from tests.unit.lambdas.delivery.conftest import Bucket

PACKAGE = Artifact("PackageOutput", "artifact-bucket", "dromedary/PackageOut/x")
CODE = f"assets/{hashlib.sha256(b'the code').hexdigest()}.zip"
LAYER = f"assets/{hashlib.sha256(b'the layer').hexdigest()}.zip"


@pytest.fixture
def write(tmp_path: Path, pack: Callable[..., bytes]) -> Callable[..., Path]:
    """Lay down the zip of an artifact that holds some files."""

    def run(files: dict[str, str | bytes]) -> Path:
        path = tmp_path / "PackageOutput.zip"
        path.write_bytes(pack(files))
        return path

    return run


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """S3 as boto3 asks it."""
    client = session().client("s3")
    monkeypatch.setattr(clients, "s3", lambda: client)
    with stubbed(client) as stub:
        yield stub


def test_what_lies_below_assets_goes_to_the_bucket_of_the_artifact_and_nothing_else(
    bucket: Bucket, write: Callable[..., Path]
) -> None:
    zip_file = write(
        {
            "assets/": "",
            CODE: "the code",
            LAYER: "the layer",
            "template.json": "{}",
            "docs/assets/a": "",
            "assets.txt": "",
        }
    )

    count = assets.publish_all(zip_file, PACKAGE)

    assert count == 2
    assert bucket.objects == {CODE: b"the code", LAYER: b"the layer"}


@pytest.mark.parametrize("name", [CODE, "assets/code.zip", "assets/"])
def test_an_asset_that_is_not_what_its_name_says_is_refused_and_none_is_sent(
    bucket: Bucket, write: Callable[..., Path], name: str
) -> None:
    zip_file = write({LAYER: "the layer", (name if name != "assets/" else f"{name}.zip"): "other code"})

    with pytest.raises(JobError, match="in the artifact PackageOutput is not what its name says; its digest is "):
        assets.publish_all(zip_file, PACKAGE)

    assert bucket.objects == {}


def test_what_is_in_the_bucket_already_is_not_sent_again(bucket: Bucket, write: Callable[..., Path]) -> None:
    zip_file = write({CODE: "the code", LAYER: "the layer"})
    bucket.objects[CODE] = b"the code"

    counts = [assets.publish_all(zip_file, PACKAGE) for _ in range(2)]

    assert counts == [1, 0]
    assert bucket.uploads == [LAYER]


@pytest.mark.usefixtures("stub")
def test_an_artifact_without_assets_asks_nothing_of_the_bucket(write: Callable[..., Path]) -> None:
    assert assets.publish_all(write({"template.json": "{}", "assets/": ""}), PACKAGE) == 0


def test_a_file_is_named_by_its_content_and_sent_once(bucket: Bucket, tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(b"the code")

    keys = [assets.publish(path, "artifact-bucket", ".zip") for path in paths]

    assert keys == [CODE, CODE]
    assert bucket.objects == {CODE: b"the code"}
    assert bucket.uploads == [CODE]


def test_the_bucket_is_asked_before_the_whole_of_a_file_is_sent(stub: Stubber, tmp_path: Path) -> None:
    (tmp_path / "code").write_bytes(b"the code")
    place = {"Bucket": "artifact-bucket", "Key": CODE}
    stub.add_client_error("head_object", "404", expected_params=place)
    stub.add_response("put_object", {}, place | {"Body": ANY, "ChecksumAlgorithm": ANY})

    assert assets.publish(tmp_path / "code", "artifact-bucket", ".zip") == CODE


def test_an_asset_is_sent_out_of_its_zip(stub: Stubber, write: Callable[..., Path]) -> None:
    place = {"Bucket": "artifact-bucket", "Key": CODE}
    stub.add_client_error("head_object", "404", expected_params=place)
    stub.add_response("put_object", {}, place | {"Body": ANY, "ChecksumAlgorithm": ANY})

    assert assets.publish_all(write({CODE: "the code"}), PACKAGE) == 1


def test_a_bucket_that_cannot_be_looked_into_is_no_empty_one(stub: Stubber, write: Callable[..., Path]) -> None:
    stub.add_client_error("head_object", "403")

    with pytest.raises(ClientError, match="403"):
        assets.publish_all(write({CODE: "the code"}), PACKAGE)


def test_an_artifact_that_is_no_zip_is_refused_by_name(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no zip")

    with pytest.raises(JobError, match=r"^The assets in the artifact PackageOutput cannot be read: File is not a zip"):
        assets.publish_all(tmp_path / "text", PACKAGE)
    assert bucket.objects == {}


def test_a_damaged_asset_is_refused_and_does_not_reach_the_bucket(bucket: Bucket, tmp_path: Path) -> None:
    zip_file = tmp_path / "PackageOutput.zip"
    with zipfile.ZipFile(zip_file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(CODE, "the code")
    zip_file.write_bytes(zip_file.read_bytes().replace(b"the code", b"another!"))

    with pytest.raises(JobError, match=r"^The assets in the artifact PackageOutput cannot be read: Bad CRC-32"):
        assets.publish_all(zip_file, PACKAGE)
    assert bucket.objects == {}


@pytest.mark.usefixtures("bucket")
def test_the_address_of_an_object_begins_with_that_of_the_service() -> None:
    assert assets.url("artifact-bucket", CODE) == f"https://s3.amazonaws.com/artifact-bucket/{CODE}"
