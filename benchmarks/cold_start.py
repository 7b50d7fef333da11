"""What bytecode in the bundle saves a cold function, beside the same bundle without it, in the same run.

    python benchmarks/cold_start.py [--rounds N] [--json]

A cold start is a process of its own that may write no bytecode, as in Lambda. The bundle holds no boto3, since Lambda's
runtime brings it; the last line adds it to both bundles, as a team does that pins its version.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from run import ROOT, clean_environment, compared, run, scratch, table, timed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOTO3 = "boto3==1.43.106"
STARTS_A_ROUND = 3
MODULES = sorted(path.stem for path in (ROOT / "lambdas").glob("*.py"))
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
    options = arguments()
    with scratch() as folder:
        figures = [
            compared(what, pairs(bundles(folder, kind), words, options.rounds), "without bytecode", goal)
            for what, (kind, words, goal) in STARTS.items()
        ]
    print(json.dumps([asdict(one) for one in figures], indent=2) if options.json else table(figures, options.rounds))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (default 5)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def bundles(folder: Path, kind: str) -> tuple[Path, Path]:
    """The bundle, unpacked with and without its bytecode."""
    shipped, bare = (folder / kind / name for name in ("shipped", "bare"))
    if not shipped.is_dir():
        shutil.unpack_archive(built(folder / "kept"), shipped)
        if kind == "with boto3":
            add_boto3(shipped)
        shutil.copytree(shipped, bare, ignore=shutil.ignore_patterns("__pycache__"))
    return shipped, bare


def built(folder: Path) -> Path:
    """The zip of the bundle for this Python and this machine, by this checkout."""
    sys.path.insert(0, str(ROOT))
    from serverless_pipeline.local.functions import runtime
    from serverless_pipeline.project import bundle
    from serverless_pipeline.settings import Settings

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
    return timed(lambda: run([sys.executable, "-B", *words], folder, environment))


if __name__ == "__main__":
    main()
