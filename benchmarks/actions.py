"""What an action costs beside its work: from the moment it is invoked to its answer, less the time of its task.

    python -m benchmarks.actions [--rounds N] [--json]

Cold is the first execution after the functions were changed, warm is every later one. The pipeline is this checkout's
own, on the embedded AWS; the times are those of `aws codepipeline list-action-executions`.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, parser, show
from benchmarks.place import checkout, clean_environment, client, exports, invoke, same_python, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_codepipeline.type_defs import ActionExecutionDetailTypeDef

    Overheads = Mapping[str, Sequence[float]]
    """Seconds by kind of action."""

TASK_TIME = re.compile(r"(?:took|installed in) ([\d.]+) s")
DELIVERY = "an action that delivers"
KINDS = {
    "TestAndPackage": "an action that runs a task",
    "FunctionalTest": "an action that runs a task",
    "Dependencies": "an action that installs dependencies",
}


def main() -> None:
    options = parser(__doc__).parse_args()
    with scratch() as folder:
        cold, warm = measure(checkout(folder), clean_environment() | same_python(), options.rounds)
    states = {"cold": cold, "warm": warm}
    show(
        [
            Figure(f"{kind}, {state}", statistics.median(overheads[kind]))
            for kind in dict.fromkeys([*KINDS.values(), DELIVERY])
            for state, overheads in states.items()
        ],
        options,
    )


def measure(copy: Path, environment: dict[str, str], rounds: int) -> tuple[Overheads, Overheads]:
    """The overheads of cold functions, and of warm ones."""
    cold, warm = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for _ in range(rounds):
        try:
            for word, overheads in (("pipeline.up", cold), ("pipeline.run", warm)):
                invoke(copy, environment, word)
                for kind, seconds in overheads_of(actions(copy, environment)):
                    overheads[kind].append(seconds)
        finally:
            invoke(copy, environment, "pipeline.down", "--yes")
            invoke(copy, environment, "local.down")
    return cold, warm


def actions(copy: Path, environment: dict[str, str]) -> Sequence[ActionExecutionDetailTypeDef]:
    """The actions of the latest execution, when it has ended."""
    invoke(copy, environment, "pipeline.watch")
    codepipeline: CodePipelineClient = client("codepipeline", exports(copy, environment))
    name = codepipeline.list_pipelines()["pipelines"][0]["name"]
    latest = codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=name, filter={"pipelineExecutionId": latest["pipelineExecutionId"]}
    )
    return [action for page in pages for action in page["actionExecutionDetails"]]


def overheads_of(actions: Sequence[ActionExecutionDetailTypeDef]) -> Iterator[tuple[str, float]]:
    """The kind and the overhead of each action that a function does."""
    for action in actions:
        if action["input"]["actionTypeId"]["provider"] != "Lambda":
            continue
        task = TASK_TIME.search(action["output"]["executionResult"].get("externalExecutionSummary", ""))
        seconds = (action["lastUpdateTime"] - action["startTime"]).total_seconds()
        yield KINDS.get(action["actionName"], DELIVERY), seconds - (float(task[1]) if task else 0)


if __name__ == "__main__":
    main()
