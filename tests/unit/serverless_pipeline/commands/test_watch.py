from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.codepipeline import board, outcome, pipeline
from serverless_pipeline.codepipeline.execution import ActionState, Declaration, Execution
from serverless_pipeline.codepipeline.outcome import Ended, Failed, Succeeded, Waiting
from serverless_pipeline.commands import watch
from serverless_pipeline.commands.watch import Result
from serverless_pipeline.errors import AwaitingApproval, Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import environments
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.codepipeline.outcome import Outcome

SETTINGS = Settings(stack_name="shop")
SHOP = Declaration("shop", ())
CLIENTS: Any = object()
RUNNING = Execution("shop", "the-id", "InProgress")
ENDED = Execution("shop", "the-id", "Succeeded", summary="commit abc")
SUCCEEDED = Succeeded(ENDED)
PATIENCE = Patience()
ADDRESSES = {"Test": "http://test/", "Prod": "http://prod/"}


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


def display(monkeypatch: pytest.MonkeyPatch, *, wants_lines: bool = False, means: Outcome = SUCCEEDED) -> View:
    """An AWS in which the execution ends after two looks, and a board; the end of it `means` that."""
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
    monkeypatch.setattr(outcome, "find", lambda *request: {(CLIENTS, ENDED): means}[request])
    monkeypatch.setattr(environments, "addresses", lambda *request: {(SETTINGS, CLIENTS): ADDRESSES}[request])
    return view


def test_an_execution_is_shown_from_look_to_look_and_at_its_end_it_is_found_out_what_that_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = display(monkeypatch)

    result = watch.follow(SETTINGS, CLIENTS, SHOP, "the-id", PATIENCE)

    assert result == Result(SUCCEEDED, ADDRESSES)
    assert view.pictures == [(RUNNING, {}), (ENDED, {})]


@pytest.mark.parametrize(
    "end",
    [Waiting("Production", "Approval", "aws"), Failed("Commit", ActionState("Package")), Ended(ENDED)],
    ids=["waiting", "failed", "ended"],
)
def test_only_of_a_success_it_is_asked_where_the_environments_answer(
    monkeypatch: pytest.MonkeyPatch, end: Outcome
) -> None:
    display(monkeypatch, means=end)
    monkeypatch.delattr(environments, "addresses")

    assert watch.follow(SETTINGS, CLIENTS, SHOP, "the-id", PATIENCE) == Result(end)


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

    result = watch.watch(SETTINGS, CLIENTS, PATIENCE)

    assert result == Result(SUCCEEDED, ADDRESSES)
    assert capsys.readouterr().err == "Attached   to execution the-id\n"


@pytest.mark.parametrize(("summary", "words"), [("commit abc", "the-id  commit abc"), (None, "the-id")])
def test_a_success_ends_with_the_addresses_of_the_environments_on_stdout(
    capsys: pytest.CaptureFixture[str], summary: str | None, words: str
) -> None:
    watch.show(Result(Succeeded(replace(ENDED, summary=summary)), ADDRESSES))

    assert capsys.readouterr() == ("Test  http://test/\nProd  http://prod/\n", f"Succeeded  execution {words}\n")


def test_a_success_without_an_address_ends_with_nothing_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    watch.show(Result(SUCCEEDED))

    assert capsys.readouterr() == ("", "Succeeded  execution the-id  commit abc\n")


def failed(message: str | None) -> ActionState:
    return ActionState("Package", "Failed", error=message, function="shop-run-task")


def test_a_failure_tells_the_action_its_message_the_last_lines_and_the_next_command() -> None:
    lines = ["collected 12 items", "F401 unused import"]

    with pytest.raises(Error) as raised:
        watch.show(Result(Failed("Commit", failed("the task lint ended with exit code 1"), lines)))

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
        watch.show(Result(Failed("Commit", failed(None))))

    assert str(raised.value).splitlines() == [
        "Commit/Package failed: it gave no message",
        "  Next: mend it, then invoke pipeline.run; its log: invoke pipeline.log --action Commit/Package",
    ]


@pytest.mark.parametrize(
    ("status", "command"), [("Superseded", "invoke pipeline.watch"), ("Stopped", "invoke pipeline.run")]
)
def test_an_execution_that_ended_without_a_failure_names_the_next_command(status: str, command: str) -> None:
    with pytest.raises(Error) as raised:
        watch.show(Result(Ended(Execution("shop", "the-id", status))))

    assert (raised.value.code, str(raised.value)) == (1, f"The execution the-id is {status}.\n  Next: {command}")


def test_an_approval_ends_with_code_5_and_the_command_that_approves() -> None:
    with pytest.raises(AwaitingApproval) as raised:
        watch.show(Result(Waiting("Production", "Approval", "aws codepipeline put-approval-result")))

    assert raised.value.code == 5
    assert str(raised.value).splitlines() == [
        "Production/Approval waits for an approval. Approve it with",
        "  aws codepipeline put-approval-result",
        "  Next: invoke pipeline.watch",
    ]
