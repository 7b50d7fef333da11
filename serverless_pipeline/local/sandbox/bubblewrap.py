"""A sandbox made by bubblewrap, which most distributions package: https://github.com/containers/bubblewrap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from serverless_pipeline.local.sandbox.limits import limited
from serverless_pipeline.local.sandbox.root import (
    DEVICES,
    GROUP,
    USER,
    Bind,
    Entry,
    Folder,
    Link,
    Memory,
    Root,
    Writable,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETPRIV = "/run/setpriv"


@dataclass(frozen=True)
class Bubblewrap:
    """The program, and `setpriv`: root makes a sandbox without a user namespace, and sheds its rights with that."""

    program: str
    setpriv: str | None = None

    name = "bubblewrap"

    def command(self, root: Root, folder: str, words: Sequence[str], *, library_path: str = "") -> list[str]:
        """Run `words` in the root, in this folder of it.

        The variables of the process go through: arguments can be read by everybody on the laptop. The library path is
        none of the laptop's business, so it is set inside.
        """
        return [
            *(self.program, "--die-with-parent", "--unshare-pid", "--unshare-ipc"),
            *("--unshare-uts", "--hostname", "lambda"),
            *self._user(),
            *_entries(root),
            *("--proc", "/proc"),
            *_devices(),
            *("--remount-ro", "/", "--chdir", folder),
            *(("--setenv", "LD_LIBRARY_PATH", library_path) if library_path else ()),
            *("--", *limited([*self._shed(), *words])),
        ]

    def _user(self) -> list[str]:
        if self.setpriv:
            return ["--ro-bind", self.setpriv, SETPRIV]
        return ["--unshare-user", "--uid", str(USER), "--gid", str(GROUP)]

    def _shed(self) -> list[str]:
        if not self.setpriv:
            return []
        return [
            *(SETPRIV, "--reuid", str(USER), "--regid", str(GROUP), "--clear-groups"),
            *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
        ]


def _entries(root: Root) -> Iterator[str]:
    """Folders on the way are made first: those that bubblewrap makes itself are nobody's but root's."""
    made = {PurePosixPath("/")}
    for entry in root.entries:
        for parent in reversed(PurePosixPath(place(entry)).parents):
            if parent not in made:
                made.add(parent)
                yield from ("--dir", str(parent))
        yield from _entry(entry)


def _entry(entry: Entry) -> list[str]:
    match entry:
        case Bind(source, target):
            return ["--ro-bind", str(source), target]
        case Writable(source, target):
            return ["--bind", str(source), target]
        case Memory(target, size):
            return ["--perms", "1777", "--size", str(size), "--tmpfs", target]
        case Link(path, target):
            return ["--symlink", target, path]
        case Folder(path):
            return ["--dir", path]


def _devices() -> Iterator[str]:
    """No `/dev/shm`, no terminal."""
    yield from ("--tmpfs", "/dev")
    for name in DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    yield from ("--symlink", "/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        yield from ("--symlink", f"/proc/self/fd/{number}", f"/dev/{name}")
    yield from ("--remount-ro", "/dev")
