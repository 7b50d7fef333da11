from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.codepipeline import logs, outcome, pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState
from serverless_pipeline.codepipeline.logs import Line
from serverless_pipeline.codepipeline.outcome import Ended, Failed, Succeeded, Waiting

LOCAL: Any = SimpleNamespace(endpoint=object())
ACCOUNT: Any = SimpleNamespace(endpoint=None)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(seconds=9)
FAILED = ActionState("Package", "Failed", error="exit code 1", started=START, ended=END, function="shop-run-task")
APPROVAL = ActionState("Approval", "InProgress", started=START, is_approval=True)


def execution(status: str, *actions: ActionState) -> Execution:
    return Execution("shop", "the-id", status, stages=(StageState("Commit", status, actions),))


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the function printed while the action ran."""
    texts: list[str] = []

    def lines(*request: object) -> list[Line]:
        assert request == (LOCAL, "shop-run-task", START, END)
        return [Line(text, START, text) for text in texts]

    monkeypatch.setattr(logs, "lines", lines)
    return texts


@pytest.mark.parametrize(
    "result",
    [
        Succeeded(execution("Succeeded")),
        Waiting("Commit", "Approval", "aws"),
        Failed("Commit", FAILED),
        Ended(execution("Stopped")),
    ],
)
def test_what_was_found_out_cannot_be_changed(result: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(result, next(iter(vars(result))), None)


def test_an_execution_that_succeeded_is_told_as_it_is() -> None:
    ended = execution("Succeeded")

    assert outcome.find(LOCAL, ended) == Succeeded(ended)


def test_a_failed_action_comes_with_what_its_function_printed(output: list[str]) -> None:
    output += ["collected 12 items", "F401 unused import"]

    result = outcome.find(LOCAL, execution("Failed", FAILED))

    assert result == Failed("Commit", FAILED, ["collected 12 items", "F401 unused import"])


def test_lines_that_only_repeat_the_message_are_left_out(output: list[str]) -> None:
    output += ["F401 unused import", "another", "Job 1: failed: the task failed:"]
    failed = replace(FAILED, error="the task failed:\nF401 unused import")

    assert outcome.find(LOCAL, execution("Failed", failed)) == Failed("Commit", failed, ["another"])


def test_an_action_without_a_message_keeps_all_its_lines(output: list[str]) -> None:
    output += ["one", "two"]
    failed = replace(FAILED, error=None)

    assert outcome.find(LOCAL, execution("Failed", failed)) == Failed("Commit", failed, ["one", "two"])


def test_only_the_last_lines_are_told(output: list[str]) -> None:
    output += [f"line {number}" for number in range(100)]

    result = outcome.find(LOCAL, execution("Failed", FAILED))

    assert result == Failed("Commit", FAILED, [f"line {number}" for number in range(80, 100)])


@pytest.mark.parametrize("failed", [replace(FAILED, function=None), replace(FAILED, started=None)])
def test_an_action_that_is_no_function_or_never_began_printed_nothing(failed: ActionState) -> None:
    assert outcome.find(LOCAL, execution("Failed", failed)) == Failed("Commit", failed, [])


@pytest.mark.parametrize("status", ["Superseded", "Stopped", "Cancelled"])
def test_an_execution_that_ended_early_is_told_as_it_is(status: str) -> None:
    ended = execution(status, ActionState("Package", "Abandoned"))

    assert outcome.find(LOCAL, ended) == Ended(ended)


@pytest.mark.parametrize(
    ("clients", "prepared"), [(LOCAL, 'eval "$(invoke local.env)" && '), (ACCOUNT, "")], ids=["local", "account"]
)
def test_an_approval_comes_with_the_command_that_answers_it(
    monkeypatch: pytest.MonkeyPatch, clients: Any, prepared: str
) -> None:
    tokens = {("shop", "Commit", "Approval"): "the-token"}
    monkeypatch.setattr(pipeline, "approval_token", lambda _, *place: tokens[place])

    result = outcome.find(clients, execution("InProgress", APPROVAL))

    command = (
        f"{prepared}aws codepipeline put-approval-result --pipeline-name shop --stage-name Commit"
        " --action-name Approval --token the-token --result summary=checked,status=Approved"
    )
    assert result == Waiting("Commit", "Approval", command)
