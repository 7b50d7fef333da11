"""The action `Dependencies`: what the source's requirements name, installed for the Python that runs its tasks.

UserParameters: `requirements=<path in the project>`, `folder=<project in the source>`. SourceOutput becomes
DependenciesOutput.
What was installed before from the same requirements comes from the cache in the artifact bucket.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lambdas.artifacts import archive, transfer
from lambdas.dependencies import bytecode, relocation, uv
from lambdas.dependencies.cache import Cache
from lambdas.dependencies.resolution import Resolution, Unsettled
from lambdas.execution import storage
from lambdas.job import clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import Outcome, Succeeded
from lambdas.tasks import project
from lambdas.tasks.project import Place

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from lambdas.job.job import Job

SOURCE = "SourceOutput"
DEPENDENCIES = "DependenciesOutput"
_UNPINNED = "; cached for today, since not every version is pinned"
_BUILT = "; cached for this source alone, since something was built"


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
    with storage.work("install-") as scratch:
        packed = transfer.fetch(store, job.inputs[SOURCE], scratch)
        transfer.unpack(job.inputs[SOURCE], packed, source := scratch / SOURCE)
        supply = Supply(job, Place(source, project.find(source, query.get(project.FOLDER, ""))), packed)
        return Succeeded(supply.deliver(store, query["requirements"], scratch / "dependencies"))


@dataclass(frozen=True)
class Supply:
    """The dependencies of a job's source, which `packed` is the zip of."""

    job: Job
    place: Place
    packed: Path

    def deliver(self, store: S3Client, requirements: str, tree: Path) -> str:
        """Put them where they are awaited, through a new folder `tree`; answer how they came there."""
        output, key = self.job.outputs[DEPENDENCIES], self.job.key
        try:
            resolution = Resolution.from_source(self.place, requirements, uv.environment())
        except Unsettled as reason:
            done = uv.install(self.place, requirements, tree, self.job.deadline)
            relocation.leave(tree, self.place.source)
            transfer.deliver(store, output, _pack(tree), key)
            return f"{requirements} installed in {done.seconds:.1f} s; not cached: {reason}"
        cache, keys = Cache(clients.s3(), output.bucket, key), Keys(resolution, _today(), self._digest())
        if package := next(filter(None, (cache.fetch(entry, tree.parent) for entry in keys.all)), None):
            transfer.deliver(store, output, package, key)
            return f"{requirements} from the cache"
        done = uv.install(self.place, requirements, tree, self.job.deadline, resolution)
        seconds = done.seconds + bytecode.add(tree, self.job.deadline)
        entry, why = keys.of(tree, is_built=done.is_built)
        package = _pack(tree)
        cache.keep(entry, package)
        transfer.deliver(store, output, package, key)
        return f"{requirements} installed in {seconds:.1f} s{why}"

    def _digest(self) -> str:
        """The digest of the source, taken before any code of it can run."""
        with self.packed.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Keys:
    """Under which keys of the cache an installation lies, the longest-lived first; `source` is the source's digest."""

    resolution: Resolution
    today: date
    source: str

    @property
    def all(self) -> tuple[str, ...]:
        lasting, daily = self.resolution.lasting_key, self.resolution.daily_key(self.today)
        return lasting, daily, self._built(lasting), self._built(daily)

    def of(self, tree: Path, *, is_built: bool) -> tuple[str, str]:
        """The key of what was installed into a tree, and what there is to say about it.

        What was built is another source's nowhere: code ran, and could have changed anything of it.
        """
        is_lasting = self.resolution.settles(tree)
        entry = self.resolution.lasting_key if is_lasting else self.resolution.daily_key(self.today)
        if is_built:
            return self._built(entry), _BUILT
        return entry, "" if is_lasting else _UNPINNED

    def _built(self, entry: str) -> str:
        return hashlib.sha256(f"{entry} {self.source}".encode()).hexdigest()


def _pack(tree: Path) -> Path:
    package = tree.with_suffix(".zip")
    archive.pack(tree, package)
    return package


def _today() -> date:
    return datetime.now(UTC).date()
