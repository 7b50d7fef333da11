from __future__ import annotations

import functools
import io
import re
import sys
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from serverless_pipeline import console
from serverless_pipeline.codepipeline import board
from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState

START = datetime(2026, 1, 1, tzinfo=UTC)


def ended(name: str, status: str = "Succeeded", *, at: int = 0, summary: str = "", error: str = "") -> ActionState:
    started = START + timedelta(seconds=at)
    return ActionState(name, status, summary or None, error or None, started, started + timedelta(seconds=2))


def running(name: str) -> ActionState:
    return ActionState(name, "InProgress", started=START)


def look(*actions: ActionState, status: str = "InProgress") -> Execution:
    return Execution("shop", "id", status, stages=(StageState("Commit", status, actions),))


def bare(screen: io.StringIO) -> str:
    """What was drawn, without the terminal's own codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on stderr without the time of day."""
    return [line[10:] for line in capsys.readouterr().err.splitlines()]


def test_elsewhere_each_change_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with board.opened() as shown:
        shown.show(look(running("Package"), ActionState("Deploy")), {})
        shown.show(look(running("Package"), ActionState("Deploy")), {})
        shown.show(look(ended("Package", summary="package took 2 s"), ActionState("Deploy")), {})

    assert told(capsys) == [
        "InProgress  Commit/Package",
        "Succeeded   Commit/Package  2.0 s  package took 2 s",
    ]


def test_elsewhere_changes_seen_in_one_look_are_told_in_the_order_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    with board.opened() as shown:
        shown.show(look(ended("App", at=5), ended("Api", at=1)), {})

    assert told(capsys) == ["Succeeded   Commit/Api  2.0 s", "Succeeded   Commit/App  2.0 s"]


def test_elsewhere_a_failure_is_told_with_the_first_line_of_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    with board.opened() as shown:
        shown.show(look(ended("Package", "Failed", error="lint failed\nF401"), status="Failed"), {})

    assert told(capsys) == ["Failed      Commit/Package  2.0 s  lint failed"]


def test_elsewhere_nobody_needs_the_lines_of_tasks() -> None:
    with board.opened() as shown:
        assert not shown.wants_lines


def test_a_terminal_shows_every_stage_and_action_and_the_latest_line_of_what_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, no_color=True)
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setattr(console, "terminal", lambda: terminal)

    with board.opened() as shown:
        assert shown.wants_lines
        shown.show(look(running("Package"), ActionState("Deploy")), {"Commit/Package": "collected 12 items"})

    drawn = bare(screen)
    assert "Package" in drawn
    assert "collected 12 items" in drawn
    assert "·   Deploy" in drawn


def test_a_terminal_keeps_the_last_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, no_color=True)
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setattr(console, "terminal", lambda: terminal)

    with board.opened() as shown:
        shown.show(look(running("Package")), {})
        shown.show(look(ended("Package", "Failed", error="lint failed"), status="Failed"), {})

    last = bare(screen).rpartition("Commit")[2]
    assert "✗   Package 2.0 s lint failed" in last


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_takes_the_colours_away(monkeypatch: pytest.MonkeyPatch, no_color: str, *, coloured: bool) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    for name, value in {"NO_COLOR": no_color, "TERM": "xterm-256color", "CI": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console, "terminal", functools.cache(console.terminal.__wrapped__))

    console.say("Created", "stack shop")

    assert bare(screen) == "Created    stack shop\n"
    assert ("\x1b[32m" in screen.getvalue()) is coloured


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True
