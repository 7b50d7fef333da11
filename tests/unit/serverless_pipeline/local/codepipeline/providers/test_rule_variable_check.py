"""A variable is what it should be."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from serverless_pipeline.local.codepipeline.providers import rule_variable_check
from serverless_pipeline.local.codepipeline.providers.work import Failed, Succeeded, Work
from serverless_pipeline.local.iam.credentials import Credentials
from tests.support.engine import REGION, SCOPE, TIMING

RULE = Action("Check", ActionType("Rule", "AWS", "VariableCheck", "1"))


def work(variable: str, operator: str, value: str) -> Work:
    configuration = {"Variable": variable, "Operator": operator, "Value": value}
    run = ActionRun("run", "e", "Prod", RULE, 1, 1, "ada", resolved_configuration=configuration)
    return Work(SCOPE, "p", run, Credentials("r", "u", REGION, "k", "s", "t"), TIMING, now=10)


@pytest.mark.parametrize(
    ("variable", "operator", "value", "holds"),
    [
        ("main", "EQ", "main", True),
        ("main", "EQ", "Main", False),
        ("main", "NE", "dev", True),
        ("main", "NE", "main", False),
        ("release/7", "CONTAINS", "release", True),
        ("main", "CONTAINS", "release", False),
        ("release/7", "MATCHES", r"release/\d+", True),
        ("release/7a", "MATCHES", r"release/\d+", False),
    ],
)
def test_a_variable_is_compared(variable: str, operator: str, value: str, *, holds: bool) -> None:
    words = f"'{variable}' {operator} '{value}'"

    outcome = rule_variable_check.start(work(variable, operator, value))

    assert outcome == (Succeeded(words) if holds else Failed("JobFailed", f"{words} does not hold"))


@pytest.mark.parametrize(
    ("operator", "value", "message"),
    [
        ("GT", "1", "The operator GT is none; it must be one of EQ, NE, CONTAINS, MATCHES"),
        ("MATCHES", "(", "'(' is no regular expression: missing ), unterminated subpattern at position 0"),
    ],
)
def test_what_cannot_be_compared_is_said(operator: str, value: str, message: str) -> None:
    assert rule_variable_check.start(work("main", operator, value)) == Failed("ConfigurationError", message)
