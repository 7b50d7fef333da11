"""The files of a folder as `aws cloudformation package` finds them: all of them, and links are followed.

Left out is what never belongs to an artifact and would make another one of the same commit: git's own, the state of the
embedded AWS at the root, and what Python and its tools write beside the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.archive import SKIPPED
from serverless_pipeline.environment import paths
from serverless_pipeline.environment.paths import Unfit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

GIT = ".git"
STATE = ".local"

_LEFT_OUT = SKIPPED | {GIT}


def files(folder: Path, root: Path, without: Collection[Path] = ()) -> dict[str, Path]:
    """The files below a folder at its real place, by the names they have from there, each at its own real place.

    Raises:
        Unfit: it has none, or something in it cannot be packaged.
    """
    found = dict(_files(folder, root, {*without, root / STATE}, ()))
    if not found:
        raise Unfit(f"{paths.named(folder, root)} holds no file")
    return found


def _files(folder: Path, root: Path, without: Collection[Path], above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    if folder in above:
        raise Unfit(f"{paths.named(folder, root)} holds a link to itself")
    for entry in sorted(folder.iterdir()):
        if entry.name in _LEFT_OUT:
            continue
        _check_name(entry, root)
        real = paths.find(paths.named(entry, root), root, root) if entry.is_symlink() else entry
        if real in without or GIT in real.relative_to(root).parts:
            continue
        if real.is_dir():
            for name, file in _files(real, root, without, (*above, folder)):
                yield f"{entry.name}/{name}", file
        elif real.is_file():
            yield entry.name, real
        else:
            raise Unfit(f"{paths.named(entry, root)} is neither a file nor a folder")


def _check_name(entry: Path, root: Path) -> None:
    try:
        entry.name.encode()
    except UnicodeEncodeError as error:
        raise Unfit(f"{paths.named(entry, root)!a} has a name that is not UTF-8") from error
