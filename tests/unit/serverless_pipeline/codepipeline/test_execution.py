from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from serverless_pipeline.codepipeline import execution
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution, StageState
from serverless_pipeline.errors import Error

START = datetime(2026, 1, 1, tzinfo=UTC)


def action(name: str, status: str | None = None, *, at: int = 0, approval: bool = False) -> ActionState:
    started = START + timedelta(seconds=at) if status else None
    ended = started + timedelta(seconds=1) if started and status != "InProgress" else None
    return ActionState(name, status, started=started, ended=ended, is_approval=approval)


def shown(status: str, *stages: StageState) -> Execution:
    return Execution("shop", "id", status, stages=stages)


def test_a_declaration_lists_actions_by_run_order() -> None:
    approval = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    invoke = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    actions = [
        {"name": "Deploy", "actionTypeId": invoke, "runOrder": 2, "configuration": {"FunctionName": "shop-deploy"}},
        {"name": "Approval", "actionTypeId": approval},
    ]

    declared = Declaration.from_response({"name": "shop", "stages": [{"name": "Production", "actions": actions}]})

    listed = (ActionState("Approval", is_approval=True), ActionState("Deploy", function="shop-deploy"))
    assert declared == Declaration("shop", (StageState("Production", actions=listed),))


def test_an_execution_waits_for_an_approval_if_nothing_else_of_it_runs() -> None:
    approval = action("Approval", "InProgress", approval=True)
    stage = StageState("Production", "InProgress", (approval, action("Deploy")))

    assert shown("InProgress", stage).approval == (stage, approval)


@pytest.mark.parametrize(
    ("status", "other"),
    [("InProgress", action("Deploy", "InProgress")), ("Stopped", action("Deploy"))],
)
def test_an_execution_that_runs_or_has_ended_does_not_wait(status: str, other: ActionState) -> None:
    approval = action("Approval", "InProgress", approval=True)

    assert shown(status, StageState("Production", status, (approval, other))).approval is None


def test_an_execution_between_two_actions_does_not_wait() -> None:
    assert shown("InProgress", StageState("Source", "Succeeded", (action("Source", "Succeeded"),))).approval is None


def test_the_failure_is_the_action_that_failed_first() -> None:
    later, first = action("App", "Failed", at=5), action("Api", "Failed", at=2)
    stage = StageState("Acceptance", "Failed", (later, first))

    assert shown("Failed", stage).failure == (stage, first)


def test_an_execution_without_a_failed_action_has_no_failure() -> None:
    assert shown("Superseded", StageState("Source", "Succeeded", (action("Source", "Succeeded"),))).failure is None


def test_of_actions_of_one_name_the_one_that_ran_last_is_meant() -> None:
    test = StageState("Acceptance", "Succeeded", (action("FunctionalTest", "Succeeded", at=1),))
    prod = StageState("Production", None, (action("FunctionalTest"),))

    assert execution.select(shown("InProgress", test, prod), "FunctionalTest") == ("Acceptance", "FunctionalTest")


def test_the_stage_tells_actions_of_one_name_apart() -> None:
    test = StageState("Acceptance", "Succeeded", (action("FunctionalTest", "Succeeded", at=1),))
    prod = StageState("Production", None, (action("FunctionalTest"),))
    chosen = execution.select(shown("InProgress", test, prod), "Production/FunctionalTest")

    assert chosen == ("Production", "FunctionalTest")


def test_an_action_that_there_is_not_is_told_with_those_that_there_are() -> None:
    stage = StageState("Source", "Succeeded", (action("Source", "Succeeded"),))

    with pytest.raises(Error, match=r"no action 'Sauce'\.\n  Next: one of Source/Source"):
        execution.select(shown("Succeeded", stage), "Sauce")
