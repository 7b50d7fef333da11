"""How much the unit tests notice: small faults in random lines, each before the tests of its own module alone.

    python -m benchmarks.mutants [--count N] [--seed N] [--jobs N] [--only PATH]

A mutant is a copy of this checkout with one fault in one module. It is killed if a test of the module's own file in
`tests/unit` fails, or hangs; one that survives shows what no test of that file looks at. Each line of code is as likely
as any other. The same seed picks the same faults, as long as the code is the same.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from benchmarks.mutations import Mutation, mutate, mutations
from benchmarks.place import ROOT, clean_environment, scratch
from tests.support import checkout, mirror

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SLOWER = 10.0
SECONDS = 30.0
"""How much longer than without a fault, and how many seconds on top of that, tests run before they hang."""


@dataclass(frozen=True)
class Mutant:
    """A module with a fault in it."""

    module: Path
    mutation: Mutation

    def __str__(self) -> str:
        fault = self.mutation
        return f"{self.module}:{fault.line}  {fault.kind}  {fault.before}  ->  {fault.after}"


@dataclass
class Copy:
    """A copy of the checkout, in which one mutant after another lives."""

    folder: Path
    stamp: int = field(default_factory=lambda: int(time.time()))

    def passes(self, tests: Path, timeout: float | None = None) -> bool:
        """Whether tests pass before the time is up."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(tests)]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                return process.wait(timeout) == 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # the tests, and what they started
                return False

    def write(self, module: Path, source: str) -> None:
        """Write a module so that Python does not take the bytecode of another mutant for its own."""
        self.stamp += 2
        (self.folder / module).write_text(source)
        os.utime(self.folder / module, (self.stamp, self.stamp))


def main() -> None:
    options = arguments()
    mutants = choose(modules(options.only), options.count, options.seed)
    with scratch() as folder:
        copies = [Copy(checkout.copy(folder / str(number))) for number in range(options.jobs)]
        timeouts = measure(copies[0], mutants)
        verdicts = [show(*verdict) for verdict in judge(copies, mutants, timeouts)]
    share = 100 * sum(verdicts) / len(verdicts)
    print(f"Killed     {sum(verdicts)} of {len(verdicts)}, {share:.0f} %, seed {options.seed}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="how many mutants (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="which mutants (default 1)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (default 2)")
    parser.add_argument("--only", default="", help="module or folder whose code gets the faults (default: all)")
    return parser.parse_args()


def modules(only: str) -> list[Path]:
    """The modules that have tests of their own, in one place or everywhere."""
    place = Path(only)
    return [
        module
        for module in mirror.modules()
        if (place == module or place in module.parents) and (ROOT / mirror.tests_of(module)).is_file()
    ]


def choose(modules: Iterable[Path], count: int, seed: int) -> list[Mutant]:
    """Mutants of lines that are drawn without a preference, in the order of the code."""
    lines = [line for module in modules for line in lines_of(module)]
    draw = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    mutants = [draw.choice(line) for line in draw.sample(lines, min(count, len(lines)))]
    return sorted(mutants, key=lambda mutant: (mutant.module, mutant.mutation.line))


def lines_of(module: Path) -> Iterator[Sequence[Mutant]]:
    """The mutants of each line."""
    for _, same_line in groupby(mutations((ROOT / module).read_text()), key=lambda mutation: mutation.line):
        yield [Mutant(module, mutation) for mutation in same_line]


def measure(copy: Copy, mutants: Sequence[Mutant]) -> dict[Path, float]:
    """The seconds after which the tests of each module hang."""
    timeouts = {}
    for module in dict.fromkeys(mutant.module for mutant in mutants):
        started = time.monotonic()
        if not copy.passes(mirror.tests_of(module)):
            sys.exit(f"{mirror.tests_of(module)} fails without any fault; mend it first")
        timeouts[module] = SECONDS + SLOWER * (time.monotonic() - started)
    return timeouts


def judge(
    copies: Sequence[Copy], mutants: Sequence[Mutant], timeouts: Mapping[Path, float]
) -> Iterator[tuple[Mutant, bool]]:
    """Whether each mutant is killed, in their order; as many are tried at once as there are copies."""
    idle: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        idle.put(copy)

    def is_killed(mutant: Mutant) -> bool:
        copy = idle.get()
        try:
            return kills(copy, mutant, timeouts[mutant.module])
        finally:
            idle.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from zip(mutants, pool.map(is_killed, mutants), strict=True)


def kills(copy: Copy, mutant: Mutant, timeout: float) -> bool:
    """Whether the tests of its module notice a mutant."""
    source = (ROOT / mutant.module).read_text()
    copy.write(mutant.module, mutate(source, mutant.mutation))
    try:
        return not copy.passes(mirror.tests_of(mutant.module), timeout)
    finally:
        copy.write(mutant.module, source)


def show(mutant: Mutant, is_killed: bool) -> bool:  # noqa: FBT001 - a verdict, as it comes
    print(f"{'Killed' if is_killed else 'Survived':<10} {mutant}", flush=True)
    return is_killed


if __name__ == "__main__":
    main()
