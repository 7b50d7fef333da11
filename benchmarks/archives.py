"""What packing and unpacking an artifact costs, beside `cp -r` and what Python and Linux bring, in the same run.

    python -m benchmarks.archives [--rounds N] [--json]

The tree is what an application with numpy, sqlalchemy and boto3 depends on, as uv installs it.
Each way runs in a process of its own, in turn, on tmpfs where there is one; starting Python is not counted.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import statistics
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, compare, parser, seconds, show
from benchmarks.place import ROOT, clean_environment, environment_of_programs, program, run, scratch
from benchmarks.programs.archives import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PACKAGES = ["numpy==2.4.6", "sqlalchemy==2.1.9", "boto3==1.43.106"]
PERTURBATIONS = ["0", "85", "170", "255"]
"""What glibc fills memory with: an archive that depends on memory nobody wrote differs."""
PAIRS = [
    ("pack", "cp -r", "≤ 4.5"),
    ("pack", "pack shutil", "≤ 0.167"),
    ("unpack", "cp -r", "≤ 2.2"),
    ("unpack", "unpack zipfile", "≤ 0.37"),
    ("unpack", "unpack unzip", "≤ 0.37"),
]


@dataclass(frozen=True)
class Sample:
    """Seconds and the most megabytes of memory that one way took in one round."""

    seconds: float
    memory: float = 0.0


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder:
        trees = [install(folder / place) for place in ("one", "two", "another/place/three")]
        samples = measure(trees[0], folder, options.rounds)
        figures = [*speeds(samples), *sizes(folder, samples), same_bytes(trees, folder)]
    show(figures, options)


def install(folder: Path) -> Path:
    tree = folder / "tree"
    command = ["uv", "pip", "install", "--quiet", "--link-mode", "copy", "--target", str(tree)]
    run([*command, "--requirement", str(ROOT / "app" / "requirements.txt"), *PACKAGES], ROOT, clean_environment())
    (tree / ".lock").unlink(missing_ok=True)
    return tree


def measure(tree: Path, folder: Path, rounds: int) -> dict[str, list[Sample]]:
    samples = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways(tree, folder).items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            samples[name].append(way())
    return samples


def ways(tree: Path, folder: Path) -> dict[str, Callable[[], Sample]]:
    """All ways, by name; those that unpack find what ours packed."""
    out, packed = folder / "out", folder / "ours.zip"
    ways: dict[str, Callable[[], Sample]] = {"cp -r": lambda: as_program(["cp", "-r", str(tree), str(out)])}
    for name in WAYS:
        target = folder / f"{name.split()[1]}.zip" if name.startswith("pack ") else packed
        ways[name] = partial(in_python, name, tree, target, out)
    if shutil.which("unzip"):
        ways["unpack unzip"] = lambda: as_program(["unzip", "-q", str(packed), "-d", str(out)])
    return ways


def in_python(name: str, tree: Path, packed: Path, folder: Path, **variables: str) -> Sample:
    if name.startswith("pack "):
        packed.unlink(missing_ok=True)
    command = program("archives", name, str(tree), str(packed), str(folder))
    return Sample(*json.loads(run(command, ROOT, environment_of_programs() | variables)))


def as_program(command: list[str]) -> Sample:
    return Sample(seconds(lambda: run(command, ROOT, os.environ)))


def speeds(samples: Mapping[str, Sequence[Sample]]) -> list[Figure]:
    return [
        compare(
            f"{what}, s",
            [
                (ours.seconds, theirs.seconds)
                for ours, theirs in zip(samples[f"{what} ours"], samples[peer], strict=True)
            ],
            peer,
            goal,
        )
        for what, peer, goal in PAIRS
        if samples[peer]
    ]


def sizes(folder: Path, samples: Mapping[str, Sequence[Sample]]) -> list[Figure]:
    """The size beside that of `shutil.make_archive`, which deflates at level 6, and the memory both ways take."""
    ours, theirs = ((folder / f"{name}.zip").stat().st_size / 1e6 for name in ("ours", "shutil"))
    pack, unpack = (statistics.median(one.memory for one in samples[f"{way} ours"]) for way in ("pack", "unpack"))
    return [
        compare("size, MB", [(ours, theirs)], "deflate 6", "≤ 1.08"),
        Figure("pack, most memory, MiB", pack, goal="≤ 100"),
        Figure("unpack, most memory, MiB", unpack),
    ]


def same_bytes(trees: Sequence[Path], folder: Path) -> Figure:
    """How many different archives come of three installations in two places, whatever lies in fresh memory."""
    digests, packed = set(), folder / "same.zip"
    for tree, value in itertools.product(trees, PERTURBATIONS):
        in_python("pack ours", tree, packed, folder, MALLOC_PERTURB_=value)
        digests.add(hashlib.sha256(packed.read_bytes()).hexdigest())
    what = f"different archives of {len(trees)} installations, {len(PERTURBATIONS)} fillings of memory"
    return Figure(what, len(digests), goal="1")


if __name__ == "__main__":
    main()
