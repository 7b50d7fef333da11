"""What the pipeline costs, each figure beside its peer in the same run.

    python benchmarks/run.py [--rounds N] [--json] [--write]

`--json` prints the figures for programs, `--write` puts the table into README.md.
Everything happens in a scratch copy of this checkout, on tmpfs where there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
LISTINGS_A_ROUND = 3


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians in seconds, and the ratio to the peer, round by round."""

    what: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None
    ratio: float | None = None
    goal: str = ""


def main() -> None:
    options = arguments(__doc__, written=True)
    environment = clean_environment()
    with scratch() as folder:
        copy = checkout(folder)
        figures = measure(copy, folder, environment, options.rounds)
    if options.write:
        write(table(figures, options.rounds))
    show(figures, options)


def show(figures: Sequence[Figure], options: argparse.Namespace) -> None:
    listed = [asdict(figure) for figure in figures]
    print(json.dumps(listed, indent=2) if options.json else table(figures, options.rounds))


def arguments(description: str | None, *, written: bool = False) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (default 5)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    if written:
        parser.add_argument("--write", action="store_true", help="put the table into README.md")
    return parser.parse_args()


def measure(copy: Path, folder: Path, environment: dict[str, str], rounds: int) -> list[Figure]:
    try:
        created = [up_from_nothing(copy, environment) for _ in range(rounds)]
        runs = [pipeline_and_by_hand(copy, folder / f"round-{number}", environment) for number in range(rounds)]
    finally:
        invoke(copy, environment, "pipeline.down", "--yes")
        invoke(copy, environment, "local.down")
    listings = [listing_and_empty(copy, folder, environment) for _ in range(rounds * LISTINGS_A_ROUND)]
    return [
        compared("`pipeline.run`, to Production succeeded, warm", runs, "the same work in a shell script", "≤ 2.0"),
        compared("`invoke --list`", listings, "`invoke --list` of an empty `tasks.py`", "≤ 2.0"),
        Figure("`pipeline.up` from nothing to CREATE_COMPLETE", statistics.median(created)),
    ]


def up_from_nothing(copy: Path, environment: dict[str, str]) -> float:
    """Seconds from a laptop without a server to a stack that is complete."""
    invoke(copy, environment, "pipeline.down", "--yes")
    invoke(copy, environment, "local.down")
    started = time.monotonic()
    invoke(copy, environment, "pipeline.up")
    return time.monotonic() - started


def pipeline_and_by_hand(copy: Path, work: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of one execution, and of the same work without a pipeline."""
    wait_until_idle(copy, environment)
    page = copy / "app" / "site" / "index.html"
    page.write_text(page.read_text().replace("</body>", f"<!-- {work.name} --></body>"))
    urls = site_urls(copy, environment)
    started = time.monotonic()
    invoke(copy, environment, "pipeline.run")
    between = time.monotonic()
    run([str(ROOT / "benchmarks" / "by_hand.sh"), str(copy), str(work), *urls], copy, environment)
    ended = time.monotonic()
    shutil.rmtree(work)
    return between - started, ended - between


def wait_until_idle(copy: Path, environment: dict[str, str]) -> None:
    """Let the execution that creating the pipeline started come to its end."""
    run([*INVOKE, "pipeline.watch"], copy, environment)


def site_urls(copy: Path, environment: dict[str, str]) -> list[str]:
    status = json.loads(run([*INVOKE, "pipeline.status", "--output", "json"], copy, environment))
    outputs = status["stack"]["outputs"]
    return [outputs["TestSiteUrl"], outputs["ProdSiteUrl"]]


def listing_and_empty(copy: Path, folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of `invoke --list` here, and in a project whose `tasks.py` holds nothing but one task."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "tasks.py").write_text("from invoke import task\n\n\n@task\ndef nothing(c):\n    pass\n")
    return timed(lambda: invoke(copy, environment, "--list")), timed(lambda: invoke(empty, environment, "--list"))


def timed(action: Callable[[], None]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


def compared(what: str, pairs: Sequence[tuple[float, float]], peer: str, goal: str) -> Figure:
    ours, theirs = zip(*pairs, strict=True)
    ratio = statistics.median(mine / other for mine, other in pairs)
    return Figure(what, statistics.median(ours), peer, statistics.median(theirs), ratio, goal)


INVOKE = [sys.executable, "-m", "invoke"]


def invoke(folder: Path, environment: dict[str, str], *words: str) -> None:
    run([*INVOKE, *words], folder, environment)


def run(command: list[str], folder: Path, environment: dict[str, str], ends: Sequence[int] = (0,)) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in ends:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """As on a laptop: bytecode is kept, the interpreter of this run comes first, any free port will do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INVOKE_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "INVOKE_PIPELINE_PORT": "0"}


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a disk that deletes slowly distorts every figure
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def checkout(folder: Path) -> Path:
    copy = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    return copy


def table(figures: Sequence[Figure], rounds: int) -> str:
    head = ["| what | seconds | beside it | seconds | ratio | goal |", "| --- | ---: | --- | ---: | ---: | ---: |"]
    rows = [
        f"| {one.what} | {one.seconds:.2f} | {one.peer} "
        f"| {number(one.peer_seconds)} | {number(one.ratio)} | {one.goal} |"
        for one in figures
    ]
    where = f"Medians of {rounds} rounds, Python {platform.python_version()}, {os.cpu_count()} cores."
    return "\n".join([*head, *rows, "", f"{where} The ratio is the median of the rounds' ratios."])


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def write(text: str) -> None:
    before, rest = README.read_text().split(MARKS[0])
    README.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
