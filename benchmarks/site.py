"""What the delivery of a site costs, beside `aws s3 sync` of the same files in the same run.

    python -m benchmarks.site [--rounds N] [--json]

1,000 files of 1 to 50 KB go to the embedded AWS: all of them, none of them, ten changed ones while one goes; at once,
and with 25 ms added to each request. Both are measured as programs, from start to end; ours unpacks its zip as well.
The AWS CLI comes from PyPI into an environment of its own, everything lies on tmpfs where there is one.
"""

from __future__ import annotations

import random
import resource
import statistics
import time
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.figures import as_json, parser
from benchmarks.place import (
    ROOT,
    Bench,
    client,
    embedded,
    environment_of_programs,
    install,
    program,
    relayed,
    run,
    scratch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

FILES, SMALLEST, LARGEST = 1000, 1024, 50 * 1024
CHANGED = 10
LATENCY = 0.025
GOALS = {"first": "≤ 0.35"}


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians in seconds, the median of the rounds' ratios, the requests of the last round.

    `work` is the processor's time that a client took, in seconds: what other programs do meanwhile is not in it.
    """

    what: str
    seconds: float
    peer_seconds: float
    ratio: float
    goal: str
    work: float
    peer_work: float
    requests: str
    peer_requests: str


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder, embedded(folder) as near, relayed(near, LATENCY) as far:
        awscli = install(folder / "awscli")
        figures = [figure for bench in (near, far) for figure in measure(bench, awscli, folder, options.rounds)]
    print(as_json(figures) if options.json else table(figures, options.rounds))


def measure(bench: Bench, awscli: str, folder: Path, rounds: int) -> list[Figure]:
    """The figures of one endpoint: what each round took, by what there was to deliver."""
    pairs: dict[str, list[tuple[Cost, Cost]]] = defaultdict(list)
    for number in range(rounds):
        for what, ours, theirs in one_round(bench, awscli, folder / f"{bench.name}-{number}"):
            pairs[what].append((ours, theirs))
    return [compare(f"{what}, {bench.name}", of_what, GOALS.get(what, "")) for what, of_what in pairs.items()]


@dataclass(frozen=True)
class Cost:
    """What one delivery took."""

    seconds: float
    work: float
    requests: str


def one_round(bench: Bench, awscli: str, work: Path) -> Iterator[tuple[str, Cost, Cost]]:
    """Both deliver the same site, one after the other, to a bucket of their own."""
    s3: S3Client = client("s3", bench.environment)
    ours, theirs = (f"{who}-{time.monotonic_ns()}" for who in ("ours", "theirs"))
    for name in (ours, theirs):
        s3.create_bucket(Bucket=name)
    site = make_site(work / "files")
    for what, version in (("first", "1"), ("unchanged", "1"), (f"{CHANGED} changed, 1 stale", "2")):
        if version == "2":
            change(site)
        packed = pack(site, work / what / "site.zip")
        deliver = program("site", str(packed), ours, version)
        sync = [awscli, "s3", "sync", str(site), f"s3://{theirs}", "--delete", "--quiet"]
        bench.requests()
        yield what, cost(bench, deliver), cost(bench, sync)


def cost(bench: Bench, command: list[str]) -> Cost:
    started, worked = time.monotonic(), work_of_children()
    run(command, ROOT, environment_of_programs() | bench.environment)
    return Cost(time.monotonic() - started, work_of_children() - worked, bench.requests())


def work_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_site(folder: Path) -> Path:
    """Random files, the same in each round."""
    draw = random.Random(1)  # noqa: S311 - nothing here is secret
    for number in range(FILES):
        path = folder / f"{number % 20}" / f"file-{number}.{('html', 'css', 'js', 'png')[number % 4]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw.randbytes(draw.randint(SMALLEST, LARGEST)))
    return folder


def change(site: Path) -> None:
    """Other content in some files, of another size so that the peer sees it; one file goes."""
    paths = sorted(path for path in site.rglob("*") if path.is_file())
    for path in paths[:CHANGED]:
        path.write_bytes(path.read_bytes() + b"changed")
    paths[-1].unlink()


def pack(site: Path, packed: Path) -> Path:
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(site.rglob("*")):
            archive.write(path, path.relative_to(site))
    return packed


def compare(what: str, pairs: Sequence[tuple[Cost, Cost]], goal: str) -> Figure:
    ours, theirs = zip(*pairs, strict=True)
    return Figure(
        what,
        statistics.median(one.seconds for one in ours),
        statistics.median(one.seconds for one in theirs),
        statistics.median(mine.seconds / other.seconds for mine, other in pairs),
        goal,
        statistics.median(one.work for one in ours),
        statistics.median(one.work for one in theirs),
        ours[-1].requests,
        theirs[-1].requests,
    )


def table(figures: Sequence[Figure], rounds: int) -> str:
    head = [
        "| site of 1,000 files | seconds | `aws s3 sync` | ratio | goal | work | its work | requests | its requests |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    rows = [
        f"| {one.what} | {one.seconds:.2f} | {one.peer_seconds:.2f} | {one.ratio:.2f} | {one.goal} "
        f"| {one.work:.2f} | {one.peer_work:.2f} | {one.requests} | {one.peer_requests} |"
        for one in figures
    ]
    how = f"Medians of {rounds} rounds; the ratio is the median of the rounds' ratios; work is processor time."
    return "\n".join([*head, *rows, "", how])


if __name__ == "__main__":
    main()
