from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import examples
from benchmarks.examples import Execution

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


def expect_actions(codepipeline: Stubber, execution: str, *summaries: str) -> None:
    details = [{"output": {"executionResult": {"externalExecutionSummary": summary}}} for summary in summaries]
    details.append({"output": {"executionResult": {}}})
    asked = {"pipelineName": "shop", "filter": {"pipelineExecutionId": execution}}
    codepipeline.add_response("list_action_executions", {"actionExecutionDetails": details}, asked)


def execution(name: str, seconds: float) -> dict[str, Any]:
    return {
        "pipelineExecutionId": name,
        "status": "Succeeded",
        "startTime": BEGAN,
        "lastUpdateTime": BEGAN + timedelta(seconds=seconds),
    }


def test_an_execution_is_told_from_its_beginning_to_its_end_and_its_tasks_by_their_summaries(
    clients: Clients, codepipeline: Stubber
) -> None:
    listed = {"pipelineExecutionSummaries": [execution("second", 4), execution("first", 8)]}
    codepipeline.add_response("list_pipeline_executions", listed, {"pipelineName": "shop"})
    expect_actions(codepipeline, "second", "package took 0.5 s", "3 uploaded", "test-functional took 1.5 s; attempt 2")
    expect_actions(codepipeline, "first", "requirements.txt installed in 3.0 s")

    executions = examples.executions(clients.codepipeline, "shop")

    assert executions == [Execution(4.0, 2.0), Execution(8.0, 0.0)]
    assert [one.share for one in executions] == [pytest.approx(0.5), 1.0]
