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

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)  # the last: it is encrypted, or packed in a new way


def text(fetched: Path, artifact: Artifact, path: str) -> str:
    """The text of one file in an artifact.

    Raises:
        JobError: there is none at `path`, it is larger than a request may be, or no text.
    """
    try:
        with zipfile.ZipFile(fetched) as archive:
            entry = archive.getinfo(path)
            if entry.file_size > LIMIT:
                raise JobError(
                    f"{path} in the artifact {artifact.name} has {entry.file_size} bytes and CloudFormation takes "
                    f"{LIMIT} in a request; split the template into several stacks"
                )
            return archive.read(entry).decode()
    except KeyError:
        raise JobError(f"There is no {path} in the artifact {artifact.name}; {_listed(fetched)}") from None
    except (*_DAMAGE, UnicodeDecodeError) as error:
        raise JobError(f"{path} in the artifact {artifact.name} cannot be read: {error}") from error


def parameters(fetched: Path, artifact: Artifact, path: str) -> dict[str, str]:
    """The parameters in a JSON file such as `{"Size": "2"}`.

    Raises:
        JobError: it is no such file.
    """
    try:
        found = json.loads(text(fetched, artifact, path))
    except ValueError as error:
        raise JobError(f"{path} in the artifact {artifact.name} is no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise JobError(f'{path} in the artifact {artifact.name} must map names to texts, as {{"Size": "2"}} does')
    return found


def _listed(fetched: Path) -> str:
    with zipfile.ZipFile(fetched) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    shown = ", ".join(names[:_SHOWN]) + (" and more" if len(names) > _SHOWN else "")
    return f"it holds {shown or 'nothing'}"


_SHOWN = 10
