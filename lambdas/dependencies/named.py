"""What the setting `requirements` names: a list, the dependencies of a project, or a lock of uv's; with their groups.

`requirements.txt`, `pyproject.toml`, `pyproject.toml:dev,docs`, `uv.lock`, `api/uv.lock:dev`. What a project itself
depends on counts always; groups are those of PEP 735: https://packaging.python.org/en/latest/specifications/dependency-groups/.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lambdas.job.ending import JobError

if TYPE_CHECKING:
    from pathlib import Path

PROJECT, LOCK = "pyproject.toml", "uv.lock"
LISTS = (".txt", ".in")

_OTHERS = {
    "poetry.lock": "poetry export --with dev --output requirements.txt",
    "Pipfile": "pipenv requirements --dev > requirements.txt",
    "Pipfile.lock": "pipenv requirements --dev > requirements.txt",
    "pdm.lock": "pdm export --output requirements.txt",
    "pylock.toml": "uv export, or the tool's own export, to requirements.txt",
}
"""Files of other tools, and how each makes a list."""


@dataclass(frozen=True)
class Named:
    """A file of the source by its path there, and the groups of it."""

    path: str
    groups: tuple[str, ...] = ()

    @classmethod
    def parse(cls, setting: str) -> Named:
        path, _, groups = setting.partition(":")
        return cls(path, tuple(filter(None, (group.strip() for group in groups.split(",")))))

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> PurePosixPath:
        return PurePosixPath(self.path).parent

    @property
    def is_list(self) -> bool:
        return PurePosixPath(self.path).suffix in LISTS

    def check(self, source: Path) -> None:
        """Look whether there is something to install.

        Raises:
            JobError: there is no such file, or it is of a tool that uv does not read, or a list cannot have groups.
        """
        if not (source / self.path).is_file():
            raise JobError(
                f"The source has no {self.path}, which the setting `requirements` names; "
                "add it (it may be empty), or mend the setting in invoke.yaml"
            )
        if self.name in _OTHERS:
            raise JobError(f"uv installs nothing from {self.path}; {_OTHERS[self.name]}, and name that")
        if self.groups and self.name not in {PROJECT, LOCK}:
            raise JobError(f"{self.path} has no groups; {PROJECT} and {LOCK} have. Mend the setting `requirements`")
