"""The source as the pipeline takes it: a snapshot of the working tree, in S3.

The snapshot holds what git tracks and what it neither tracks nor ignores, as it lies on the disk. Its revision is the
commit if nothing was changed since, else the time, and stands in the archive's comment as `git archive` writes it.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline import archive
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.aws import Clients

SUMMARY = "codepipeline-artifact-revision-summary"
"""The metadata from which CodePipeline's S3 source takes the words for a revision."""

_DIGEST = "source-digest"


@dataclass(frozen=True)
class Source:
    """What was published: `changed` is False if the object was the same already."""

    revision: str
    summary: str
    changed: bool


@dataclass(frozen=True)
class Tree:
    """The working tree: its files, the commit (None before the first one), and whether it differs from the commit."""

    files: Mapping[str, Path]
    commit: str | None
    modified: bool

    @property
    def digest(self) -> str:
        """Names, modes and contents, and the commit if it is the revision."""
        total = hashlib.sha256((self.commit or "").encode() + str(self.modified).encode())
        for name in sorted(self.files):
            path = self.files[name]
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            mode = oct(path.lstat().st_mode)
            total.update(f"{name}\0{mode}\0".encode() + hashlib.sha256(content).digest())
        return total.hexdigest()


def publish(clients: Clients, bucket_name: str, key: str) -> Source:
    """Put a snapshot of the working tree where the pipeline's source action looks for it, unless it is there already.

    Raises:
        Misconfigured: the folder is no git working tree, or holds nothing.
    """
    tree = read(Path())
    there = bucket.head(clients, bucket_name, key) or {}
    if there.get(_DIGEST) == tree.digest:
        return Source(there["revision"], there[SUMMARY], changed=False)
    revision = _revision(tree, lambda: datetime.now(UTC))
    metadata = {_DIGEST: tree.digest, "revision": revision, SUMMARY: _summary(tree)}
    with tempfile.TemporaryDirectory(prefix="source-") as scratch:
        snapshot = Path(scratch) / "source.zip"
        archive.pack_files(tree.files, snapshot, comment=revision)
        bucket.put(clients, bucket_name, key, snapshot, metadata=metadata)
    return Source(revision, metadata[SUMMARY], changed=True)


def read(folder: Path) -> Tree:
    """Look at the working tree below `folder`."""
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--exclude=.local/")
    files = {name: folder / name for name in listed.split("\0") if name and _is_file(folder / name)}
    if not files:
        raise Misconfigured(f"There is nothing to deliver in {folder.absolute()}: git knows no file here.")
    return Tree(files, _commit(folder), modified=bool(_git(folder, "status", "--porcelain", "--", ".")))


def _commit(folder: Path) -> str | None:
    """The commit that is checked out, in 40 hex digits; None before the first one."""
    branches = _git(folder, "for-each-ref", "--count=1", "refs/heads")
    return _git(folder, "rev-parse", "HEAD").strip() if branches else None


def _is_file(path: Path) -> bool:
    """A file or a link; not a submodule's folder, nor a file that was deleted and not yet committed so."""
    return path.is_symlink() or path.is_file()


def _revision(tree: Tree, now: Callable[[], datetime]) -> str:
    if tree.commit and not tree.modified:
        return tree.commit
    return f"{now():%Y%m%d-%H%M%S}"


def _summary(tree: Tree) -> str:
    """Words for a person; S3's metadata is ASCII."""
    if tree.commit is None:
        return "working tree before the first commit"
    return f"commit {tree.commit}" + (" with changes of the working tree" if tree.modified else "")


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own words
    except FileNotFoundError as error:
        raise Misconfigured("git is not installed.", hint="install git, or choose `source: s3`") from error
    except subprocess.CalledProcessError as error:
        words_of_git = error.stderr.decode(errors="replace").strip()
        raise Misconfigured(
            f"{folder.absolute()} is no git working tree: {words_of_git}", hint="git init, or choose `source: s3`"
        ) from error
    return done.stdout.decode(errors="surrogateescape")
