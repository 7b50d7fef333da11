from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline import aws
from serverless_pipeline.aws import Clients, Endpoint
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.codepipeline import logs, pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState
from serverless_pipeline.codepipeline.logs import Line
from serverless_pipeline.commands import watch
from serverless_pipeline.errors import AwaitingApproval, Error
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings(stack_name="shop")


@pytest.fixture
def clients() -> Clients:
    return aws.connect(Settings(), Endpoint("http://127.0.0.1:1", "AKIAEXAMPLE", "secret"))


def ended(status: str, *actions: ActionState, summary: str | None = None) -> Execution:
    return Execution("shop", "the-id", status, summary=summary, stages=(StageState("Commit", status, actions),))


def failed(message: str) -> ActionState:
    return ActionState("Package", "Failed", error=message, started=START, ended=START, function="shop-run-task")


def printing(monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    """A function that printed these lines."""

    def lines(*_: object) -> Iterator[Line]:
        return (Line("stream", START, text) for text in texts)

    monkeypatch.setattr(logs, "lines", lines)


def test_a_success_ends_with_the_urls_of_the_sites_on_stdout(
    monkeypatch: pytest.MonkeyPatch, clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {"TestSiteUrl": "http://test/", "ProdSiteUrl": "http://prod/"}
    monkeypatch.setattr(stack, "find", lambda *_: Stack("shop", "arn", Status.CREATE_COMPLETE, outputs))

    watch.conclude(SETTINGS, clients, ended("Succeeded", summary="commit abc"))

    told = capsys.readouterr()
    assert told.out == "Test  http://test/\nProd  http://prod/\n"
    assert told.err == "Succeeded  execution the-id  commit abc\n"


def test_a_failure_tells_the_action_its_message_the_last_lines_and_the_next_command(
    monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    printing(monkeypatch, "collected 12 items", "F401 unused import")

    with pytest.raises(Error) as caught:
        watch.conclude(SETTINGS, clients, ended("Failed", failed("the task lint ended with exit code 1")))

    assert str(caught.value.message).splitlines() == [
        "Commit/Package failed: the task lint ended with exit code 1",
        "The last lines of shop-run-task:",
        "  | collected 12 items",
        "  | F401 unused import",
        "  Next: mend it, then invoke pipeline.run; its log: invoke pipeline.log --action Commit/Package",
    ]


def test_lines_that_only_repeat_the_message_are_left_out(monkeypatch: pytest.MonkeyPatch, clients: Clients) -> None:
    printing(monkeypatch, "F401 unused import", "Job 1: failed: the task failed:")

    with pytest.raises(Error) as caught:
        watch.conclude(SETTINGS, clients, ended("Failed", failed("the task failed:\nF401 unused import")))

    assert "The last lines" not in str(caught.value.message)


def test_only_the_last_lines_are_told(monkeypatch: pytest.MonkeyPatch, clients: Clients) -> None:
    printing(monkeypatch, *(f"line {number}" for number in range(100)))

    with pytest.raises(Error) as caught:
        watch.conclude(SETTINGS, clients, ended("Failed", failed("no")))

    told = [line for line in str(caught.value.message).splitlines() if line.startswith("  | ")]
    assert told == [f"  | line {number}" for number in range(80, 100)]


@pytest.mark.parametrize(
    ("status", "command"), [("Superseded", "invoke pipeline.watch"), ("Stopped", "invoke pipeline.run")]
)
def test_an_execution_that_ended_without_a_failure_names_the_next_command(
    clients: Clients, status: str, command: str
) -> None:
    with pytest.raises(Error, match=f"The execution the-id is {status}.\n  Next: {command}"):
        watch.conclude(SETTINGS, clients, ended(status))


def test_an_approval_ends_with_code_5_and_the_command_that_approves(
    monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    monkeypatch.setattr(pipeline, "approval_token", lambda *_: "the-token")
    approval = ActionState("Approval", "InProgress", started=START, is_approval=True)

    with pytest.raises(AwaitingApproval) as caught:
        watch.conclude(SETTINGS, clients, ended("InProgress", approval))

    command = (
        'eval "$(invoke local.env)" && aws codepipeline put-approval-result --pipeline-name shop --stage-name Commit'
        " --action-name Approval --token the-token --result summary=checked,status=Approved"
    )
    assert caught.value.code == 5
    assert command in str(caught.value.message)
