"""What comes next in a stage."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.engine import flow
from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, ActionStatus
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
    assert flow.step(STAGE, attempt(**statuses)) == expected


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
    assert flow.step(STAGE, attempt(**statuses), stopping=True) == expected


def test_a_step_cannot_be_changed() -> None:
    assert changeable(flow.Launch((LEFT,)), flow.Wait(), flow.Done(StageStatus.FAILED)) == []
