"""The action `Dependencies`: what the source's requirements name, installed for the Python that runs its tasks.

UserParameters: `requirements=<path in the project>`, `folder=<project in the source>`. SourceOutput becomes
DependenciesOutput.
What was installed before from the same requirements is copied from the cache in the artifact bucket.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, transfer
from lambdas.dependencies import bytecode, relocation, uv
from lambdas.dependencies.cache import Cache
from lambdas.dependencies.resolution import Resolution, Unsettled
from lambdas.job import clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import Outcome, Succeeded
from lambdas.tasks import project

if TYPE_CHECKING:
    from datetime import date

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Job

SOURCE = "SourceOutput"
DEPENDENCIES = "DependenciesOutput"
_UNPINNED = "; cached for today, since not every version is pinned"


@dataclass(frozen=True)
class Place:
    """A source, and the project in it."""

    source: Path
    project: Path


@action
def handler(job: Job) -> Outcome:
    """Hand on what the requirements of the source name: from the cache, or installed."""
    query = parameters.parse(job.user_parameters)
    parameters.check(
        [
            *parameters.mistakes(query, ["requirements"], [project.FOLDER]),
            *parameters.artifact_mistakes("input", job.inputs, [SOURCE]),
            *parameters.artifact_mistakes("output", job.outputs, [DEPENDENCIES]),
        ]
    )
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory(prefix="install-", ignore_cleanup_errors=True) as scratch:
        source = transfer.checkout(store, job.inputs[SOURCE], Path(scratch))
        place = Place(source, project.find(source, query.get(project.FOLDER, "")))
        return Succeeded(supply(job, store, place, query["requirements"], Path(scratch) / "dependencies"))


def supply(job: Job, store: S3Client, place: Place, requirements: str, tree: Path) -> str:
    """Put the dependencies where they are awaited, through a new folder `tree`; answer how they came there."""
    output = job.outputs[DEPENDENCIES]
    try:
        resolution = Resolution.from_source(place.project, requirements, uv.environment())
    except Unsettled as reason:
        seconds = uv.install(place.project, requirements, tree, job.deadline)
        relocation.leave(tree, place.source)
        transfer.deliver(store, output, _pack(tree), job.key)
        return f"{requirements} installed in {seconds:.1f} s; not cached: {reason}"
    cache, today = Cache(store, output, job.key), _today()
    if any(cache.copy(entry) for entry in (resolution.lasting_key, resolution.daily_key(today))):
        return f"{requirements} from the cache"
    seconds = uv.install(place.project, requirements, tree, job.deadline, with_hashes=resolution.is_hashed)
    seconds += bytecode.add(tree, job.deadline)
    is_lasting, package = resolution.settles(tree), _pack(tree)
    entry = resolution.lasting_key if is_lasting else resolution.daily_key(today)
    if not (cache.keep(entry, package) and cache.copy(entry)):
        transfer.deliver(store, output, package, job.key)
    return f"{requirements} installed in {seconds:.1f} s{'' if is_lasting else _UNPINNED}"


def _pack(tree: Path) -> Path:
    package = tree.with_suffix(".zip")
    archive.pack(tree, package)
    return package


def _today() -> date:
    return datetime.now(UTC).date()
