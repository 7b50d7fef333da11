"""The git repositories of this machine that stand for hosted ones, and what is read of them; nothing is written there.

The setting `local_repositories` maps `owner/name` to a path; where it maps nothing, the project's own repository
stands for all of them.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLE = "SERVERLESS_PIPELINE_REPOSITORIES"
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SECONDS = 120


class NoRepositoryError(Exception):
    """There is no repository for a name, or git does not read it; the words say what to do."""


@dataclass(frozen=True)
class Commit:
    """One commit; `author_date` is in ISO 8601."""

    id: str
    author_date: str
    message: str


@dataclass
class _Chosen:
    paths: Mapping[str, str] = field(default_factory=dict)
    project: Path | None = None


_chosen = _Chosen()


def choose(paths: Mapping[str, str], project: Path | None) -> None:
    """Let these paths stand for hosted repositories, or the project's own for all of them where there are none."""
    _chosen.paths, _chosen.project = dict(paths), project


def write(paths: Mapping[str, str]) -> str:
    """As a process is told of them."""
    return json.dumps(dict(sorted(paths.items())))


def read(text: str) -> dict[str, str]:
    """As a process was told of them."""
    return {str(name): str(path) for name, path in json.loads(text or "{}").items()}


def path(name: str) -> Path:
    """Where the repository lies that stands for `owner/name`.

    Raises:
        NoRepositoryError: none does.
    """
    if name in _chosen.paths:
        return Path(_chosen.paths[name])
    if not _chosen.paths and _chosen.project:
        return _chosen.project
    raise NoRepositoryError(f"set local_repositories to {name}=<path of a git repository of this machine>")


def references(folder: Path) -> dict[str, str]:
    """The commit of each branch and tag, by its full name such as `refs/heads/main`."""
    form = "%(refname) %(objecttype) %(objectname) %(*objectname)"
    lines = _git(folder, "for-each-ref", f"--format={form}", BRANCHES, TAGS).decode(errors="surrogateescape")
    entries = [line.split(" ") for line in lines.splitlines()]
    return {name: peeled or own for name, kind, own, peeled in entries if kind in ("commit", "tag")}


def commit(folder: Path, name: str) -> Commit | None:
    """The commit that a branch, a tag or an id means, in this order; nothing if it means none."""
    known = references(folder)
    found = known.get(BRANCHES + name) or known.get(TAGS + name) or _existing(folder, name)
    return _described(folder, found) if found else None


def archive(folder: Path, commit_id: str, target: Path) -> None:
    """Put the files of a commit into a zip."""
    target.write_bytes(_git(folder, "archive", "--format=zip", commit_id))


def changed(folder: Path, old: str, new: str) -> tuple[str, ...]:
    """The paths in which two commits differ; those that the new one itself changed, if there is no old one."""
    which = ("--root", "-m", new) if not old else (old, new)
    words = _git(folder, "diff-tree", "-r", "-z", "--no-commit-id", "--name-only", "--no-renames", *which)
    return _names(words.decode(errors="surrogateescape").split("\0"))


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))


def _existing(folder: Path, name: str) -> str:
    """The whole id of a commit, if the name is the beginning of one."""
    if not _COMMIT.fullmatch(name):
        return ""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
    except NoRepositoryError:
        return ""


def _described(folder: Path, commit_id: str) -> Commit:
    text = _git(folder, "show", "--no-patch", "--no-notes", "--format=%H%n%aI%n%B", commit_id)
    found, date, message = text.decode(errors="replace").split("\n", 2)
    return Commit(found, date, message.strip())


def _git(folder: Path, *words: str) -> bytes:
    """What git says of a repository, whole: also where the folder lies within one."""
    where = _run(folder, "rev-parse", "--absolute-git-dir").decode(errors="surrogateescape").removesuffix("\n")
    return _run(folder, f"--git-dir={where}", *words)


def _run(folder: Path, *words: str) -> bytes:
    command = ["git", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)  # noqa: S603 - our own words
    except FileNotFoundError as error:
        raise NoRepositoryError("install git, which reads the repositories of this machine") from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise NoRepositoryError(f"git does not read {folder}: {said or error}") from error
    return bytes(done.stdout)
