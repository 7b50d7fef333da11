"""A new version of an object starts an execution, where the source polls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.codepipeline import World


def test_a_source_that_polls_starts_one_execution_for_each_new_version(
    world: World, approval: Callable[[str], dict[str, Any]]
) -> None:
    source = world.source("the first")
    del source["configuration"]["PollForSourceChanges"]
    name, first = world.create(("Source", [source]), ("Approve", [approval("Approve")]))
    world.token(name, "Approve", "Approve")

    world.s3.put_object(Bucket=f"{world.prefix}-source", Key="source.zip", Body=b"the second")

    def started() -> list[str] | None:
        listed = world.codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        triggers = [one["trigger"]["triggerType"] for one in listed]
        return triggers if len(triggers) > 1 and listed[0]["sourceRevisions"] else None

    assert until(started, "an execution beside the first") == ["PollForSourceChanges", "CreatePipeline"]
    assert world.newest(name) != first
