"""Work folders, and what lies in /tmp: all that a function can write, and Lambda keeps it from job to job.

Only the user of the function can enter a work folder. Folders may lie deeper in each other than a path or a stack
reaches, and may be closed to their owner: what is removed is made flat first.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import tempfile
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

TASK_ROOT = "LAMBDA_TASK_ROOT"
_VAR_TASK = "/var/task"
_FOR_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_AT_A_TIME = 1000
_POSTPONED: ContextVar[list[Path] | None] = ContextVar("postponed", default=None)


@contextlib.contextmanager
def work(prefix: str) -> Iterator[Path]:
    """A new folder for one job; it goes at the end, and what cannot be removed is left to `sweep`."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        postponed = _POSTPONED.get()
        if postponed is None:
            _remove_if_possible(folder)
        else:
            postponed.append(folder)


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Work folders that end within go at the end of this: nobody waits for that once the job is answered."""
    folders: list[Path] = []
    token = _POSTPONED.set(folders)
    try:
        yield
    finally:
        _POSTPONED.reset(token)
        for folder in folders:
            _remove_if_possible(folder)


def is_private(own: Mapping[str, str]) -> bool:
    """Whether nothing but the function uses the temporary folder: it is Lambda's, or nobody else may write there.

    `own` is the environment of the function.
    """
    if own.get(TASK_ROOT) == _VAR_TASK:
        return True
    status = Path(tempfile.gettempdir()).stat()
    return TASK_ROOT in own and status.st_uid == os.geteuid() and not status.st_mode & _FOR_OTHERS


def sweep(keep: Collection[str] = ()) -> list[str]:
    """Empty the temporary folder, but for the names to `keep`; answers what could not be removed."""
    left = []
    with os.scandir(tempfile.gettempdir()) as entries:
        names = sorted(entry.name for entry in entries if entry.name not in keep)
    for name in names:
        path = Path(tempfile.gettempdir(), name)
        _remove_if_possible(path)
        if os.path.lexists(path):
            left.append(name)
    return left


def _remove_if_possible(path: Path) -> None:
    with contextlib.suppress(OSError):
        remove(path)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds; links are removed and not followed.

    Raises:
        OSError: something of it cannot be removed.
    """
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    root = Path(tempfile.mkdtemp(prefix="removed-", dir=path.parent))
    count = 0
    path.rename(root / "0")
    while folders := _some(root):
        for folder in folders:
            count = _flatten(root, folder.name, count)
    root.rmdir()


def _flatten(root: Path, name: str, count: int) -> int:
    """Remove a folder of `root`; the folders in it come to lie in `root` first, under numbers from `count` on."""
    (root / name).chmod(stat.S_IRWXU)
    while entries := _some(root / name):
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                count += 1
                inner = Path(entry.path)
                with contextlib.suppress(OSError):  # a closed folder cannot be moved: its entry `..` changes
                    inner.chmod(stat.S_IRWXU)
                inner.rename(root / str(count))
            else:
                os.unlink(entry.path)  # noqa: PTH108 - there are thousands of them
    (root / name).rmdir()
    return count


def _some(folder: Path) -> list[os.DirEntry[str]]:
    """The first entries of a folder, which may hold more than memory does."""
    with os.scandir(folder) as entries:
        return list(itertools.islice(entries, _AT_A_TIME))
