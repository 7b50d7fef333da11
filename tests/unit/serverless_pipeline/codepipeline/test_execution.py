from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serverless_pipeline.codepipeline.execution import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    ActionState,
    Declaration,
    Execution,
    StageState,
)
from serverless_pipeline.errors import Error

START = datetime(2026, 1, 1, tzinfo=UTC)


def action(name: str, status: str | None = None, *, at: int = 0, approval: bool = False) -> ActionState:
    started = START + timedelta(seconds=at) if status else None
    ended = started + timedelta(seconds=1) if started and status != "InProgress" else None
    return ActionState(name, status, started=started, ended=ended, is_approval=approval)


def execution(status: str, *stages: StageState) -> Execution:
    return Execution("shop", "id", status, stages=stages)


@pytest.mark.parametrize(
    "value", [ActionState("Deploy"), StageState("Source"), Declaration("shop", ()), execution("Failed")]
)
def test_what_was_looked_at_cannot_be_changed(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        value.name = value.id = "another"


def test_the_statuses_are_codepipelines_words() -> None:
    assert (RUNNING, SUCCEEDED, FAILED) == (("InProgress", "Stopping"), "Succeeded", "Failed")


def test_a_declaration_lists_stages_in_their_order_and_actions_by_run_order() -> None:
    approval = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    invoke = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    actions = [
        {"name": "Deploy", "actionTypeId": invoke, "runOrder": 2, "configuration": {"FunctionName": "shop-deploy"}},
        {"name": "Approval", "actionTypeId": approval},
        {"name": "Last", "actionTypeId": invoke, "runOrder": 10},
    ]
    document = {
        "name": "shop",
        "stages": [{"name": "Production", "actions": actions}, {"name": "After", "actions": []}],
    }

    declaration = Declaration.from_response(document)

    in_order = (
        ActionState("Approval", is_approval=True),
        ActionState("Deploy", function="shop-deploy"),
        ActionState("Last"),
    )
    assert declaration == Declaration("shop", (StageState("Production", actions=in_order), StageState("After")))


@pytest.mark.parametrize("key", ["artifactRevisions", "sourceRevisions"])
def test_an_execution_is_read_from_an_answer_and_from_a_list(key: str) -> None:
    document = {
        "pipelineExecutionId": "id",
        "status": "Succeeded",
        "trigger": {"triggerType": "Webhook"},
        key: [{"revisionId": "abc", "revisionSummary": "commit abc"}, {"revisionId": "other"}],
    }

    assert Execution.from_response("shop", document) == Execution(
        "shop", "id", "Succeeded", "Webhook", "abc", "commit abc"
    )


@pytest.mark.parametrize("more", [{}, {"artifactRevisions": []}, {"sourceRevisions": []}])
def test_an_execution_that_has_just_begun_has_no_revision(more: dict[str, Any]) -> None:
    document = {"pipelineExecutionId": "id", "status": "InProgress", **more}

    assert Execution.from_response("shop", document) == Execution("shop", "id", "InProgress")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("InProgress", True),
        ("Stopping", True),
        ("Stopped", False),
        ("Succeeded", False),
        ("Superseded", False),
        ("Failed", False),
        ("Cancelled", False),
    ],
)
def test_an_execution_runs_until_it_has_ended_or_stopped(status: str, *, expected: bool) -> None:
    assert execution(status).is_running is expected


def test_an_action_is_known_by_its_stage_and_its_name() -> None:
    one, other = action("Deploy", "Succeeded"), action("Deploy", "Failed")

    both = execution("Failed", StageState("Test", None, (one,)), StageState("Prod", None, (action("First"), other)))

    assert both.action("Prod", "Deploy") is other


def test_an_execution_waits_for_an_approval_if_nothing_else_of_it_runs() -> None:
    approval = action("Approval", "InProgress", approval=True)
    stage = StageState("Production", "InProgress", (action("Check", "Succeeded"), approval, action("Deploy")))

    assert execution("InProgress", stage).approval == (stage, approval)


@pytest.mark.parametrize(
    ("status", "other"),
    [("InProgress", action("Deploy", "InProgress")), ("Stopped", action("Deploy"))],
)
def test_an_execution_that_runs_or_has_ended_does_not_wait(status: str, other: ActionState) -> None:
    approval = action("Approval", "InProgress", approval=True)

    assert execution(status, StageState("Production", status, (approval, other))).approval is None


def test_an_execution_between_two_actions_does_not_wait() -> None:
    stage = StageState("Source", "Succeeded", (action("Source", "Succeeded"),))

    assert execution("InProgress", stage).approval is None


def test_the_failure_is_the_action_that_failed_first() -> None:
    later, first = action("App", "Failed", at=5), action("Api", "Failed", at=2)
    stage = StageState("Acceptance", "Failed", (action("Early", "Succeeded"), later, first))

    assert execution("Failed", stage).failure == (stage, first)


def test_a_failure_without_a_time_comes_before_one_with_it() -> None:
    timeless = ActionState("Api", "Failed")
    stage = StageState("Acceptance", "Failed", (action("App", "Failed"), timeless))

    assert execution("Failed", stage).failure == (stage, timeless)


def test_an_execution_without_a_failed_action_has_no_failure() -> None:
    stage = StageState("Source", "Succeeded", (action("Source", "Succeeded"),))

    assert execution("Superseded", stage).failure is None


def test_of_actions_of_one_name_the_one_that_started_last_is_meant() -> None:
    test = StageState("Acceptance", "Succeeded", (action("FunctionalTest", "Succeeded", at=1),))
    prod = StageState("Production", None, (action("FunctionalTest"),))
    again = StageState("Again", "Failed", (action("Other", "Failed", at=9), action("FunctionalTest", "Failed", at=2)))

    assert execution("InProgress", test, prod).select("FunctionalTest") == (test, test.actions[0])
    assert execution("InProgress", test, again, prod).select("FunctionalTest") == (again, again.actions[1])


def test_the_stage_tells_actions_of_one_name_apart() -> None:
    test = StageState("Acceptance", "Succeeded", (action("FunctionalTest", "Succeeded", at=1),))
    prod = StageState("Production", None, (action("FunctionalTest"),))

    assert execution("InProgress", test, prod).select("Production/FunctionalTest") == (prod, prod.actions[0])


def test_an_action_that_there_is_not_is_told_with_those_that_there_are() -> None:
    source = StageState("Source", "Succeeded", (action("Source", "Succeeded"),))
    commit = StageState("Commit", None, (action("Package"),))

    with pytest.raises(Error) as raised:
        execution("Succeeded", source, commit).select("Sauce")

    assert str(raised.value) == (
        "The pipeline shop has no action 'Sauce'.\n  Next: one of Source/Source, Commit/Package"
    )
