"""How far the examination of a condition is."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus
from serverless_pipeline.local.codepipeline.model.conditions import (
    Check,
    Condition,
    ConditionStatus,
    ConditionType,
    Consequence,
)
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType
from tests.support.engine import words_of
from tests.support.frozen import changeable

RULE = Action("Check", ActionType("Rule", "AWS", "VariableCheck", "1"))
RUNS, GOOD, BAD = ActionStatus.IN_PROGRESS, ActionStatus.SUCCEEDED, ActionStatus.FAILED


def check(*statuses: ActionStatus, **more: object) -> Check:
    runs = {
        str(number): ActionRun(str(number), "e", "Commit", RULE, 1, number + 2, "me", status=status)
        for number, status in enumerate(statuses)
    }
    return Check(1, runs, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "status", "is_met"),
    [
        ([], "InProgress", False),
        ([GOOD, RUNS], "InProgress", False),
        ([BAD, RUNS], "Failed", False),
        ([GOOD, BAD], "Failed", False),
        ([GOOD, ActionStatus.ABANDONED], "InProgress", False),
        ([GOOD, GOOD], "Succeeded", True),
    ],
)
def test_one_rule_that_fails_decides_and_all_have_to_succeed(
    statuses: list[ActionStatus], status: str, *, is_met: bool
) -> None:
    one = check(*statuses)

    assert (one.status, one.is_met) == (status, is_met)


@pytest.mark.parametrize("settled", list(ConditionStatus))
def test_what_people_made_of_it_counts(settled: ConditionStatus) -> None:
    one = check(BAD, settled=settled)

    assert one.status is settled
    assert one.is_met == (settled in (ConditionStatus.SUCCEEDED, ConditionStatus.OVERRIDDEN))


def test_it_changed_when_its_last_rule_did_or_somebody_settled_it() -> None:
    assert check().updated == 1
    assert check(GOOD, GOOD).updated == 3
    assert check(GOOD, settled=ConditionStatus.OVERRIDDEN, settled_at=9).updated == 9


def test_the_words_are_those_of_aws() -> None:
    assert sorted([*ConditionStatus, "Errored"]) == words_of("ConditionExecutionStatus")
    assert sorted(Consequence) == words_of("Result")
    assert sorted([*ConditionType][:2]) == words_of("ConditionType")


def test_conditions_cannot_be_changed() -> None:
    assert changeable(Condition(Consequence.FAIL, (RULE,)), check()) == []
