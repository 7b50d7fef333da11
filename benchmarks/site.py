"""What the delivery of a site costs, beside `aws s3 sync` of the same files in the same run.

    python benchmarks/site.py [--rounds N] [--json]

1,000 files of 1 to 50 KB go to the embedded AWS: all of them, none of them, ten changed ones while one goes; at once,
and with 25 ms added to each request. Both are measured as programs, from start to end; ours unpacks its zip as well.
The AWS CLI comes from PyPI into an environment of its own, everything lies on tmpfs where there is one.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
import zipfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from place import Bench, embedded, installed, relayed
from run import ROOT, arguments, clean_environment, run, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

FILES, SMALLEST, LARGEST = 1000, 1024, 50 * 1024
CHANGED = 10
LATENCY = 0.025
GOALS = {"first": "≤ 0.35"}
DELIVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import deploy_site
from job import Artifact
from order import Order
given = {"bucket": sys.argv[3], "apiBaseurl": "http://127.0.0.1/", "version": sys.argv[4]}
order = Order(given, Artifact("DistSiteOutput", "none", "none"), time.monotonic() + 900)
print(deploy_site.deploy(order, Path(sys.argv[2])))
"""


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
    options = arguments(__doc__)
    with scratch() as folder, embedded(folder) as near, relayed(near, LATENCY) as far:
        awscli = installed(folder / "awscli")
        figures = [figure for bench in (near, far) for figure in measured(bench, awscli, folder, options.rounds)]
    print(json.dumps([asdict(one) for one in figures], indent=2) if options.json else table(figures, options.rounds))


def measured(bench: Bench, awscli: str, folder: Path, rounds: int) -> list[Figure]:
    """The figures of one endpoint: what each round took, by what there was to deliver."""
    found: dict[str, list[tuple[Taken, Taken]]] = defaultdict(list)
    for number in range(rounds):
        for what, ours, theirs in one_round(bench, awscli, folder / f"{bench.name}-{number}"):
            found[what].append((ours, theirs))
    return [compared(f"{what}, {bench.name}", pairs, GOALS.get(what, "")) for what, pairs in found.items()]


@dataclass(frozen=True)
class Taken:
    """What one delivery took."""

    seconds: float
    work: float
    requests: str


def one_round(bench: Bench, awscli: str, work: Path) -> Iterator[tuple[str, Taken, Taken]]:
    """Both deliver the same site, one after the other, to a bucket of their own."""
    s3 = client(bench)
    ours, theirs = (f"{who}-{time.monotonic_ns()}" for who in ("ours", "theirs"))
    for name in (ours, theirs):
        s3.create_bucket(Bucket=name)
    site = made_site(work / "files")
    for what, version in (("first", "1"), ("unchanged", "1"), (f"{CHANGED} changed, 1 stale", "2")):
        if version == "2":
            change(site)
        fetched = zipped(site, work / what / "site.zip")
        deliver = [sys.executable, "-c", DELIVER, str(ROOT / "lambdas"), str(fetched), ours, version]
        sync = [awscli, "s3", "sync", str(site), f"s3://{theirs}", "--delete", "--quiet"]
        bench.counted()
        yield what, taken(bench, deliver), taken(bench, sync)


def taken(bench: Bench, command: list[str]) -> Taken:
    started, worked = time.monotonic(), work_of_children()
    run(command, ROOT, clean_environment() | bench.environment)
    return Taken(time.monotonic() - started, work_of_children() - worked, bench.counted())


def work_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def made_site(folder: Path) -> Path:
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


def zipped(site: Path, packed: Path) -> Path:
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(site.rglob("*")):
            archive.write(path, path.relative_to(site))
    return packed


def client(bench: Bench) -> S3Client:
    import boto3

    given = bench.environment
    return boto3.client(
        "s3",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )


def compared(what: str, pairs: Sequence[tuple[Taken, Taken]], goal: str) -> Figure:
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
