"""uv installs what the setting `requirements` names, for the Python that runs the tasks."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.dependencies.named import LOCK, Named
from lambdas.job.ending import JobError, quote
from lambdas.tasks import process

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXPORTED = ".requirements-of-lock.txt"


def install(source: Path, requirements: str, target: Path, deadline: float, *, with_hashes: bool = False) -> float:
    """Install what the setting `requirements` names in the source into `target`; answer the seconds it took.

    With `with_hashes`, nothing is installed whose hash the file does not say.

    Raises:
        JobError: there is no such file, or uv cannot install what it names; holds uv's last lines.
    """
    named = Named.parse(requirements)
    named.check(source)
    target.mkdir()
    if named.name == LOCK:
        folder, seconds = source / named.folder, _export(source, named, deadline)
        return seconds + _install(folder, ["--requirement", _EXPORTED], target, deadline, requirements)
    words = [word for group in named.groups for word in ("--group", f"{named.path}:{group}")]
    words += ["--require-hashes"] if with_hashes else []
    return _install(source, ["--requirement", named.path, *words], target, deadline, requirements)


def _install(folder: Path, words: Sequence[str], target: Path, deadline: float, what: str) -> float:
    command = [
        *_uv("pip", "install"), "--target", str(target), "--cache-dir", str(_cache()), *words,
    ]  # fmt: skip
    seconds = _run(command, folder, deadline, what)
    (target / ".lock").unlink(missing_ok=True)
    return seconds


def _export(source: Path, named: Named, deadline: float) -> float:
    """Write a list of what a lock holds, beside it: the groups that uv takes by default, and those that are named."""
    groups = [word for group in named.groups for word in ("--group", group)]
    command = [*_uv("export"), "--quiet", "--frozen", "--output-file", _EXPORTED, *groups]
    return _run(command, source / named.folder, deadline, named.path)


def _uv(*words: str) -> list[str]:
    return [executable(), *words, "--no-progress", "--color", "never", "--python", sys.executable]


def _cache() -> Path:
    """It outlives the job: a warm function downloads nothing twice."""
    return Path(tempfile.gettempdir()) / "uv-cache"


def _run(command: Sequence[str], folder: Path, deadline: float, what: str) -> float:
    result = process.run(command, cwd=folder, env=environment(), deadline=deadline)
    if not result.is_success:
        raise JobError(quote(f"Installing {what}: uv {result.ending}", result.lines))
    return result.seconds


def environment() -> dict[str, str]:
    """What uv may see: pip's and uv's own settings, but not who the function is; a package may run code to build."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "_", "PYTHON"))}


def executable() -> str:
    """The path of uv, as something that can be run.

    Raises:
        JobError: the bundle holds none.
    """
    from uv import find_uv_bin

    try:
        path = Path(find_uv_bin())
    except FileNotFoundError as error:
        raise JobError(f"The bundle of the functions holds no uv; see lambdas/requirements.txt ({error})") from error
    return str(path if os.access(path, os.X_OK) else _copy(path))


def _copy(path: Path) -> Path:
    """A copy that can be run: not every way of unpacking a bundle keeps the executable bits."""
    copy = Path(tempfile.gettempdir()) / "uv"
    if not copy.is_file() or copy.stat().st_size != path.stat().st_size:
        partial = copy.with_name(f"uv-{os.getpid()}")
        shutil.copyfile(path, partial)
        partial.chmod(0o755)
        partial.replace(copy)
    return copy
