"""Files in the zips of artifacts: found by name, and refused where they would do harm."""

from __future__ import annotations

import io
import zipfile

import pytest

from serverless_pipeline.local.codepipeline.providers import members
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from tests.support.lambdas import zipped
from tests.support.provider_work import INPUT, OUTPUT, Services, work_of

WORK = work_of("Deploy", "S3", {}, inputs=(INPUT,))


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services(artifact=zipped({"a/b.json": "{}"})).install(monkeypatch)


@pytest.mark.usefixtures("services")
def test_a_file_is_read_by_its_artifact_and_its_name() -> None:
    assert members.read(WORK, "In::a/b.json", 2) == b"{}"


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("reference", "limit", "message"),
    [
        ("Other::a/b.json", 2, "The action has no input artifact Other; add it to its inputArtifacts"),
        ("In::c.json", 2, "There is no file c.json in the artifact In; put it there, or name another one"),
        ("In::a/b.json", 1, "The file In::a/b.json has 2 bytes, more than the 1 it may have"),
    ],
)
def test_what_cannot_be_read_is_named(reference: str, limit: int, message: str) -> None:
    with pytest.raises(UnusableError) as caught:
        members.read(WORK, reference, limit)

    assert str(caught.value) == message


def test_an_artifact_that_is_no_zip_is_named(services: Services) -> None:
    services.artifact = b"no zip"

    with pytest.raises(UnusableError, match="The artifact In cannot be unpacked: File is not a zip file"):
        members.read(WORK, "In::a", 1)


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "a\\b"])
def test_an_entry_that_leads_out_is_refused(name: str) -> None:
    entry = zipfile.ZipInfo("x")
    entry.filename = name

    with pytest.raises(UnusableError, match="leads out of it"):
        check(entry)


def test_a_link_and_an_encrypted_entry_are_refused() -> None:
    link, secret = zipfile.ZipInfo("link"), zipfile.ZipInfo("secret")
    link.external_attr = 0o120777 << 16
    secret.flag_bits = 1

    with pytest.raises(UnusableError, match="a link or a device"):
        check(link)
    with pytest.raises(UnusableError, match="is encrypted"):
        check(secret)


def test_a_bomb_is_refused_and_what_is_only_well_packed_is_not() -> None:
    bomb, logs = zipfile.ZipInfo("bomb"), zipfile.ZipInfo("logs")
    bomb.compress_size, bomb.file_size = 1024, members.HARMLESS_SIZE + 1
    logs.compress_size, logs.file_size = 1024, members.HARMLESS_SIZE

    with pytest.raises(UnusableError, match="like a bomb"):
        check(bomb)
    check(logs)


def test_a_file_is_written_as_a_zip_of_its_own(services: Services) -> None:
    members.write(WORK, OUTPUT, "out.json", "[]")

    request = services.arguments("put_object")
    assert (request["Bucket"], request["Key"]) == ("store", "p/Out/def")
    with zipfile.ZipFile(io.BytesIO(request["Body"])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"out.json": b"[]"}


class Directory(zipfile.ZipFile):
    """A zip of which only the directory is there."""

    def __init__(self, *entries: zipfile.ZipInfo) -> None:
        self.filelist = list(entries)

    def __del__(self) -> None:
        """Nothing was opened."""


def check(entry: zipfile.ZipInfo) -> None:
    assert members.files(INPUT, Directory(entry)) == [entry]
