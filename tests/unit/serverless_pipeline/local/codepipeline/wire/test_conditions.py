"""What AWS refuses in the conditions of stages, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.local.codepipeline.model.declaration import Pipeline
from serverless_pipeline.local.codepipeline.wire import conditions
from tests.support.engine import REGION, declaration

CHECK = {"Variable": "#{variables.Who}", "Value": "Ada", "Operator": "EQ"}


def rule(provider: str = "VariableCheck", name: str = "Check", **more: Any) -> dict[str, Any]:
    configuration = CHECK if provider == "VariableCheck" else {}
    kind = {"category": "Rule", "provider": provider}
    return {"name": name, "ruleTypeId": kind, "configuration": configuration, **more}


def gate(result: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": [{"result": result, "rules": list(rules) or [rule()]}]}


def refusals(stage: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    document = declaration(**more)
    document["stages"][1].update(stage)
    pipeline = Pipeline.from_document(document, REGION)
    return [(refusal.code, refusal.message) for refusal in conditions.refusals(pipeline)]


@pytest.mark.parametrize(
    "stage",
    [
        {},
        {"beforeEntry": gate("FAIL")},
        {"beforeEntry": gate("SKIP")},
        {"onSuccess": gate("FAIL")},
        {"onSuccess": gate("ROLLBACK")},
        {"onFailure": gate("ROLLBACK")},
        {"onFailure": {"result": "ROLLBACK"}},
        {"onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}},
        {"beforeEntry": gate("FAIL", rule(), rule("LambdaInvoke", "Ask", configuration={"FunctionName": "f"}))},
    ],
)
def test_what_is_right_is_accepted(stage: dict[str, Any]) -> None:
    assert refusals(stage) == []


@pytest.mark.parametrize(
    ("stage", "more", "message"),
    [
        (
            {"beforeEntry": gate("FAIL")},
            {"pipelineType": "V1"},
            "Stage level conditions can only be used with V2 pipelines.",
        ),
        (
            {"onFailure": {"result": "ROLLBACK", **gate("ROLLBACK")}},
            {},
            "configured with both top level result and conditions: 'Commit'",
        ),
        (
            {"onFailure": {"result": "ROLLBACK"}},
            {"executionMode": "PARALLEL"},
            "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
        ),
        (
            {"onSuccess": gate("ROLLBACK")},
            {"executionMode": "PARALLEL"},
            "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
        ),
        (
            {"onFailure": {"result": "SKIP"}},
            {},
            "The result of onFailure in stage 'Commit' must be ROLLBACK or RETRY",
        ),
        (
            {"onFailure": {"result": "ROLLBACK", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}},
            {},
            "A retryConfiguration in stage 'Commit' needs the result RETRY",
        ),
        (
            {"beforeEntry": gate("ROLLBACK")},
            {},
            "The result of the BEFORE_ENTRY condition of stage 'Commit' must be FAIL or SKIP, not ROLLBACK",
        ),
        (
            {"onSuccess": gate("SKIP")},
            {},
            "The result of the ON_SUCCESS condition of stage 'Commit' must be FAIL or ROLLBACK, not SKIP",
        ),
        (
            {"onFailure": gate("RETRY")},
            {},
            "The result of the ON_FAILURE condition of stage 'Commit' must be ROLLBACK, not RETRY",
        ),
        (
            {"beforeEntry": {"conditions": [{"result": "FAIL"}]}},
            {},
            "The BEFORE_ENTRY condition of stage 'Commit' has no rules",
        ),
        (
            {"beforeEntry": gate("FAIL", rule(), rule())},
            {},
            "Rule name 'Check' is used more than once in the BEFORE_ENTRY condition of stage 'Commit'",
        ),
        (
            {"beforeEntry": gate("SKIP", rule("CloudWatchAlarm", configuration={"AlarmName": "a"}))},
            {},
            "has the result SKIP, for which a rule must be of LambdaInvoke or VariableCheck",
        ),
        (
            {"beforeEntry": gate("FAIL", rule("Oracle"))},
            {},
            "it has CloudWatchAlarm, DeploymentWindow, LambdaInvoke, VariableCheck",
        ),
        (
            {"beforeEntry": gate("FAIL", rule(inputArtifacts=[{"name": "In"}]))},
            {},
            "Rule 'Check' in the BEFORE_ENTRY condition of stage 'Commit' takes 0 input artifacts at most",
        ),
        (
            {"beforeEntry": gate("FAIL", rule("CloudWatchAlarm"))},
            {},
            "Rule configuration for rule 'Check' is missing required configuration 'AlarmName'",
        ),
        (
            {"beforeEntry": gate("FAIL", rule(configuration={**CHECK, "More": "x"}))},
            {},
            "Rule configuration for rule 'Check' contains unknown configuration 'More'",
        ),
    ],
)
def test_what_aws_refuses_is_refused(stage: dict[str, Any], more: dict[str, Any], message: str) -> None:
    code, words = refusals(stage, **more)[0]

    assert code == "InvalidStageDeclarationException"
    assert words.endswith(message)
