"""What the pipeline costs: the figures of README.md.

    python -m benchmarks.run [--rounds N] [--json] [--write]

`--write` puts the table into README.md.
"""

from __future__ import annotations

import json
import shutil
import statistics
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, compare, parser, seconds, show, table
from benchmarks.place import (
    PROGRAMS,
    ROOT,
    checkout,
    clean_environment,
    client,
    exports,
    invoke,
    run,
    same_python,
    scratch,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

README = ROOT / "README.md"
MARKS = ("<!-- figures -->", "<!-- /figures -->")
BUCKET = "ArtifactBucketName"
RUN = "`pipeline.run`, to Production succeeded, warm"
LISTINGS_A_ROUND = 3
EMPTY = "from invoke import task\n\n\n@task\ndef nothing(c):\n    pass\n"


def main() -> None:
    words = parser(__doc__)
    words.add_argument("--write", action="store_true", help="put the table into README.md")
    options = words.parse_args()
    with scratch() as folder:
        figures = measure(checkout(folder), folder, clean_environment() | same_python(), options.rounds)
    if options.write:
        write(table(figures, options.rounds))
    show(figures, options)


def measure(copy: Path, folder: Path, environment: dict[str, str], rounds: int) -> list[Figure]:
    try:
        creations = [up_from_nothing(copy, environment) for _ in range(rounds)]
        runs = [three_ways(copy, folder / f"round-{number}", environment) for number in range(rounds)]
    finally:
        invoke(copy, environment, "pipeline.down", "--yes")
        invoke(copy, environment, "local.down")
    listings = [listing_and_empty(copy, folder, environment) for _ in range(rounds * LISTINGS_A_ROUND)]
    return [
        compare(RUN, [(ours, script) for ours, script, _ in runs], "the same work in a shell script", "≤ 2.0"),
        compare(RUN, [(ours, cached) for ours, _, cached in runs], "that script with the same cache", "≤ 1.0"),
        compare("`invoke --list`", listings, "`invoke --list` of an empty `tasks.py`", "≤ 2.0"),
        Figure("`pipeline.up` from nothing to CREATE_COMPLETE", statistics.median(creations)),
    ]


def up_from_nothing(copy: Path, environment: dict[str, str]) -> float:
    """Seconds from a laptop without a server to a stack that is complete."""
    invoke(copy, environment, "pipeline.down", "--yes")
    invoke(copy, environment, "local.down")
    return seconds(lambda: invoke(copy, environment, "pipeline.up"))


def three_ways(copy: Path, work: Path, environment: dict[str, str]) -> tuple[float, float, float]:
    """Seconds of one execution, and of the same work without a pipeline: as uv installs, then out of the same cache."""
    invoke(copy, environment, "pipeline.watch")  # until the execution that creating the pipeline started has ended
    page = copy / "app" / "site" / "index.html"
    page.write_text(page.read_text().replace("</body>", f"<!-- {work.name} --></body>"))
    urls = site_urls(copy, environment)
    ours = seconds(lambda: invoke(copy, environment, "pipeline.run"))
    script = by_hand(copy, work, environment, urls)
    return ours, script, by_hand(copy, work, environment | {"CACHED": cached(copy, environment)}, urls)


def by_hand(copy: Path, work: Path, environment: dict[str, str], urls: list[str]) -> float:
    taken = seconds(lambda: run([str(PROGRAMS / "by_hand.sh"), str(copy), str(work), *urls], copy, environment))
    shutil.rmtree(work)
    return taken


def cached(copy: Path, environment: dict[str, str]) -> str:
    """The address of the dependencies in the pipeline's cache, whose one entry is a zip and a manifest."""
    s3: S3Client = client("s3", exports(copy, environment))
    bucket = json.loads(invoke(copy, environment, "pipeline.status", "--output", "json"))["stack"]["outputs"][BUCKET]
    entries = s3.list_objects_v2(Bucket=bucket, Prefix="cache/dependencies/")["Contents"]
    [key] = [entry["Key"] for entry in entries if entry["Key"].endswith(".zip")]
    return str(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}))


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
