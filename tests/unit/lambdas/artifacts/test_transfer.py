from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
)

from lambdas.artifacts import transfer
from lambdas.job.ending import JobError, NotAllowed
from lambdas.job.job import Artifact
from tests.support.store import zipped

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from tests.support.functions import Log
    from tests.support.store import Store

MEGABYTE = 1024**2
SOURCE = Artifact("SourceOutput", "artifact-bucket", "dromedary/SourceOutp/SourceOutput")
PACKAGE = Artifact("PackageOutput", "artifact-bucket", "dromedary/PackageOut/PackageOutput")
URL = "https://s3.amazonaws.com"
BREAKS = [
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ReadTimeoutError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
    FlexibleChecksumError(error_msg="Expected checksum a did not match calculated checksum b"),
]


class Body(io.BytesIO):
    """What comes of an object: a part of it, and then, it may be, an error."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        super().__init__(content)
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        if not chunk and self._error:
            raise self._error
        return chunk


class Answering:
    """An S3 that answers with these bodies, one after another; an error among them is raised at once."""

    def __init__(self, *answers: Body | Exception, size: int = 7) -> None:
        self._answers = list(answers)
        self._size = size
        self.requests: list[dict[str, str]] = []
        self.bodies = [answer for answer in answers if isinstance(answer, Body)]

    @property
    def client(self) -> S3Client:
        return cast("S3Client", self)

    def get_object(self, **request: str) -> dict[str, Any]:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Body": answer, "ContentLength": self._size}


def refusal(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "said AWS"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetObject")


def test_an_input_is_unpacked_into_a_folder_of_its_name_and_its_zip_is_gone(store: Store, tmp_path: Path) -> None:
    store.put("SourceOutput", {"app/index.py": "print()"})

    folder = transfer.checkout(store.client, SOURCE, tmp_path)

    assert folder == tmp_path / "SourceOutput"
    assert (folder / "app" / "index.py").read_text() == "print()"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_input_is_fetched_as_the_zip_it_is(tmp_path: Path) -> None:
    store = Answering(Body(b"content"))

    package = transfer.fetch(store.client, SOURCE, tmp_path)

    assert package == tmp_path / "SourceOutput.zip"
    assert package.read_bytes() == b"content"
    assert store.requests == [{"Bucket": "artifact-bucket", "Key": "dromedary/SourceOutp/SourceOutput"}]
    assert [body.closed for body in store.bodies] == [True]


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchBucket", "404"])
def test_an_absent_input_is_named_with_its_place(tmp_path: Path, code: str) -> None:
    with pytest.raises(JobError) as caught:
        transfer.fetch(Answering(refusal(code)).client, SOURCE, tmp_path)

    assert caught.value.type == "JobFailed"
    assert str(caught.value) == (
        "The input artifact SourceOutput is not at s3://artifact-bucket/dromedary/SourceOutp/SourceOutput; "
        "release the change again"
    )


def test_an_input_that_is_refused_may_be_absent_and_what_aws_said_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed) as caught:
        transfer.fetch(Answering(refusal("AccessDenied", 403)).client, SOURCE, tmp_path)

    assert str(caught.value).startswith(
        "The input artifact SourceOutput is not at s3://artifact-bucket/dromedary/SourceOutp/SourceOutput, or the job "
        "may not read it. AWS did not allow GetObject; a role lacks the permission"
    )
    assert str(caught.value).endswith(": said AWS (AccessDenied)")


def test_another_refusal_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="SlowDown"):
        transfer.fetch(Answering(refusal("SlowDown", 503)).client, SOURCE, tmp_path)


def test_an_input_larger_than_the_free_disk_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = {tmp_path: 7}
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=free[folder]))

    transfer.fetch(Answering(Body(b"content")).client, SOURCE, tmp_path)

    with pytest.raises(JobError, match=r"^The input artifact SourceOutput has 8 bytes, and 7 bytes of disk are free$"):
        transfer.fetch(Answering(Body(b"contents"), size=8).client, SOURCE, tmp_path)


@pytest.mark.parametrize("error", BREAKS)
def test_an_input_that_breaks_off_is_fetched_again_and_arrives_whole(
    tmp_path: Path, log: Log, error: Exception
) -> None:
    store = Answering(*(Body(b"cont", error) for _ in range(3)), Body(b"content"))

    package = transfer.fetch(store.client, SOURCE, tmp_path)

    assert package.read_bytes() == b"content"
    assert [body.closed for body in store.bodies] == [True] * 4
    assert log.lines == [f"{SOURCE.url} broke off ({error}), attempt {number} of 4" for number in (1, 2, 3)]


def test_an_input_that_always_breaks_off_is_named_and_no_part_of_it_stays(tmp_path: Path) -> None:
    error = ReadTimeoutError(endpoint_url=URL)
    store = Answering(*(Body(b"cont", error) for _ in range(4)))

    with pytest.raises(JobError) as caught:
        transfer.fetch(store.client, SOURCE, tmp_path)

    assert str(caught.value) == (
        f"The input artifact SourceOutput broke off each of 4 times it was fetched from {SOURCE.url} ({error}); "
        "release the change again"
    )
    assert len(store.requests) == 4
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_is_no_zip_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"^The input artifact SourceOutput cannot be unpacked: it is no zip"):
        transfer.checkout(Answering(Body(b"<html>")).client, SOURCE, tmp_path)


def test_one_file_of_an_artifact_takes_the_place_of_its_zip(tmp_path: Path) -> None:
    package = tmp_path / "PackageOutput.zip"
    package.write_bytes(zipped({"deliveries/A.zip": b"a", "deliveries/B.zip": b"b", "A.zip": b"c"}))

    path = transfer.extract(PACKAGE, package, "deliveries/A.zip")

    assert path.read_bytes() == b"a"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("path", ["site", "a/..", "PackageOutput.zip", "deliveries/PackageOutput.path.zip"])
def test_whatever_it_is_called_a_file_is_written_beside_the_zip_and_named_as_one(tmp_path: Path, path: str) -> None:
    package = tmp_path / "PackageOutput.zip"
    package.write_bytes(zipped({path: b"a"}))

    target = transfer.extract(PACKAGE, package, path)

    assert target == tmp_path / "PackageOutput.path.zip"
    assert target.read_bytes() == b"a"


@pytest.mark.parametrize("path", ["A.zip", "deliveries", "deliveries/a.zip", "/deliveries/A.zip"])
def test_a_file_that_an_artifact_does_not_hold_is_named(tmp_path: Path, path: str) -> None:
    package = tmp_path / "PackageOutput.zip"
    package.write_bytes(zipped({"deliveries/A.zip": b"a"}))

    with pytest.raises(JobError) as caught:
        transfer.extract(PACKAGE, package, path)

    assert str(caught.value) == f"The input artifact PackageOutput holds no {path}; release the change again"


def test_an_artifact_that_is_no_zip_holds_no_file(tmp_path: Path) -> None:
    (tmp_path / "PackageOutput.zip").write_bytes(b"<html>")

    with pytest.raises(
        JobError, match=r"^A\.zip in the input artifact PackageOutput cannot be unpacked: File is not a zip"
    ):
        transfer.extract(PACKAGE, tmp_path / "PackageOutput.zip", "A.zip")


@pytest.mark.parametrize(
    ("compression", "offset", "bits"),
    [
        pytest.param(zipfile.ZIP_STORED, 40, 0x41, id="its content is another"),
        pytest.param(zipfile.ZIP_STORED, 30, 0x41, id="its name is another"),
        pytest.param(zipfile.ZIP_DEFLATED, 35, 0x06, id="it does not inflate"),
        pytest.param(zipfile.ZIP_STORED, -22 - 51 + 8, 0x01, id="it is encrypted"),  # a flag in the directory
        pytest.param(zipfile.ZIP_STORED, -22 - 51 + 10, 0x41, id="it is packed in another way"),
    ],
)
def test_a_damaged_file_of_an_artifact_is_refused(tmp_path: Path, compression: int, offset: int, bits: int) -> None:
    package = tmp_path / "PackageOutput.zip"
    with zipfile.ZipFile(package, "w", compression) as archive:
        archive.writestr("A.zip", "content" * 9)
    content = bytearray(package.read_bytes())
    content[offset] ^= bits
    package.write_bytes(content)

    with pytest.raises(JobError, match=r"^A\.zip in the input artifact PackageOutput cannot be unpacked: "):
        transfer.extract(PACKAGE, package, "A.zip")


def test_a_file_of_an_artifact_may_fill_the_disk_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "PackageOutput.zip"
    content = zipped({"A.zip": b"content", "B.zip": b"contents"})
    free = {tmp_path: 7}
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=free[folder]))

    package.write_bytes(content)
    path = transfer.extract(PACKAGE, package, "A.zip")
    package.write_bytes(content)

    assert path.read_bytes() == b"content"
    with pytest.raises(JobError, match=r"^B\.zip in the input artifact PackageOutput has 8 bytes, and 7 bytes of disk"):
        transfer.extract(PACKAGE, package, "B.zip")


@pytest.mark.parametrize(
    ("key", "expected"),
    [(None, {}), ("arn:aws:kms:key", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:key"})],
)
def test_an_output_is_encrypted_as_its_store_wants(
    store: Store, tmp_path: Path, key: str | None, expected: dict[str, str]
) -> None:
    package = tmp_path / "out.zip"
    package.write_bytes(b"a zip")

    transfer.deliver(store.client, SOURCE, package, key)

    assert store.objects == {SOURCE.key: b"a zip"}
    assert store.puts == [
        {"Bucket": "artifact-bucket", "Key": SOURCE.key, "ContentType": "application/zip", **expected}
    ]


def test_an_output_goes_in_parts_of_which_four_are_held(tmp_path: Path) -> None:
    configurations: list[TransferConfig] = []

    class Uploading:
        def upload_fileobj(self, *_arguments: object, Config: TransferConfig, **_options: object) -> None:  # noqa: N803
            configurations.append(Config)

    (tmp_path / "out.zip").write_bytes(b"a zip")
    other = TransferConfig()

    transfer.deliver(cast("S3Client", Uploading()), SOURCE, tmp_path / "out.zip", None)
    transfer.deliver(cast("S3Client", Uploading()), SOURCE, tmp_path / "out.zip", None, transfer=other)

    first, second = configurations
    assert (first.multipart_threshold, first.multipart_chunksize) == (64 * MEGABYTE, 16 * MEGABYTE)
    assert first.max_request_concurrency == 4
    assert second is other
