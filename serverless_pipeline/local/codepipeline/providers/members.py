"""What lies in the zips of artifacts, read and written in memory: no entry of them ever comes to the disk.

So none can lead out of a folder; those that would, elsewhere, are refused all the same, as are bombs.
"""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers import artifacts
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.providers.work import Work

SEPARATOR = "::"
"""Between an artifact and a file in it, as in `SourceOutput::template.yml`."""
LARGEST_RATIO = 200
"""How much a zip may grow when it is unpacked: text packs 10 times, a bomb 1000 times."""
HARMLESS_SIZE = 256 * 1024**2
"""Below so many bytes no ratio does harm."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
_ENCRYPTED = 0x1


def read(work: Work, reference: str, limit: int) -> bytes:
    """A file of an input artifact, named as `Artifact::file`.

    Raises:
        UnusableError: there is no such artifact or file, or it is larger than `limit` bytes.
        ClientError: the artifact cannot be fetched.
    """
    artifact, _, name = reference.partition(SEPARATOR)
    with opened(work, named(work, artifact)) as archive:
        try:
            entry = archive.getinfo(name)
        except KeyError:
            raise UnusableError(
                f"There is no file {name} in the artifact {artifact}; put it there, or name another one"
            ) from None
        if entry.file_size > limit:
            raise UnusableError(f"The file {reference} has {entry.file_size} bytes, more than the {limit} it may have")
        _check(artifact, entry)
        return archive.read(entry)


def write(work: Work, artifact: Artifact, name: str, content: str) -> None:
    """Put a zip of one file where an output artifact is awaited.

    Raises:
        ClientError: the role may not write there.
    """
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    client = work.credentials.client("s3", work.region)
    client.put_object(Bucket=artifact.bucket, Key=artifact.key, Body=package.getvalue(), **artifacts.encryption(work))


def named(work: Work, name: str) -> Artifact:
    """An input artifact of the action.

    Raises:
        UnusableError: it has none of that name.
    """
    for artifact in work.run.inputs:
        if artifact.name == name:
            return artifact
    raise UnusableError(f"The action has no input artifact {name}; add it to its inputArtifacts")


@contextmanager
def opened(work: Work, artifact: Artifact) -> Iterator[zipfile.ZipFile]:
    """The zip of an artifact, for as long as it is read.

    Raises:
        UnusableError: it is no zip, or a damaged one.
        ClientError: it cannot be fetched.
    """
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "artifact.zip")
        artifacts.fetch(work, artifact, package)
        try:
            with zipfile.ZipFile(package) as archive:
                yield archive
        except _DAMAGE as error:
            raise UnusableError(f"The artifact {artifact.name} cannot be unpacked: {error}") from error


def files(artifact: Artifact, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """All files of the zip.

    Raises:
        UnusableError: one of them must not be unpacked, or all together must not.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    for entry in entries:
        _check(artifact.name, entry)
    size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if size > max(HARMLESS_SIZE, packed * LARGEST_RATIO):
        raise UnusableError(
            f"The artifact {artifact.name} would grow from {packed} to {size} bytes; it looks like a bomb"
        )
    return entries


def _check(artifact: str, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise UnusableError(f"The entry {name!r} of the artifact {artifact} leads out of it")
    if entry.flag_bits & _ENCRYPTED:
        raise UnusableError(f"The entry {name!r} of the artifact {artifact} is encrypted")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise UnusableError(f"The entry {name!r} of the artifact {artifact} is a link or a device, not a file")
