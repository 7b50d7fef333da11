from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.codepipeline import board, outcome, pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution
from serverless_pipeline.codepipeline.outcome import Ended, Failed, Succeeded, Waiting
from serverless_pipeline.commands import watch
from serverless_pipeline.errors import AwaitingApproval, Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETTINGS = Settings(stack_name="shop")
SHOP = Declaration("shop", ())
CLIENTS: Any = object()
RUNNING = Execution("shop", "the-id", "InProgress")
ENDED = Execution("shop", "the-id", "Succeeded", summary="commit abc")
PATIENCE = Patience()


class View:
    """A board that remembers what it showed."""

    def __init__(self, *, wants_lines: bool) -> None:
        self.wants_lines = wants_lines
        self.pictures: list[tuple[Execution, Mapping[str, str]]] = []

    def show(self, execution: Execution, lines: Mapping[str, str]) -> None:
        self.pictures.append((execution, lines))


class Lines:
    def __init__(self, clients: object) -> None:
        assert clients is CLIENTS

    def read(self, execution: Execution) -> dict[str, str]:
        return {"Commit/Package": f"a line while {execution.status}"}


def display(monkeypatch: pytest.MonkeyPatch, *, wants_lines: bool = False) -> View:
    """An AWS in which the execution ends after two looks, and a board."""
    view = View(wants_lines=wants_lines)

    @contextmanager
    def open_view() -> Iterator[View]:
        yield view

    def follow(*request: object) -> Iterator[Execution]:
        assert request == (CLIENTS, SHOP, "the-id", PATIENCE)
        yield from (RUNNING, ENDED)

    monkeypatch.setattr(board, "display", open_view)
    monkeypatch.setattr(pipeline, "follow", follow)
    monkeypatch.setattr(watch, "LatestLines", Lines)
    monkeypatch.setattr(outcome, "find", lambda *request: request)
    return view


def test_an_execution_is_shown_from_look_to_look_and_at_its_end_it_is_found_out_what_that_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = display(monkeypatch)

    result: object = watch.follow(SETTINGS, CLIENTS, SHOP, "the-id", PATIENCE)

    assert result == (SETTINGS, CLIENTS, ENDED)
    assert view.pictures == [(RUNNING, {}), (ENDED, {})]


def test_a_board_that_has_room_for_them_gets_the_latest_lines_of_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    view = display(monkeypatch, wants_lines=True)

    watch.follow(SETTINGS, CLIENTS, SHOP, "the-id", PATIENCE)

    lines = [lines["Commit/Package"] for _, lines in view.pictures]
    assert lines == ["a line while InProgress", "a line while Succeeded"]


def test_who_watches_attaches_to_the_current_execution(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    display(monkeypatch)
    monkeypatch.setattr(pipeline, "demand", lambda _, name: Declaration(name, ()))
    monkeypatch.setattr(pipeline, "current", lambda _, name: replace(RUNNING, pipeline=name))

    result: object = watch.watch(SETTINGS, CLIENTS, PATIENCE)

    assert result == (SETTINGS, CLIENTS, ENDED)
    assert capsys.readouterr().err == "Attached   to execution the-id\n"


@pytest.mark.parametrize(("summary", "words"), [("commit abc", "the-id  commit abc"), (None, "the-id")])
def test_a_success_ends_with_the_urls_of_the_sites_on_stdout(
    capsys: pytest.CaptureFixture[str], summary: str | None, words: str
) -> None:
    watch.show(Succeeded(replace(ENDED, summary=summary), {"Test": "http://test/", "Prod": "http://prod/"}))

    assert capsys.readouterr() == ("Test  http://test/\nProd  http://prod/\n", f"Succeeded  execution {words}\n")


def failed(message: str | None) -> ActionState:
    return ActionState("Package", "Failed", error=message, function="shop-run-task")


def test_a_failure_tells_the_action_its_message_the_last_lines_and_the_next_command() -> None:
    lines = ["collected 12 items", "F401 unused import"]

    with pytest.raises(Error) as raised:
        watch.show(Failed("Commit", failed("the task lint ended with exit code 1"), lines))

    assert raised.value.code == 1
    assert str(raised.value).splitlines() == [
        "Commit/Package failed: the task lint ended with exit code 1",
        "The last lines of shop-run-task:",
        "  | collected 12 items",
        "  | F401 unused import",
        "  Next: mend it, then invoke pipeline.run; its log: invoke pipeline.log --action Commit/Package",
    ]


def test_a_failure_without_message_and_lines_says_so() -> None:
    with pytest.raises(Error) as raised:
        watch.show(Failed("Commit", failed(None)))

    assert str(raised.value).splitlines() == [
        "Commit/Package failed: it gave no message",
        "  Next: mend it, then invoke pipeline.run; its log: invoke pipeline.log --action Commit/Package",
    ]


@pytest.mark.parametrize(
    ("status", "command"), [("Superseded", "invoke pipeline.watch"), ("Stopped", "invoke pipeline.run")]
)
def test_an_execution_that_ended_without_a_failure_names_the_next_command(status: str, command: str) -> None:
    with pytest.raises(Error) as raised:
        watch.show(Ended(Execution("shop", "the-id", status)))

    assert (raised.value.code, str(raised.value)) == (1, f"The execution the-id is {status}.\n  Next: {command}")


def test_an_approval_ends_with_code_5_and_the_command_that_approves() -> None:
    with pytest.raises(AwaitingApproval) as raised:
        watch.show(Waiting("Production", "Approval", "aws codepipeline put-approval-result"))

    assert raised.value.code == 5
    assert str(raised.value).splitlines() == [
        "Production/Approval waits for an approval. Approve it with",
        "  aws codepipeline put-approval-result",
        "  Next: invoke pipeline.watch",
    ]
