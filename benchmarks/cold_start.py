"""What bytecode in the bundle saves a cold function, beside the same bundle without it, in the same run.

    python -m benchmarks.cold_start [--rounds N] [--json]

A cold start is a process of its own that may write no bytecode, as in Lambda. The bundle holds no boto3, since Lambda's
runtime brings it; the last line adds it to both bundles, as a team does that pins its version.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from benchmarks.figures import compare, parser, seconds, show
from benchmarks.place import ROOT, clean_environment, run, scratch
from serverless_pipeline.local.functions import runtime
from serverless_pipeline.project import bundle
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOTO3 = "boto3==1.43.106"
STARTS_A_ROUND = 3
MODULES = sorted(f"lambdas.{path.stem}" for path in (ROOT / "lambdas").glob("[!_]*.py"))
HANDLERS = f"""
import {", ".join(MODULES)}
import boto3
session = boto3.Session(region_name="eu-west-1")
session.client("s3"), session.client("codepipeline")
"""
STARTS = {
    "the functions' modules and two clients, boto3 from the runtime": ("plain", ["-c", HANDLERS], "—"),
    "`python -m invoke --version`, which starts a task": ("plain", ["-m", "invoke", "--version"], "≤ 0.6"),
    "the functions' modules and two clients, boto3 in the bundle": ("with boto3", ["-c", HANDLERS], "≤ 0.6"),
}


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder:
        figures = [
            compare(what, pairs(bundles(folder, kind), words, options.rounds), "without bytecode", goal)
            for what, (kind, words, goal) in STARTS.items()
        ]
    show(figures, options)


def bundles(folder: Path, kind: str) -> tuple[Path, Path]:
    """The bundle, unpacked with and without its bytecode."""
    shipped, bare = (folder / kind / name for name in ("shipped", "bare"))
    if not shipped.is_dir():
        shutil.unpack_archive(build(folder / "zip"), shipped)
        if kind == "with boto3":
            add_boto3(shipped)
        shutil.copytree(shipped, bare, ignore=shutil.ignore_patterns("__pycache__"))
    return shipped, bare


def build(folder: Path) -> Path:
    """The zip of the bundle for this Python and this machine, by this checkout."""
    version, architecture = runtime.identity()
    return bundle.build(Settings(runtime=version, architecture=architecture), folder).path


def add_boto3(tree: Path) -> None:
    run(["uv", "pip", "install", "--quiet", "--target", str(tree), BOTO3], ROOT, clean_environment())
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(tree)]
    run(command, ROOT, clean_environment())


def pairs(folders: Sequence[Path], words: list[str], rounds: int) -> list[tuple[float, float]]:
    return [(start(folders[0], words), start(folders[1], words)) for _ in range(rounds * STARTS_A_ROUND)]


def start(folder: Path, words: list[str]) -> float:
    """Seconds of a fresh process, in which the bundle comes before what Python brings."""
    environment = clean_environment() | {"PYTHONPATH": str(folder)}
    return seconds(lambda: run([sys.executable, "-B", *words], folder, environment))


if __name__ == "__main__":
    main()
