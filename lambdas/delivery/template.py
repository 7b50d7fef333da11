"""What a stack is made from: a template in an artifact, and a file of parameters beside it."""

from __future__ import annotations

import json
import zipfile
import zlib
from typing import TYPE_CHECKING

from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from pathlib import Path

    from lambdas.job.job import Artifact

LIMIT = 51_200
"""The most bytes of a template that CloudFormation takes in a request.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

_LISTED = 10
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)  # the last: it is encrypted, or packed in a new way


def text(zip_file: Path, artifact: Artifact, path: str) -> str:
    """The text of one file in an artifact.

    Raises:
        JobError: there is none at `path`, it is larger than a request may be, or no text.
    """
    try:
        with zipfile.ZipFile(zip_file) as archive:
            if path not in archive.namelist():
                raise JobError(f"There is no {path} in the artifact {artifact.name}; it holds {_listing(archive)}")
            entry = archive.getinfo(path)
            if entry.file_size > LIMIT:
                raise JobError(
                    f"{path} in the artifact {artifact.name} has {entry.file_size} bytes and CloudFormation takes "
                    f"{LIMIT} in a request; split the template into several stacks"
                )
            return archive.read(entry).decode()
    except (*_DAMAGE, UnicodeDecodeError) as error:
        raise JobError(f"{path} in the artifact {artifact.name} cannot be read: {error}") from error


def parameters(zip_file: Path, artifact: Artifact, path: str) -> dict[str, str]:
    """The parameters in a JSON file such as `{"Size": "2"}`.

    Raises:
        JobError: it is no such file.
    """
    try:
        values = json.loads(text(zip_file, artifact, path))
    except ValueError as error:
        raise JobError(f"{path} in the artifact {artifact.name} is no JSON: {error}") from error
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise JobError(f'{path} in the artifact {artifact.name} must map names to texts, as {{"Size": "2"}} does')
    return values


def _listing(archive: zipfile.ZipFile) -> str:
    """The first files in a zip, in words."""
    names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    return ", ".join(names[:_LISTED]) + (" and more" if len(names) > _LISTED else "") or "nothing"
