"""How long each example takes from its first `pipeline.up` to the first green production, and what the pipeline adds.

    python -m benchmarks.examples [--rounds N] [--only NAME] [--json]

Each round begins with a copy of the example and no embedded AWS. What the pipeline adds to an execution is the time
outside the project's own tasks: from its beginning to its end, without what the summaries of its actions say that
tasks took. The first execution makes the environments and has cold functions, the second has nothing to do.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, parser, seconds, show
from benchmarks.place import scratch
from tests.support import example

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_codepipeline import CodePipelineClient

NAMES = sorted(path.parent.relative_to(example.EXAMPLES).as_posix() for path in example.EXAMPLES.rglob("tasks.py"))
TASK = re.compile(r" took (\d+\.\d) s")


@dataclass(frozen=True)
class Execution:
    """Seconds of an execution from its beginning to its end, and those of the project's own tasks in it."""

    whole: float
    tasks: float

    @property
    def share(self) -> float:
        """What was spent outside the tasks, of 1."""
        return 1 - self.tasks / self.whole


@dataclass(frozen=True)
class Round:
    """Seconds until production is green, and the executions one after another."""

    green: float
    first: Execution
    second: Execution


def main() -> None:
    words = parser(__doc__, rounds=3)
    words.add_argument("--only", choices=NAMES, help="measure this example alone")
    options = words.parse_args()
    figures = []
    for name in [options.only] if options.only else NAMES:
        with scratch() as folder:
            rounds = [one_round(name, folder / str(number)) for number in range(options.rounds)]
        figures += figures_of(name, rounds)
    show(figures, options)


def one_round(name: str, folder: Path) -> Round:
    bundles = folder / "bundles"
    bundles.mkdir(parents=True)
    project = example.copy(name, folder / name.partition("/")[0], bundles)
    try:
        green = seconds(lambda: project.invoke("pipeline.up pipeline.watch"))
        project.invoke("pipeline.run")
        pipeline = project.data("pipeline.outputs")["PipelineName"]
        second, first = executions(example.clients_of(project).codepipeline, pipeline)
    finally:
        project.invoke("local.down")
    return Round(green, first, second)


def executions(client: CodePipelineClient, pipeline: str) -> list[Execution]:
    """The executions of a pipeline, the newest first."""
    pages = client.get_paginator("list_pipeline_executions").paginate(pipelineName=pipeline)
    return [
        Execution(
            (one["lastUpdateTime"] - one["startTime"]).total_seconds(),
            tasks(client, pipeline, one["pipelineExecutionId"]),
        )
        for page in pages
        for one in page["pipelineExecutionSummaries"]
    ]


def tasks(client: CodePipelineClient, pipeline: str, execution: str) -> float:
    """Seconds of the project's own tasks, as the summaries of the actions say."""
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )
    results = [one["output"]["executionResult"] for page in pages for one in page["actionExecutionDetails"]]
    took = [TASK.search(one.get("externalExecutionSummary", "")) for one in results]
    return sum(float(match[1]) for match in took if match)


def figures_of(name: str, rounds: list[Round]) -> list[Figure]:
    def median(values: list[float]) -> float:
        return statistics.median(values)

    return [
        Figure(f"{name}: first `up` to green production", median([one.green for one in rounds])),
        Figure(f"{name}: its first execution", median([one.first.whole for one in rounds])),
        Figure(f"{name}: of that outside its tasks, of 1", median([one.first.share for one in rounds])),
        Figure(f"{name}: an execution with nothing new", median([one.second.whole for one in rounds])),
        Figure(f"{name}: of that outside its tasks, of 1", median([one.second.share for one in rounds])),
    ]


if __name__ == "__main__":
    main()
