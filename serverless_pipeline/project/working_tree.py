"""The working tree: what git tracks and what it neither tracks nor ignores, as it lies on the disk.

Submodules that are checked out belong to it. What cannot come along is named: a submodule that is not checked out, a
repository within this one, a link that leads out of the tree or to nothing that comes along, a tracked file that a
sparse checkout leaves out.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import archive
from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_OURS = ".local"
"""What the embedded AWS and the commands keep in a project; git need not ignore it."""


@dataclass(frozen=True)
class Tree:
    """The working tree: its files, the commit (None before the first one), and whether it differs from the commit.

    `left_out` names what does not come along, each with the reason.
    """

    files: Mapping[str, Path]
    commit: str | None
    modified: bool
    left_out: tuple[str, ...] = ()

    def digest(self) -> str:
        """Names and contents, what is executable and what a link, and the commit if it is the revision.

        Raises:
            Misconfigured: a file cannot be read.
        """
        total = hashlib.sha256(f"{self.commit or ''}{self.modified}".encode())
        for name, path in sorted(self.files.items()):
            mode = path.lstat().st_mode
            link = stat.S_ISLNK(mode)
            content = hashlib.sha256(os.fsencode(path.readlink())).hexdigest() if link else _digest(name, path)
            total.update(f"{name}\0{link}\0{bool(mode & stat.S_IXUSR)}\0{content}".encode())
        return total.hexdigest()

    def revision(self, now: datetime) -> str:
        """The commit in 40 hex digits if nothing was changed since, else the time as `YYYYMMDD-HHMMSS`."""
        return self.commit if self.commit and not self.modified else f"{now:%Y%m%d-%H%M%S}"

    def summary(self) -> str:
        """Words for a person; S3's metadata is ASCII."""
        if self.commit is None:
            return "working tree before the first commit"
        return f"commit {self.commit}" + (" with changes of the working tree" if self.modified else "")


@dataclass
class _Listing:
    """What git lists below a folder, by the name that it has in the snapshot, and what has to stay behind."""

    files: dict[str, Path] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def of_project(folder: str) -> Tree:
    """The working tree as the source of the project that is here.

    It is what lies here, or the whole repository, as other sources bring it, where `folder` says that the project is
    one of several in it.

    Raises:
        Misconfigured: the project lies elsewhere in its repository, or as in `read`.
    """
    here = Path()
    if not folder:
        return read(here)
    place = _git(here, "rev-parse", "--show-prefix").removesuffix("\n").rstrip("/")
    if place != folder:
        where = f"in {place}" if place else "at the top"
        raise Misconfigured(f"folder: the project lies {where} of its repository, not in {folder}", hint=_FOLDER)
    return read(Path(_git(here, "rev-parse", "--show-toplevel").removesuffix("\n")))


def read(folder: Path) -> Tree:
    """Look at the working tree below `folder`.

    Raises:
        Misconfigured: it is none, holds nothing, or a name in it is none for a zip; git's own words where git refuses.
    """
    listing = _Listing()
    _list(folder, "", listing)
    if unspeakable := [name for name in listing.files if not _is_utf8(name)]:
        raise Misconfigured(
            f"A zip holds names in UTF-8 only, and {os.fsencode(unspeakable[0])!r} is not.", hint="rename it"
        )
    _leave_out_links(folder, listing)
    if not listing.files:
        raise Misconfigured(f"There is nothing to deliver in {folder.absolute()}: git knows no file here.")
    commit, modified = _state(folder)
    return Tree(listing.files, commit, modified, tuple(listing.left_out))


def _list(folder: Path, prefix: str, listing: _Listing) -> None:
    """Add what lies below a folder, and below the submodules in it."""
    names = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", f"--exclude={_OURS}/")
    missing = []
    for name in filter(None, names.split("\0")):
        path = folder / name
        if path.is_symlink() or path.is_file():
            listing.files[prefix + name] = path
        elif name.endswith("/"):
            listing.left_out.append(f"{prefix}{name} is a repository of its own; make it a submodule, or ignore it")
        elif not path.is_dir():
            missing.append(name)
        elif (path / ".git").exists():
            _list(path, f"{prefix}{name}/", listing)
        else:
            command = "git submodule update --init --recursive"
            listing.left_out.append(f"{prefix}{name} is a submodule that is not checked out; {command}")
    listing.left_out += _not_checked_out(folder, prefix, missing)


def _not_checked_out(folder: Path, prefix: str, missing: Iterable[str]) -> Iterator[str]:
    """Tracked files that are not on the disk, and that nobody deleted."""
    if not missing:
        return
    skipped = _git(folder, "ls-files", "-z", "-t", "--cached").split("\0")
    sparse = {entry.removeprefix("S ") for entry in skipped if entry.startswith("S ")}
    for name in missing:
        if name in sparse:
            yield f"{prefix}{name} is tracked and not checked out; git sparse-checkout disable"


def _leave_out_links(folder: Path, listing: _Listing) -> None:
    """Leave out links that lead nowhere in a snapshot: the functions refuse an archive that holds one."""
    root = Path(os.path.realpath(folder))
    there = {"."} | {str(parent) for name in listing.files for parent in (Path(name), *Path(name).parents)}
    for name, path in list(listing.files.items()):
        if path.is_symlink() and not _leads_to(there, root, path):
            del listing.files[name]
            listing.left_out.append(f"{name} is a link to {path.readlink()}, which does not come along")


def _leads_to(there: set[str], root: Path, link: Path) -> bool:
    """Whether a link leads to something of the tree, by a way that can be gone elsewhere too."""
    target = Path(os.path.realpath(link))
    if link.readlink().is_absolute() or target.is_symlink() or not target.is_relative_to(root):
        return False
    return str(target.relative_to(root)) in there


def _state(folder: Path) -> tuple[str | None, bool]:
    """The commit that is checked out, on a branch or not (None before the first), and whether the tree differs."""
    options = ("--porcelain=v2", "--branch", "--untracked-files=normal", "--ignore-submodules=none")
    lines = _git(folder, "status", *options, "--", ".", f":(exclude,glob)**/{_OURS}/**").splitlines()
    headers = dict(line.removeprefix("# ").split(" ", 1) for line in lines if line.startswith("# "))
    commit = headers["branch.oid"]
    return None if commit == "(initial)" else commit, any(not line.startswith("# ") for line in lines)


def _digest(name: str, path: Path) -> str:
    try:
        return archive.digest([path])
    except OSError as error:
        hint = "make it readable, or have git ignore it"
        raise Misconfigured(f"{name} cannot be read: {error.strerror}", hint=hint) from error


def _is_utf8(name: str) -> bool:
    """Whether it is text; what is not holds bytes that Python has escaped."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own words
    except FileNotFoundError as error:
        raise Misconfigured("git is not installed.", hint="install git, or choose `source: s3`") from error
    except subprocess.CalledProcessError as error:
        advice = "" if _has_repository(folder) else "git init, or choose `source: s3`"
        words_of_git = error.stderr.decode(errors="replace").strip()
        raise Misconfigured(f"git does not say what is in {folder.absolute()}: {words_of_git}", hint=advice) from error
    return done.stdout.decode(errors="surrogateescape")


_FOLDER = "mend folder in invoke.yaml"


def _has_repository(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder.absolute(), *folder.absolute().parents))
