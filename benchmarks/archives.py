"""What packing and unpacking an artifact costs, beside `cp -r` and what Python and Linux bring, in the same run.

    python benchmarks/archives.py [--rounds N] [--json]

The tree is what an application with numpy, sqlalchemy and boto3 depends on, as uv installs it.
Each way runs in a process of its own, in turn, on tmpfs where there is one; starting Python is not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import platform
import shutil
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from run import ROOT, clean_environment, run, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PACKAGES = ["numpy==2.4.6", "sqlalchemy==2.1.9", "boto3==1.43.106"]
PERTURBATIONS = ["0", "85", "170", "255"]
"""What glibc fills memory with: an archive that depends on memory nobody wrote differs."""
MEASURE = """
import json, resource, sys, time
from pathlib import Path
lambdas, tree, archive, folder = sys.argv[1:]
sys.path.insert(0, lambdas)
{preparation}
started = time.perf_counter()
{action}
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
OURS = "import archive as ours"
PACKERS = {
    "ours": (OURS, "ours.pack(Path(tree), Path(archive))"),
    "shutil": ("import shutil, zipfile", "shutil.make_archive(archive[:-4], 'zip', tree)"),
}
UNPACKERS = {
    "ours": (OURS, "ours.unpack(Path(archive), Path(folder))"),
    "zipfile": ("import zipfile", "zipfile.ZipFile(archive).extractall(folder)"),
}


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians, and the median of the rounds' ratios."""

    what: str
    ours: float
    peer: str
    theirs: float | None
    ratio: float | None
    goal: str


@dataclass(frozen=True)
class Sample:
    """Seconds and the most megabytes of memory that one way took in one round."""

    seconds: float
    memory: float = 0.0


def main() -> None:
    options = arguments()
    environment = clean_environment()
    with scratch() as folder:
        trees = [installed(folder / place, environment) for place in ("one", "two", "another/place/three")]
        samples = measured(trees[0], folder, environment, options.rounds)
        figures = [*speeds(samples), *sizes(folder, samples), same_bytes(trees, folder, environment)]
    print(json.dumps([asdict(one) for one in figures], indent=2) if options.json else table(figures, options.rounds))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (default 5)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args()


def installed(folder: Path, environment: Mapping[str, str]) -> Path:
    tree = folder / "tree"
    command = ["uv", "pip", "install", "--quiet", "--link-mode", "copy", "--target", str(tree)]
    run([*command, "--requirement", str(ROOT / "app" / "requirements.txt"), *PACKAGES], ROOT, dict(environment))
    (tree / ".lock").unlink(missing_ok=True)
    return tree


def measured(tree: Path, folder: Path, environment: Mapping[str, str], rounds: int) -> dict[str, list[Sample]]:
    samples = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways(tree, folder, environment).items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            samples[name].append(way())
    return samples


def ways(tree: Path, folder: Path, environment: Mapping[str, str]) -> dict[str, Callable[[], Sample]]:
    """All ways, by name; those that unpack find what ours packed."""
    out = folder / "out"

    def packing(name: str) -> Sample:
        return in_python(PACKERS[name], environment, tree, folder / f"{name}.zip", out)

    def unpacking(name: str) -> Sample:
        return in_python(UNPACKERS[name], environment, tree, folder / "ours.zip", out)

    found = {"cp -r": lambda: as_program(["cp", "-r", str(tree), str(out)])}
    found |= {f"pack {name}": lambda name=name: packing(name) for name in PACKERS}
    found |= {f"unpack {name}": lambda name=name: unpacking(name) for name in UNPACKERS}
    if shutil.which("unzip"):
        found["unpack unzip"] = lambda: as_program(["unzip", "-q", str(folder / "ours.zip"), "-d", str(out)])
    return found


def in_python(way: tuple[str, str], environment: Mapping[str, str], tree: Path, archive: Path, folder: Path) -> Sample:
    if way in PACKERS.values():
        archive.unlink(missing_ok=True)
    code = MEASURE.format(preparation=way[0], action=way[1])
    command = [sys.executable, "-c", code, str(ROOT / "lambdas"), str(tree), str(archive), str(folder)]
    return Sample(*json.loads(run(command, ROOT, dict(environment))))


def as_program(command: list[str]) -> Sample:
    started = time.perf_counter()
    run(command, ROOT, dict(os.environ))
    return Sample(time.perf_counter() - started)


def speeds(samples: Mapping[str, Sequence[Sample]]) -> list[Figure]:
    pairs = [
        ("pack", "cp -r", "≤ 4.5"),
        ("pack", "pack shutil", "≤ 0.167"),
        ("unpack", "cp -r", "≤ 2.2"),
        ("unpack", "unpack zipfile", "≤ 0.37"),
        ("unpack", "unpack unzip", "≤ 0.37"),
    ]
    return [
        compared(what, samples[f"{what} ours"], peer, samples[peer], goal)
        for what, peer, goal in pairs
        if samples[peer]
    ]


def compared(what: str, ours: Sequence[Sample], peer: str, theirs: Sequence[Sample], goal: str) -> Figure:
    ratio = statistics.median(mine.seconds / other.seconds for mine, other in zip(ours, theirs, strict=True))
    seconds, beside = (statistics.median(one.seconds for one in samples) for samples in (ours, theirs))
    return Figure(f"{what}, s", seconds, peer, beside, ratio, goal)


def sizes(folder: Path, samples: Mapping[str, Sequence[Sample]]) -> list[Figure]:
    """The size beside that of `shutil.make_archive`, which deflates at level 6, and the memory both ways take."""
    ours, theirs = ((folder / f"{name}.zip").stat().st_size / 1e6 for name in ("ours", "shutil"))
    memory = {what: statistics.median(one.memory for one in samples[f"{what} ours"]) for what in ("pack", "unpack")}
    return [
        Figure("size, MB", ours, "deflate 6", theirs, ours / theirs, "≤ 1.08"),
        Figure("pack, most memory, MiB", memory["pack"], "", None, None, "≤ 100"),
        Figure("unpack, most memory, MiB", memory["unpack"], "", None, None, ""),
    ]


def same_bytes(trees: Sequence[Path], folder: Path, environment: Mapping[str, str]) -> Figure:
    """How many different archives come of three installations in two places, whatever lies in fresh memory."""
    digests = set()
    for tree, value in itertools.product(trees, PERTURBATIONS):
        in_python(PACKERS["ours"], {**environment, "MALLOC_PERTURB_": value}, tree, folder / "same.zip", folder)
        digests.add(hashlib.sha256((folder / "same.zip").read_bytes()).hexdigest())
    what = f"different archives of {len(trees)} installations, {len(PERTURBATIONS)} fillings of memory"
    return Figure(what, len(digests), "", None, None, "1")


def table(figures: Sequence[Figure], rounds: int) -> str:
    head = ["| what | ours | beside it | | ratio | goal |", "| --- | ---: | --- | ---: | ---: | ---: |"]
    rows = [
        f"| {one.what} | {number(one.ours)} | {one.peer} | {number(one.theirs)} | {number(one.ratio)} | {one.goal} |"
        for one in figures
    ]
    where = f"Medians of {rounds} rounds, Python {platform.python_version()}, {os.cpu_count()} cores."
    return "\n".join([*head, *rows, "", f"{where} The ratio is the median of the rounds' ratios."])


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    main()
