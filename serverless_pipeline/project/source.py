"""The source as the pipeline takes it: a snapshot of the working tree, in S3.

The snapshot holds what git tracks and what it neither tracks nor ignores, as it lies on the disk. Its revision is the
commit if nothing was changed since, else the time, and stands in the archive's comment as `git archive` writes it.
"""

from __future__ import annotations

import hashlib
import os
import stat
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
    from collections.abc import Mapping

    from serverless_pipeline.aws import Clients

SUMMARY = "codepipeline-artifact-revision-summary"
"""The metadata from which CodePipeline's S3 source takes the words for a revision."""

_DIGEST = "source-digest"
_REVISION = "revision"


@dataclass(frozen=True)
class Revision:
    """What the source object holds: a commit or a time, and words for a person; `changed` if it was put there now."""

    id: str
    summary: str
    changed: bool


@dataclass(frozen=True)
class Tree:
    """The working tree: its files, the commit (None before the first one), and whether it differs from the commit."""

    files: Mapping[str, Path]
    commit: str | None
    modified: bool

    def digest(self) -> str:
        """Names and contents, what is executable and what a link, and the commit if it is the revision."""
        total = hashlib.sha256(f"{self.commit or ''}{self.modified}".encode())
        for name, path in sorted(self.files.items()):
            mode = path.lstat().st_mode
            link = stat.S_ISLNK(mode)
            content = hashlib.sha256(os.fsencode(path.readlink())).hexdigest() if link else archive.digest([path])
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


def publish(clients: Clients, bucket_name: str, key: str) -> Revision:
    """Put a snapshot of the working tree where the pipeline's source action looks for it, unless it is there already.

    Raises:
        Misconfigured: the folder is no git working tree, or holds nothing.
    """
    tree = read(Path())
    digest = tree.digest()
    metadata = bucket.head(clients, bucket_name, key) or {}
    if metadata.get(_DIGEST) == digest:
        return Revision(metadata[_REVISION], metadata[SUMMARY], changed=False)
    revision = Revision(tree.revision(datetime.now(UTC)), tree.summary(), changed=True)
    metadata = {_DIGEST: digest, _REVISION: revision.id, SUMMARY: revision.summary}
    with tempfile.TemporaryDirectory(prefix="source-") as scratch:
        snapshot = Path(scratch) / "source.zip"
        archive.pack_files(tree.files, snapshot, comment=revision.id)
        bucket.put(clients, bucket_name, key, snapshot, metadata=metadata)
    return revision


def read(folder: Path) -> Tree:
    """Look at the working tree below `folder`.

    Raises:
        Misconfigured: it is none, holds nothing, or a name in it is none for a zip.
    """
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--exclude=.local/")
    files = {name: folder / name for name in listed.split("\0") if name and _is_file(folder / name)}
    if not files:
        raise Misconfigured(f"There is nothing to deliver in {folder.absolute()}: git knows no file here.")
    if unspeakable := [name for name in files if not _is_utf8(name)]:
        raise Misconfigured(
            f"A zip holds names in UTF-8 only, and {os.fsencode(unspeakable[0])!r} is not.", hint="rename it"
        )
    return Tree(files, _commit(folder), modified=bool(_git(folder, "status", "--porcelain", "--", ".")))


def _commit(folder: Path) -> str | None:
    """The commit that is checked out, in 40 hex digits; None before the first one."""
    branches = _git(folder, "for-each-ref", "--count=1", "refs/heads")
    return _git(folder, "rev-parse", "HEAD").strip() if branches else None


def _is_file(path: Path) -> bool:
    """A file or a link; not a submodule's folder, nor a file that was deleted and not yet committed so."""
    return path.is_symlink() or path.is_file()


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
        words_of_git = error.stderr.decode(errors="replace").strip()
        raise Misconfigured(
            f"{folder.absolute()} is no git working tree: {words_of_git}", hint="git init, or choose `source: s3`"
        ) from error
    return done.stdout.decode(errors="surrogateescape")
