"""What a stack is made from: a template in an artifact, and files of parameters and tags beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdas.artifacts import member
from lambdas.job.ending import JobError

if TYPE_CHECKING:
    import zipfile
    from pathlib import Path

    from lambdas.job.job import Artifact

IN_REQUEST, LIMIT = 51_200, 1_000_000
"""The most bytes of a template that CloudFormation takes in a request, and from S3.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

_PARTS = ("Parameters", "Tags")
_LISTED = 10


def text(zip_file: Path, artifact: Artifact, path: str) -> str:
    """The text of one file in an artifact.

    Raises:
        JobError: there is none at `path`, it is larger than a template may be, or no text.
    """
    try:
        with member.opened(zip_file) as archive:
            if path not in archive.namelist():
                raise JobError(f"There is no {path} in the artifact {artifact.name}; it holds {_listing(archive)}")
            entry = archive.getinfo(path)
            if entry.file_size > LIMIT:
                raise JobError(
                    f"{path} in the artifact {artifact.name} has {entry.file_size} bytes and CloudFormation takes "
                    f"{LIMIT}; split the template into several stacks"
                )
            return member.text(archive, path, LIMIT)
    except member.DAMAGE as error:
        raise JobError(f"{path} in the artifact {artifact.name} cannot be read: {error}") from error


def parameters(zip_file: Path, artifact: Artifact, path: str) -> dict[str, str]:
    """The parameters in a JSON file such as `{"Size": "2"}`.

    Raises:
        JobError: it is no such file.
    """
    values: dict[str, str] = document(zip_file, artifact, path)
    if not _maps_texts(values):
        raise JobError(f'{path} in the artifact {artifact.name} must map names to texts, as {{"Size": "2"}} does')
    return values


def configuration(zip_file: Path, artifact: Artifact, path: str) -> dict[str, dict[str, str]]:
    """The parameters and the tags in a JSON file such as `{"Parameters": {"Size": "2"}, "Tags": {"Team": "web"}}`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html

    Raises:
        JobError: it is no such file.
    """
    content = document(zip_file, artifact, path)
    parts = {name: content.get(name, {}) for name in _PARTS} if isinstance(content, dict) else {}
    if not parts or content.keys() - parts.keys() or not all(map(_maps_texts, parts.values())):
        what = " and ".join(_PARTS)
        raise JobError(f"{path} in the artifact {artifact.name} must hold {what}, which map names to texts")
    return parts


def document(zip_file: Path, artifact: Artifact, path: str) -> Any:  # noqa: ANN401 - whatever it holds
    """What a JSON file in an artifact says.

    Raises:
        JobError: there is none at `path`, or it is no JSON.
    """
    try:
        return json.loads(text(zip_file, artifact, path))
    except ValueError as error:
        raise JobError(f"{path} in the artifact {artifact.name} is no JSON: {error}") from error


def _maps_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _listing(archive: zipfile.ZipFile) -> str:
    """The first files in a zip, in words."""
    names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    return ", ".join(names[:_LISTED]) + (" and more" if len(names) > _LISTED else "") or "nothing"
