from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.artifacts import transfer
from lambdas.job.ending import JobError
from lambdas.job.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Store

SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/SourceOutput")


def test_an_input_is_unpacked_into_a_folder_of_its_name_and_its_zip_is_gone(store: Store, tmp_path: Path) -> None:
    store.put("SourceOutput", {"app/index.py": "print()"})

    folder = transfer.checkout(store, SOURCE, tmp_path)

    assert folder == tmp_path / "SourceOutput"
    assert (folder / "app" / "index.py").read_text() == "print()"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_absent_input_is_named_with_its_place(store: Store, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="SourceOutput is not at s3://artifact-bucket/dromedary/SourceOutp/SourceOutput"):
        transfer.fetch(store, SOURCE, tmp_path)


def test_an_input_larger_than_the_free_disk_is_refused_by_name(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.objects[SOURCE.key] = bytes(1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=999))

    with pytest.raises(JobError, match="SourceOutput has 1000 bytes, and 999 bytes of disk are free"):
        transfer.fetch(store, SOURCE, tmp_path)


def test_a_refused_input_stays_a_refusal(tmp_path: Path) -> None:
    class Locked:
        def get_object(self, **_request: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    with pytest.raises(ClientError):
        transfer.fetch(Locked(), SOURCE, tmp_path)


def test_an_input_that_is_no_zip_is_named(store: Store, tmp_path: Path) -> None:
    store.objects[SOURCE.key] = b"<html>"

    with pytest.raises(JobError, match="input artifact SourceOutput cannot be unpacked: it is no zip"):
        transfer.checkout(store, SOURCE, tmp_path)


@pytest.mark.parametrize(
    ("key", "expected"),
    [(None, {}), ("arn:aws:kms:key", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:key"})],
)
def test_an_output_is_encrypted_as_its_store_wants(
    store: Store, tmp_path: Path, key: str | None, expected: dict[str, str]
) -> None:
    packed = tmp_path / "out.zip"
    packed.write_bytes(b"a zip")

    transfer.deliver(store, SOURCE, packed, key)

    assert store.objects == {SOURCE.key: b"a zip"}
    assert store.puts == [
        {"Bucket": "artifact-bucket", "Key": SOURCE.key, "ContentType": "application/zip", **expected}
    ]
