"""The rules of conditions: which there are, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded
from serverless_pipeline.local.codepipeline.wire import shapes
from serverless_pipeline.local.codepipeline.wire.operations import executions, rules
from serverless_pipeline.local.protocol import models
from tests.support.engine import CALLER, InMemory, declaration, run_of

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord

RULE = {
    "name": "Check",
    "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    "configuration": {"Variable": "a", "Operator": "EQ", "Value": "a"},
}


@pytest.fixture
def record(in_memory: InMemory) -> PipelineRecord:
    document = declaration()
    document["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [RULE]}]}
    return in_memory.record(document)


def listed(in_memory: InMemory, **request: Any) -> list[dict[str, Any]]:
    answer = rules.list_executions(in_memory.engine, CALLER, {"pipelineName": "p", **request})
    return list(answer["ruleExecutionDetails"])


def test_what_a_rule_did_is_listed_apart_from_actions(in_memory: InMemory, record: PipelineRecord) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Check": Failed("JobFailed", "no", external_id="x")}
    execution = in_memory.start(record)

    (detail,) = listed(in_memory)
    run = run_of(execution, "Check")
    assert detail == {
        "pipelineExecutionId": execution.id,
        "pipelineVersion": 1,
        "ruleExecutionId": run.id,
        "stageName": "Commit",
        "ruleName": "Check",
        "startTime": 1000.0,
        "lastUpdateTime": 1000.0,
        "updatedBy": run.updated_by,
        "status": "Failed",
        "input": {
            "ruleTypeId": RULE["ruleTypeId"],
            "configuration": RULE["configuration"],
            "resolvedConfiguration": {},
            "region": "eu-west-1",
            "inputArtifacts": [],
        },
        "output": {
            "executionResult": {
                "externalExecutionId": "x",
                "errorDetails": {"code": "JobFailed", "message": "no"},
            }
        },
    }
    actions = executions.list_actions(in_memory.engine, CALLER, {"pipelineName": "p"})["actionExecutionDetails"]
    assert [one["actionName"] for one in actions] == ["Source"]


@pytest.mark.parametrize(("range_", "count"), [("Latest", 1), ("All", 2)])
def test_of_an_execution_the_latest_of_a_rule_can_be_asked_for(
    in_memory: InMemory, record: PipelineRecord, range_: str, count: int
) -> None:
    in_memory.outcomes = {"Source": Succeeded(), "Check": Failed("JobFailed", "no")}
    execution = in_memory.start(record)
    execution.reopen(everything=False)
    in_memory.engine.admit(record, record.stages["Commit"])
    record.stages["Commit"].holders.append(execution.id)
    in_memory.engine.advance(record, execution)
    in_memory.schedule.run()

    latest = {"pipelineExecutionId": execution.id, "startTimeRange": range_}
    assert len(listed(in_memory, filter={"latestInPipelineExecution": latest})) == count


def test_the_rules_that_there_are_fit_the_service_model(in_memory: InMemory) -> None:
    types = rules.list_types(in_memory.engine, CALLER, {})["ruleTypes"]

    assert [one["id"]["provider"] for one in types] == [
        "CloudWatchAlarm",
        "DeploymentWindow",
        "LambdaInvoke",
        "VariableCheck",
    ]
    assert types[1]["ruleConfigurationProperties"] == [
        {"name": name, "required": is_required, "key": True, "secret": False, "queryable": False, "type": "String"}
        for name, is_required in (("Cron", True), ("TimeZone", False))
    ]
    shape = models.model(shapes.SERVICE).shape_for("RuleType")
    assert all(set(one) <= set(shape.members) for one in types)  # type: ignore[attr-defined]
