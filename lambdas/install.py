"""The action `Dependencies`: what the source's requirements name, installed for the Python that runs its tasks.

UserParameters: `requirements=<path in the source>`. SourceOutput becomes DependenciesOutput.
What was installed before from the same requirements is copied from the cache in the artifact bucket.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, transfer
from lambdas.dependencies import bytecode, resolution
from lambdas.dependencies.cache import Cache
from lambdas.job import clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import JobError, Outcome, Succeeded, quote
from lambdas.tasks import process

if TYPE_CHECKING:
    from datetime import date

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Job

SOURCE = "SourceOutput"
DEPENDENCIES = "DependenciesOutput"
_UNPINNED = "; cached for today, since not every version is pinned"


@action
def handler(job: Job) -> Outcome:
    """Hand on what the requirements of the source name: from the cache, or installed."""
    given = parameters.parse(job.user_parameters)
    _check(job, given)
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory(prefix="install-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        source = transfer.checkout(store, job.inputs[SOURCE], work)
        return Succeeded(supply(job, store, source, given["requirements"], work))


def supply(job: Job, store: S3Client, source: Path, requirements: str, work: Path) -> str:
    """Put the dependencies where they are awaited; answer how they came there."""
    output, tree = job.outputs[DEPENDENCIES], work / "dependencies"
    try:
        resolved = resolution.read(source, requirements, _environment())
    except resolution.Unsettled as reason:
        seconds = install(source, requirements, tree, job.deadline)
        transfer.deliver(store, output, _packed(tree), job.key)
        return f"{requirements} installed in {seconds:.1f} s; not cached: {reason}"
    cache, today = Cache(store, output, job.key), _today()
    if any(cache.copy(entry) for entry in (resolved.lasting_key, resolved.daily_key(today))):
        return f"{requirements} from the cache"
    seconds = install(source, requirements, tree, job.deadline, hashed=resolved.is_hashed)
    seconds += bytecode.add(tree, job.deadline)
    lasts, packed = resolved.settles(tree), _packed(tree)
    entry = resolved.lasting_key if lasts else resolved.daily_key(today)
    if not (cache.keep(entry, packed) and cache.copy(entry)):
        transfer.deliver(store, output, packed, job.key)
    return f"{requirements} installed in {seconds:.1f} s" + ("" if lasts else _UNPINNED)


def install(source: Path, requirements: str, target: Path, deadline: float, *, hashed: bool = False) -> float:
    """Install what a requirements file of the source names into `target`; answer the seconds it took.

    With `hashed`, nothing is installed whose hash the file does not say.

    Raises:
        JobError: there is no such file, or uv cannot install what it names; holds uv's last lines.
    """
    if not (source / requirements).is_file():
        raise JobError(
            f"The source has no {requirements}, which the setting `requirements` names; "
            "add it (it may be empty), or mend the setting in invoke.yaml"
        )
    target.mkdir()
    command = [
        uv(), "pip", "install", "--no-progress", "--color", "never", "--python", sys.executable,
        "--target", str(target), "--cache-dir", str(_cache()), "--requirement", requirements,
        *(["--require-hashes"] if hashed else []),
    ]  # fmt: skip
    result = process.run(command, cwd=source, env=_environment(), deadline=deadline)
    if not result.is_success:
        raise JobError(quote(f"Installing {requirements}: uv {result.ending}", result.lines))
    (target / ".lock").unlink(missing_ok=True)
    return result.seconds


def _packed(tree: Path) -> Path:
    packed = tree.with_suffix(".zip")
    archive.pack(tree, packed)
    return packed


def _today() -> date:
    return datetime.now(UTC).date()


def uv() -> str:
    """The path of uv, as something that can be run.

    Raises:
        JobError: the bundle holds none.
    """
    from uv import find_uv_bin

    try:
        found = Path(find_uv_bin())
    except FileNotFoundError as error:
        raise JobError(f"The bundle of the functions holds no uv; see lambdas/requirements.txt ({error})") from error
    return str(found if os.access(found, os.X_OK) else _runnable(found))


def _runnable(found: Path) -> Path:
    """A copy that can be run: not every way of unpacking a bundle keeps the executable bits."""
    copy = _temporary() / "uv"
    if not copy.is_file() or copy.stat().st_size != found.stat().st_size:
        partial = copy.with_name(f"uv-{os.getpid()}")
        shutil.copyfile(found, partial)
        partial.chmod(0o755)
        partial.replace(copy)
    return copy


def _cache() -> Path:
    """A cache that outlives the job: a warm function downloads nothing twice."""
    return _temporary() / "uv-cache"


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _environment() -> dict[str, str]:
    """What uv may see: pip's and uv's own settings, but not who the function is; a package may run code to build."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "_", "PYTHON"))}


def _check(job: Job, given: dict[str, str]) -> None:
    parameters.check(
        [
            *parameters.mistakes(given, ["requirements"]),
            *parameters.artifact_mistakes("input", job.inputs, [SOURCE]),
            *parameters.artifact_mistakes("output", job.outputs, [DEPENDENCIES]),
        ]
    )
