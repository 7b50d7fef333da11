"""What it takes to deliver one changed function of twelve, beside `sam deploy` of the same.

    python -m benchmarks.twelve [--rounds N] [--json]

One embedded AWS has three stacks: one by `sam deploy`, and one each by two pipelines. The first pipeline delivers the
very template of `sam`, by CloudFormation alone; the second delivers twelve functions by version and alias. In a round
one line of one function changes, and each of the three delivers it as a user types it: `pipeline.run` with its source,
its packaging and its record, and `sam deploy`. Each time it is looked whether one function was updated, and no other.
`sam` comes from PyPI into an environment of its own; everything lies on tmpfs where there is one.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, compare, parser, seconds, show
from benchmarks.place import ROOT, clean_environment, exports, install, invoke, run, scratch
from serverless_pipeline import aws
from serverless_pipeline.local.client import server
from serverless_pipeline.settings import Settings
from tests.support import many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from serverless_pipeline.aws import Clients

SAM = "aws-sam-cli==1.170.0"
NAMES = [f"Function{letter}" for letter in "ABCDEFGHIJKL"]
OURS = ("--search-root", str(ROOT))
"""The projects have no words of the pipeline; they come from this checkout's tasks."""
SETTINGS = {
    "ENVIRONMENTS": "Live",
    "PACKAGE_TASK": "",
    "TEST_TASK": "",
    "REQUIREMENTS": "",
    "TEMPLATE": "template.yaml",
}
BUCKET = "benchmark-sam"
PEER = "`sam deploy`"


@dataclass(frozen=True)
class Way:
    """A way to deliver the functions of a folder; `stack` begins their names."""

    folder: Path
    stack: str
    deliver: Callable[[], object]


@dataclass(frozen=True)
class Bench:
    """The ways, and the AWS that all of them deliver to."""

    clients: Clients
    sam: Way
    stack: Way
    versions: Way


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder:
        bench = prepare(folder)
        try:
            rounds = [one_round(bench, number) for number in range(options.rounds)]
        finally:
            invoke(folder / "stack", clean_environment(), *OURS, "local.down")
    show(figures(rounds), options)


def prepare(folder: Path) -> Bench:
    """Bring everything up once; what is first is not measured."""
    sam, stack, versions = (make_project(folder / name) for name in ("sam", "stack", "versions"))
    many.write(versions, many.functions(NAMES))
    environment = clean_environment()
    invoke(stack, environment, *OURS, "local.up")
    (versions / ".local").symlink_to(stack / ".local")
    there = exports(stack, environment, *OURS)
    running = server.find(stack)
    assert running  # noqa: S101 - it was started above
    clients = aws.connect(Settings(), running.endpoint)
    clients.s3.create_bucket(Bucket=BUCKET)
    bench = Bench(
        clients,
        Way(sam, "by-sam", by_sam(install(folder / "peer", SAM, "sam"), sam, environment | there)),
        Way(stack, "by-stack", by_pipeline(stack, "by-stack")),
        Way(versions, "by-versions", by_pipeline(versions, "by-versions")),
    )
    bench.sam.deliver()
    for way in (bench.stack, bench.versions):
        settings = environment | settings_of(way.stack)
        invoke(way.folder, settings, *OURS, "pipeline.up")
        invoke(way.folder, settings, *OURS, "pipeline.watch")
    return bench


def make_project(folder: Path) -> Path:
    for name in NAMES:
        (folder / "functions" / name).mkdir(parents=True)
        write(folder, name, "first")
    many.write(folder, many.serverless_functions(NAMES))
    (folder / ".gitignore").write_text(".local\n.aws-sam/\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def write(folder: Path, name: str, word: str) -> None:
    code = f"def handler(event, context):\n    return {word!r}\n"
    (folder / "functions" / name / "index.py").write_text(code)


def by_sam(program: str, project: Path, environment: Mapping[str, str]) -> Callable[[], object]:
    words = ["deploy", "--stack-name", "by-sam", "--s3-bucket", BUCKET, "--capabilities", "CAPABILITY_IAM"]
    own = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_CHECK_UPDATES": "0"}
    return lambda: run([program, *words, "--no-confirm-changeset", "--no-progressbar"], project, {**environment, **own})


def by_pipeline(project: Path, stack: str) -> Callable[[], object]:
    environment = clean_environment() | settings_of(stack)
    return lambda: invoke(project, environment, *OURS, "pipeline.run")


def settings_of(stack: str) -> dict[str, str]:
    return {f"INVOKE_PIPELINE_{name}": value for name, value in (SETTINGS | {"STACK_NAME": stack}).items()}


def one_round(bench: Bench, number: int) -> dict[str, float]:
    """Seconds of each way, one after another, to deliver a change of one function."""
    changed = NAMES[number % len(NAMES)]
    return {way.stack: change(bench, way, changed, str(number)) for way in (bench.stack, bench.sam, bench.versions)}


def change(bench: Bench, way: Way, name: str, word: str) -> float:
    """Seconds to deliver one changed function; ends the benchmark if another was updated."""
    before = hashes(bench, way)
    write(way.folder, name, word)
    took = seconds(way.deliver)
    after = hashes(bench, way)
    updated = [function for function, digest in after.items() if digest != before[function]]
    if len(updated) != 1:
        sys.exit(f"{way.stack} was to update {name} alone, and updated {updated}")
    return took


def hashes(bench: Bench, way: Way) -> dict[str, str]:
    """The code of each function of a way, told by its hash; versions are looked at behind their alias."""
    pages = bench.clients.functions.get_paginator("list_functions").paginate()
    names = [one["FunctionName"] for page in pages for one in page["Functions"]]
    delivered = [name for name in names if name.startswith(f"{way.stack}-") and "Function" in name]
    if len(delivered) != len(NAMES):
        sys.exit(f"{way.stack} has {len(delivered)} functions: {delivered}")
    alias = {"Qualifier": "live"} if way is bench.versions else {}
    configurations = {
        name: bench.clients.functions.get_function_configuration(FunctionName=name, **alias) for name in delivered
    }
    return {name: one["CodeSha256"] for name, one in configurations.items()}


def figures(rounds: list[dict[str, float]]) -> list[Figure]:
    def row(what: str, ours: str) -> Figure:
        return compare(what, [(one[ours], one["by-sam"]) for one in rounds], PEER, "≤ 0.5")

    return [
        row("`pipeline.run`, one of twelve functions changed, by CloudFormation", "by-stack"),
        row("`pipeline.run`, one of twelve functions changed, by version and alias", "by-versions"),
    ]


if __name__ == "__main__":
    main()
