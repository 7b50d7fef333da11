"""The folder of a project in its repository, and a name for its stacks."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_LONGEST = 28
"""Signs of a stack's name, which those of functions and buckets begin with; see the setting `stack_name`."""
_NAMELESS = "pipeline"


@dataclass(frozen=True)
class Place:
    """A folder; `repository` is the top of the repository it lies in, None if it lies in none."""

    folder: Path
    repository: Path | None

    @classmethod
    def of(cls, folder: Path) -> Place:
        folder = folder.absolute()
        tops = (top for top in (folder, *folder.parents) if (top / ".git").exists())
        return cls(folder, next(tops, None))

    @property
    def below(self) -> PurePosixPath:
        """Its path from the top of its repository, `.` if it is the top or there is none."""
        return PurePosixPath(self.folder.relative_to(self.repository or self.folder).as_posix())

    @property
    def git(self) -> PurePosixPath:
        """The way from the folder to what only a repository has, and no copy of its files."""
        return PurePosixPath(*[".."] * len(self.below.parts), ".git")

    @property
    def stack_name(self) -> str:
        """The folder's name, as stacks may be called."""
        words = re.sub(r"[^a-z0-9]+", "-", self.folder.name.lower()).lstrip("-0123456789")
        return words[:_LONGEST].strip("-") or _NAMELESS

    def ignores(self, path: PurePosixPath) -> bool:
        """Whether git ignores what lies there, so that no commit brings it; where there is no git, nothing is."""
        if self.repository is None:
            return False
        command = ["git", "-C", str(self.folder), "check-ignore", "--quiet", f"{path}/"]
        try:
            return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - our words
        except FileNotFoundError:
            return False
