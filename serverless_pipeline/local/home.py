"""`.local` in a project: the files of its embedded AWS, and which of them stay when it stops."""

import shutil
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder, an absolute path."""

    path: Path

    @classmethod
    def of(cls, project: Path | None = None) -> "Home":
        """The one of a project, which is the working directory if none is named."""
        return cls((project or Path.cwd()).resolve() / ".local")

    @property
    def record(self) -> Path:
        """Which process runs, and the root key: client/record.py."""
        return self.path / "aws.json"

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.path / "aws.log"

    @property
    def lock(self) -> Path:
        """Held while it is started or stopped."""
        return self.path / "lock"

    @property
    def scratch(self) -> Path:
        """What MiniStack and functions write."""
        return self.path / "tmp"

    def open(self) -> None:
        """Make the folder, into which no other user of this machine looks: functions find their own files all the same.

        Names of keys, code and logs lie there.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(stat.S_IRWXU)

    def clear(self) -> None:
        """Remove what a server left; the log stays to be read, and the lock because it may be held."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.record.unlink(missing_ok=True)
