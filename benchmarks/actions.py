"""What an action costs beside its work: from the moment it is invoked to its answer, less the time of its task.

    python benchmarks/actions.py [--rounds N] [--json]

Cold is the first execution after the functions were changed, warm is every later one. The pipeline is this checkout's
own, on the embedded AWS; the times are those of `aws codepipeline list-action-executions`.
"""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING, Any

from run import Figure, arguments, checkout, clean_environment, invoke, run, scratch, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TASK_TIME = re.compile(r"(?:took|installed in) ([\d.]+) s")
KINDS = {"TestAndPackage": "task", "FunctionalTest": "task", "Dependencies": "dependencies"}


def main() -> None:
    options = arguments(__doc__)
    environment = clean_environment()
    with scratch() as folder:
        copy = checkout(folder)
        cold, warm = measure(copy, environment, options.rounds)
    show(
        [
            Figure(f"an action that {WORDS[kind]}, {state}", statistics.median(seconds[kind]))
            for kind in WORDS
            for state, seconds in (("cold", cold), ("warm", warm))
        ],
        options,
    )


WORDS = {"task": "runs a task", "dependencies": "installs dependencies", "delivery": "delivers"}


def measure(copy: Path, environment: dict[str, str], rounds: int) -> tuple[dict[str, list[float]], ...]:
    """The overheads in seconds, by kind of action, cold and warm."""
    cold: dict[str, list[float]] = {kind: [] for kind in WORDS}
    warm: dict[str, list[float]] = {kind: [] for kind in WORDS}
    for _ in range(rounds):
        try:
            invoke(copy, environment, "pipeline.up")
            collect(executions(copy, environment), cold)
            invoke(copy, environment, "pipeline.run")
            collect(executions(copy, environment), warm)
        finally:
            invoke(copy, environment, "pipeline.down", "--yes")
            invoke(copy, environment, "local.down")
    return cold, warm


def executions(copy: Path, environment: dict[str, str]) -> Sequence[dict[str, Any]]:
    """The actions of the latest execution, when it has ended."""
    run(["invoke", "pipeline.watch"], copy, environment)
    import boto3

    exports = run(["invoke", "local.env"], copy, environment)
    given = dict(re.findall(r"export (\w+)='?([^'\n]*)'?", exports))
    codepipeline = boto3.client(
        "codepipeline",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    name = codepipeline.list_pipelines()["pipelines"][0]["name"]
    latest = codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
    chosen = {"pipelineExecutionId": latest["pipelineExecutionId"]}
    return codepipeline.list_action_executions(pipelineName=name, filter=chosen)["actionExecutionDetails"]


def collect(actions: Sequence[dict[str, Any]], into: dict[str, list[float]]) -> None:
    for kind, seconds in overheads(actions):
        into[kind].append(seconds)


def overheads(actions: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    for action in actions:
        if action["input"]["actionTypeId"]["provider"] != "Lambda":
            continue
        summary = action["output"]["executionResult"].get("externalExecutionSummary", "")
        worked = TASK_TIME.search(summary)
        took = (action["lastUpdateTime"] - action["startTime"]).total_seconds()
        yield KINDS.get(action["actionName"], "delivery"), took - (float(worked[1]) if worked else 0)


if __name__ == "__main__":
    main()
