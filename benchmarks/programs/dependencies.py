"""The work of the action `Dependencies` as its function does it, or the installation alone.

    python -m benchmarks.programs.dependencies action BUCKET SOURCE OUTPUT KEY SECRET
    python -m benchmarks.programs.dependencies install SOURCE TARGET

The action prints its summary, the installation the seconds that it took.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from lambdas import install
from lambdas.artifacts import transfer
from lambdas.dependencies import uv
from lambdas.dependencies.resolution import Resolution
from lambdas.job import clients
from lambdas.job.job import Artifact, Credentials, Job
from lambdas.tasks.project import Place

REQUIREMENTS = "app/requirements.txt"
OUTPUT = "DependenciesOutput"
SECONDS = 900


def action(bucket: str, source: str, output: str, key: str, secret: str) -> str:
    """Fetch the source from the embedded AWS, resolve, install, compile, pack and deliver."""
    outputs = {OUTPUT: Artifact(OUTPUT, bucket, output)}
    job = Job("1", "", {}, outputs, Credentials(key, secret, ""), time.monotonic() + SECONDS)
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory() as scratch:
        packed = transfer.fetch(store, artifact := Artifact("SourceOutput", bucket, source), Path(scratch))
        transfer.unpack(artifact, packed, tree := Path(scratch) / "source")
        supply = install.Supply(job, Place(tree, tree), packed)
        return supply.deliver(store, REQUIREMENTS, Path(scratch) / "dependencies")


def installation(source: str, target: str) -> float:
    """Install what the source names; the seconds that it took."""
    place = Place(Path(source), Path(source))
    resolution = Resolution.from_source(place, REQUIREMENTS, uv.environment())
    return uv.install(place, REQUIREMENTS, Path(target), time.monotonic() + SECONDS, resolution).seconds


def main(name: str, *arguments: str) -> None:
    print(action(*arguments) if name == "action" else installation(*arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
