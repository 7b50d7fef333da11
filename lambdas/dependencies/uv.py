"""uv installs what the setting `requirements` names, for the Python that runs the tasks."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.dependencies import settings
from lambdas.dependencies.named import LOCK, Named
from lambdas.execution import storage
from lambdas.job.ending import JobError, quote
from lambdas.tasks import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdas.dependencies.resolution import Resolution
    from lambdas.tasks.process import Result
    from lambdas.tasks.project import Place

_EXPORTED = ".requirements-of-lock.txt"
_PLACES = ("PWD", "OLDPWD")
"""Where the function itself works; a list may name variables."""


@dataclass(frozen=True)
class Installation:
    """How long it took in seconds, and whether something was built, so that code ran which nobody has looked at."""

    seconds: float
    is_built: bool = False


def install(
    place: Place, requirements: str, target: Path, deadline: float, resolution: Resolution | None = None
) -> Installation:
    """Install what the setting `requirements` names in the project into `target`.

    Where its `resolution` is known, wheels are taken, with a cache that outlives the job: to install them runs no code.
    Only where that is not enough, something is built, with a cache of its own. So is what a source with settings of
    uv's has fetched: they may name a proxy, which answers in the place of any index.
    Nothing is installed whose hash a list does not say, if it says some.

    Raises:
        JobError: there is no such file, or uv cannot install what it names; holds uv's last lines.
    """
    named = Named.parse(requirements)
    named.check(place.project)
    words, seconds = _words(named), 0.0
    folder = place.project
    if named.name == LOCK:
        folder, seconds = place.project / named.folder, _export(place.project, named, deadline)
    if resolution:
        words += ["--require-hashes"] if resolution.is_hashed else []
        lists = resolution.lists or {_EXPORTED: (folder / _EXPORTED).read_text()}
        result = _take_wheels(lists, settings.portable(place, folder), words, target, deadline)
        seconds += result.seconds
        if result.is_success:
            return Installation(seconds)
        if result.is_late:
            raise _failure(requirements, result)
        print("Not all of it can be had as wheels; what cannot is built, with a cache of its own", flush=True)
    result = _run([*words, "--cache-dir", str(target.with_name("uv-cache"))], folder, target, deadline, runs_code=True)
    if not result.is_success:
        raise _failure(requirements, result)
    return Installation(seconds + result.seconds, is_built=True)


def _words(named: Named) -> list[str]:
    if named.name == LOCK:
        return ["--requirement", _EXPORTED]
    groups = [word for group in named.groups for word in ("--group", f"{named.path}:{group}")]
    return ["--requirement", named.path, *groups]


def _take_wheels(lists: Mapping[str, str], own: str, words: Sequence[str], target: Path, deadline: float) -> Result:
    """Install wheels, in a folder that holds nothing but lists and settings.

    uv builds what is editable even where it shall build nothing; there, nothing of the source can be found.
    """
    with storage.work("lists-") as folder:
        for name, text in {**lists, "uv.toml": own}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        cache = target.with_name("uv-cache-of-settings") if own else _cache()
        only = [*words, "--no-build", "--cache-dir", str(cache)]
        return _run(only, folder, target, deadline, runs_code=False)


def _export(source: Path, named: Named, deadline: float) -> float:
    """Write a list of what a lock holds, beside it: the groups that uv takes by default, and those that are named."""
    groups = [word for group in named.groups for word in ("--group", group)]
    command = [*_uv("export"), "--quiet", "--frozen", "--output-file", _EXPORTED, *groups, "--no-cache"]
    result = process.run(command, cwd=source / named.folder, env=environment(), deadline=deadline, runs_code=False)
    if not result.is_success:
        raise _failure(named.path, result)
    return result.seconds


def _run(words: Sequence[str], folder: Path, target: Path, deadline: float, *, runs_code: bool) -> Result:
    storage.remove(target)
    target.mkdir()
    command = [*_uv("pip", "install"), "--target", str(target), *words]
    result = process.run(command, cwd=folder, env=environment(), deadline=deadline, runs_code=runs_code)
    (target / ".lock").unlink(missing_ok=True)
    return result


def _failure(what: str, result: Result) -> JobError:
    return JobError(quote(f"Installing {what}: uv {result.ending}", result.lines))


def _uv(*words: str) -> list[str]:
    return [executable(), *words, "--no-progress", "--color", "never", "--python", sys.executable]


def _cache() -> Path:
    """It outlives the job, as long as no code of a source ran here: a warm function downloads nothing twice."""
    return Path(tempfile.gettempdir()) / "uv-cache"


def environment() -> dict[str, str]:
    """What uv may see: pip's and uv's own settings, but not who the function is; a package may run code to build."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "_", "PYTHON", *_PLACES))}


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
