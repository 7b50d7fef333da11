"""Where a path of the project leads: never out of its folder, be it by `..`, from the disk's root, or by a link."""

import os
from pathlib import Path


class Unfit(ValueError):
    """A path at which there is nothing that could be used; the message says why."""


def find(path: str | Path, start: Path, root: Path) -> Path:
    """What lies at a path from the folder `start`, at its real place below `root`, which is a real place itself.

    Raises:
        Unfit: there is nothing, or it lies out of the project.
    """
    written = Path(os.path.normpath(start / path))
    try:
        real = written.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # a link that leads to itself, a name that no disk takes
        if os.path.islink(written):  # noqa: PTH114 - `is_symlink` fails for a name that no disk takes
            raise Unfit(f"{path} is a link that leads nowhere") from error
        variable = "; variables are not filled in here" if "${" in str(path) else ""
        raise Unfit(f"there is no {path}{variable}") from error
    if not real.is_relative_to(root):
        raise Unfit(f"{path} leads out of the project")
    return real


def named(path: Path, root: Path) -> str:
    """A path as the project knows it, from its root."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
