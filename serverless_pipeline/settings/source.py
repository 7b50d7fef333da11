"""Where the source of a pipeline comes from: the working tree, an object in S3, or a repository on GitHub."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from serverless_pipeline.settings.mistakes import InvalidSettings, refuse

KEY = "source/source.zip"

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_CONNECTION = re.compile(r"arn:aws(-\w+)*:.+:.+:[0-9]{12}:.+")
"""https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_GetConnection.html"""


@dataclass(frozen=True)
class WorkingTree:
    """A snapshot of the project's folder, put under `key` in the pipeline's own bucket."""

    kind: ClassVar[str] = "working-tree"
    key: str = KEY

    def __post_init__(self) -> None:
        refuse(_key_mistakes(self.key))


@dataclass(frozen=True)
class S3:
    """A zip that somebody else puts there; without a bucket it lies in the pipeline's own."""

    kind: ClassVar[str] = "s3"
    bucket: str = ""
    key: str = KEY

    def __post_init__(self) -> None:
        refuse(_key_mistakes(self.key))


@dataclass(frozen=True)
class GitHub:
    """A branch of a repository (`owner/name`), reached through a connection of Developer Tools."""

    kind: ClassVar[str] = "github"
    repository: str
    connection_arn: str
    branch: str = "main"

    def __post_init__(self) -> None:
        refuse(self._mistakes())

    def _mistakes(self) -> Iterator[str]:
        if not _REPOSITORY.fullmatch(self.repository):
            yield f"repository: {self.repository!r} must be owner/name, since the source is github"
        if not _CONNECTION.fullmatch(self.connection_arn):
            yield "connection_arn: the source is github; give the ARN of a connection (Developer Tools > Connections)"
        if not self.branch:
            yield "branch: name one, since the source is github"


@dataclass(frozen=True)
class Undescribed:
    """A source that cannot be reached as it is described; only tasks that need it have to know why."""

    mistakes: tuple[str, ...]


Source = WorkingTree | S3 | GitHub

KINDS = (WorkingTree.kind, GitHub.kind, S3.kind)
UNREACHABLE = f"source: the embedded AWS cannot reach GitHub; choose {WorkingTree.kind} or {S3.kind}"


def describe(section: Mapping[str, str], *, local: bool) -> Source | Undescribed:
    """Read the settings of the source; unless one is chosen it is the working tree on a laptop, else GitHub."""
    kind = section["source"] or (WorkingTree.kind if local else GitHub.kind)
    if local and kind == GitHub.kind:
        return Undescribed((UNREACHABLE,))
    try:
        match kind:
            case GitHub.kind:
                return GitHub(section["repository"], section["connection_arn"], section["branch"])
            case S3.kind:
                return S3(section["source_bucket"], section["source_key"])
            case _:
                return WorkingTree(section["source_key"])
    except InvalidSettings as error:
        return Undescribed(error.mistakes)


def _key_mistakes(key: str) -> Iterator[str]:
    if not key:
        yield "source_key: name the object that is the source"
