"""What the pipeline costs: the figures of README.md.

    python -m benchmarks.run [--rounds N] [--json] [--write]

`--write` puts the table into README.md.
"""

from __future__ import annotations

import json
import shutil
import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, compare, parser, seconds, show, table
from benchmarks.place import PROGRAMS, ROOT, checkout, clean_environment, invoke, run, scratch

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
LISTINGS_A_ROUND = 3
EMPTY = "from invoke import task\n\n\n@task\ndef nothing(c):\n    pass\n"


def main() -> None:
    words = parser(__doc__)
    words.add_argument("--write", action="store_true", help="put the table into README.md")
    options = words.parse_args()
    with scratch() as folder:
        figures = measure(checkout(folder), folder, clean_environment(), options.rounds)
    if options.write:
        write(table(figures, options.rounds))
    show(figures, options)


def measure(copy: Path, folder: Path, environment: dict[str, str], rounds: int) -> list[Figure]:
    try:
        creations = [up_from_nothing(copy, environment) for _ in range(rounds)]
        runs = [pipeline_and_by_hand(copy, folder / f"round-{number}", environment) for number in range(rounds)]
    finally:
        invoke(copy, environment, "pipeline.down", "--yes")
        invoke(copy, environment, "local.down")
    listings = [listing_and_empty(copy, folder, environment) for _ in range(rounds * LISTINGS_A_ROUND)]
    return [
        compare("`pipeline.run`, to Production succeeded, warm", runs, "the same work in a shell script", "≤ 2.0"),
        compare("`invoke --list`", listings, "`invoke --list` of an empty `tasks.py`", "≤ 2.0"),
        Figure("`pipeline.up` from nothing to CREATE_COMPLETE", statistics.median(creations)),
    ]


def up_from_nothing(copy: Path, environment: dict[str, str]) -> float:
    """Seconds from a laptop without a server to a stack that is complete."""
    invoke(copy, environment, "pipeline.down", "--yes")
    invoke(copy, environment, "local.down")
    return seconds(lambda: invoke(copy, environment, "pipeline.up"))


def pipeline_and_by_hand(copy: Path, work: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of one execution, and of the same work without a pipeline."""
    invoke(copy, environment, "pipeline.watch")  # until the execution that creating the pipeline started has ended
    page = copy / "app" / "site" / "index.html"
    page.write_text(page.read_text().replace("</body>", f"<!-- {work.name} --></body>"))
    urls = site_urls(copy, environment)
    started = time.monotonic()
    invoke(copy, environment, "pipeline.run")
    between = time.monotonic()
    run([str(PROGRAMS / "by_hand.sh"), str(copy), str(work), *urls], copy, environment)
    ended = time.monotonic()
    shutil.rmtree(work)
    return between - started, ended - between


def site_urls(copy: Path, environment: dict[str, str]) -> list[str]:
    status = json.loads(invoke(copy, environment, "pipeline.status", "--output", "json"))
    outputs = status["stack"]["outputs"]
    return [outputs["TestSiteUrl"], outputs["ProdSiteUrl"]]


def listing_and_empty(copy: Path, folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of `invoke --list` here, and in a project whose `tasks.py` holds nothing but one task."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "tasks.py").write_text(EMPTY)
    return seconds(lambda: invoke(copy, environment, "--list")), seconds(lambda: invoke(empty, environment, "--list"))


def write(text: str) -> None:
    before, rest = README.read_text().split(MARKS[0])
    README.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
