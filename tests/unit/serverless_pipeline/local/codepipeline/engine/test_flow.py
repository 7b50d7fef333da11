"""What comes next in a stage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serverless_pipeline.local.codepipeline.engine import flow
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus
from serverless_pipeline.local.codepipeline.model.conditions import (
    Check,
    Condition,
    ConditionStatus,
    ConditionType,
    Consequence,
)
from serverless_pipeline.local.codepipeline.model.declaration import Action, ActionType, Stage
from serverless_pipeline.local.codepipeline.model.execution import StageStatus
from tests.support.frozen import changeable

KIND = ActionType("Invoke", "AWS", "Lambda", "1")
LEFT, RIGHT, AFTER = Action("Left", KIND), Action("Right", KIND), Action("After", KIND, run_order=7)
STAGE = Stage("Commit", (AFTER, LEFT, RIGHT))

RUNS, GOOD, BAD, GONE = (
    ActionStatus.IN_PROGRESS,
    ActionStatus.SUCCEEDED,
    ActionStatus.FAILED,
    ActionStatus.ABANDONED,
)


def attempt(**statuses: ActionStatus) -> dict[str, ActionRun]:
    actions = {action.name: action for action in STAGE.actions}
    return {
        name: ActionRun(name, "e", STAGE.name, actions[name], 0, 0, "me", status=status)
        for name, status in statuses.items()
    }


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ({}, flow.Launch((LEFT, RIGHT))),
        ({"Left": RUNS, "Right": RUNS}, flow.Wait()),
        ({"Left": GOOD, "Right": RUNS}, flow.Wait()),
        ({"Left": BAD, "Right": RUNS}, flow.Wait()),
        ({"Left": GOOD, "Right": GOOD}, flow.Launch((AFTER,))),
        ({"Left": GOOD, "Right": BAD}, flow.Done(StageStatus.FAILED)),
        ({"Left": GOOD}, flow.Launch((RIGHT,))),
        ({"Left": GOOD, "Right": GOOD, "After": RUNS}, flow.Wait()),
        ({"Left": GOOD, "Right": GOOD, "After": BAD}, flow.Done(StageStatus.FAILED)),
        ({"Left": GOOD, "Right": GOOD, "After": GOOD}, flow.Done(StageStatus.SUCCEEDED)),
    ],
)
def test_groups_run_in_series_and_their_actions_side_by_side(
    statuses: dict[str, ActionStatus], expected: flow.Launch | flow.Wait | flow.Done
) -> None:
    assert flow.step(STAGE, attempt(**statuses), {}) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ({}, flow.Done(StageStatus.STOPPED)),
        ({"Left": RUNS, "Right": GONE}, flow.Wait()),
        ({"Left": GOOD}, flow.Done(StageStatus.STOPPED)),
        ({"Left": GOOD, "Right": GOOD}, flow.Done(StageStatus.STOPPED)),
        ({"Left": GOOD, "Right": GONE}, flow.Done(StageStatus.STOPPED)),
        ({"Left": GOOD, "Right": BAD}, flow.Done(StageStatus.STOPPED)),
        ({"Left": GOOD, "Right": GOOD, "After": GOOD}, flow.Done(StageStatus.SUCCEEDED)),
    ],
)
def test_a_stop_starts_nothing_more(
    statuses: dict[str, ActionStatus], expected: flow.Launch | flow.Wait | flow.Done
) -> None:
    assert flow.step(STAGE, attempt(**statuses), {}, stopping=True) == expected


RULE = Action("Check", ActionType("Rule", "AWS", "VariableCheck", "1"))
ALL_GOOD = attempt(Left=GOOD, Right=GOOD, After=GOOD)
ONE_BAD = attempt(Left=GOOD, Right=BAD)


def guarded(kind: ConditionType, result: Consequence) -> Stage:
    """The stage with a condition of one rule."""
    return replace(STAGE, conditions={kind: Condition(result, (RULE,))})


def checked(kind: ConditionType, status: ActionStatus) -> dict[ConditionType, Check]:
    return {kind: Check(1, {"Check": ActionRun("r", "e", STAGE.name, RULE, 0, 0, "me", status=status)})}


ENTRY, SUCCESS, FAILURE = ConditionType


@pytest.mark.parametrize(
    ("kind", "attempted"), [(ENTRY, {}), (SUCCESS, ALL_GOOD), (FAILURE, ONE_BAD)], ids=["entry", "success", "failure"]
)
def test_a_condition_is_examined_once_it_is_its_time(kind: ConditionType, attempted: dict[str, ActionRun]) -> None:
    stage = guarded(kind, Consequence.ROLLBACK)

    assert flow.step(stage, attempted, {}) == flow.Launch((RULE,), kind)
    assert flow.step(stage, attempted, checked(kind, RUNS)) == flow.Wait()
    assert flow.step(stage, attempted, {}, stopping=True) == flow.Done(StageStatus.STOPPED)


@pytest.mark.parametrize(
    ("kind", "result", "attempted", "expected"),
    [
        (ENTRY, Consequence.FAIL, {}, flow.Done(StageStatus.FAILED)),
        (ENTRY, Consequence.SKIP, {}, flow.Done(StageStatus.SKIPPED)),
        (SUCCESS, Consequence.FAIL, ALL_GOOD, flow.Done(StageStatus.FAILED)),
        (SUCCESS, Consequence.ROLLBACK, ALL_GOOD, flow.Done(StageStatus.FAILED, rolls_back=True)),
        (FAILURE, Consequence.ROLLBACK, ONE_BAD, flow.Done(StageStatus.FAILED, rolls_back=True)),
    ],
)
def test_the_result_of_a_condition_engages_when_a_rule_fails(
    kind: ConditionType, result: Consequence, attempted: dict[str, ActionRun], expected: flow.Done
) -> None:
    assert flow.step(guarded(kind, result), attempted, checked(kind, BAD)) == expected


@pytest.mark.parametrize(
    ("kind", "attempted", "expected"),
    [
        (ENTRY, {}, flow.Launch((LEFT, RIGHT))),
        (SUCCESS, ALL_GOOD, flow.Done(StageStatus.SUCCEEDED)),
        (FAILURE, ONE_BAD, flow.Done(StageStatus.FAILED)),
    ],
)
def test_a_condition_that_is_met_lets_the_stage_go_on(
    kind: ConditionType, attempted: dict[str, ActionRun], expected: flow.Step
) -> None:
    overridden = {kind: Check(1, settled=ConditionStatus.OVERRIDDEN)}

    assert flow.step(guarded(kind, Consequence.FAIL), attempted, checked(kind, GOOD)) == expected
    assert flow.step(guarded(kind, Consequence.FAIL), attempted, overridden) == expected


def test_a_condition_that_was_abandoned_ends_the_stage() -> None:
    abandoned = {ENTRY: Check(1, settled=ConditionStatus.ABANDONED)}

    assert flow.step(guarded(ENTRY, Consequence.FAIL), {}, abandoned, stopping=True) == flow.Done(StageStatus.STOPPED)


def test_a_stage_that_fails_retries_itself_once() -> None:
    stage = replace(STAGE, on_failure=Consequence.RETRY)

    assert flow.step(stage, ONE_BAD, {}) == flow.Retry()
    assert flow.step(stage, ONE_BAD, {}, retried=True) == flow.Done(StageStatus.FAILED)
    assert flow.step(stage, ONE_BAD, {}, stopping=True) == flow.Done(StageStatus.STOPPED)


def test_a_stage_that_fails_is_rolled_back_where_it_says_so() -> None:
    stage = replace(STAGE, on_failure=Consequence.ROLLBACK)

    assert flow.step(stage, ONE_BAD, {}) == flow.Done(StageStatus.FAILED, rolls_back=True)


def test_a_step_cannot_be_changed() -> None:
    assert changeable(flow.Launch((LEFT,)), flow.Wait(), flow.Retry(), flow.Done(StageStatus.FAILED)) == []
