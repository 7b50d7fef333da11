from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from rich.live import Live

from serverless_pipeline import console
from serverless_pipeline.codepipeline import board
from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState

START = datetime(2026, 1, 1, tzinfo=UTC)


def ended(name: str, status: str = "Succeeded", *, at: int = 0, summary: str = "", error: str = "") -> ActionState:
    started = START + timedelta(seconds=at)
    return ActionState(name, status, summary or None, error or None, started, started + timedelta(seconds=2))


def running(name: str, *, seconds: int = 0, summary: str | None = None) -> ActionState:
    return ActionState(name, "InProgress", summary, started=datetime.now(UTC) - timedelta(seconds=seconds))


def look(*actions: ActionState, status: str = "InProgress") -> Execution:
    return Execution("shop", "id", status, stages=(StageState("Commit", status, actions),))


def plain(screen: io.StringIO) -> str:
    """What was drawn, without the terminal's own codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on stderr without the time of day."""
    return [line[10:] for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal of 60 columns that keeps what is drawn."""
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=60, color_system="standard", _environ={})
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setattr(console, "terminal", lambda: terminal)
    return screen


def test_elsewhere_each_change_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with board.display() as view:
        view.show(look(running("Package"), ActionState("Deploy")), {})
        view.show(look(running("Package"), ActionState("Deploy")), {})
        view.show(look(ended("Package", summary="package took 2 s"), ActionState("Deploy")), {})

    assert lines(capsys) == [
        "InProgress  Commit/Package",
        "Succeeded   Commit/Package  2.0 s  package took 2 s",
    ]


def test_elsewhere_a_line_begins_with_the_time_of_the_change(capsys: pytest.CaptureFixture[str]) -> None:
    started = ActionState("Deploy", "InProgress", started=START + timedelta(seconds=5))

    with board.display() as view:
        view.show(look(ended("Package"), started), {})

    times = [console.clock(START + timedelta(seconds=after)) for after in (2, 5)]
    assert [line[:8] for line in capsys.readouterr().err.splitlines()] == times


def test_elsewhere_changes_seen_in_one_look_are_told_in_the_order_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    with board.display() as view:
        view.show(look(ActionState("Early", "Abandoned"), ended("App", at=5), ended("Api", at=1)), {})

    assert lines(capsys) == [
        "Succeeded   Commit/Api  2.0 s",
        "Succeeded   Commit/App  2.0 s",
        "Abandoned   Commit/Early",
    ]


def test_elsewhere_actions_of_one_name_are_told_by_their_stages(capsys: pytest.CaptureFixture[str]) -> None:
    stages = tuple(StageState(name, "Succeeded", (ended("Deploy"),)) for name in ("Test", "Prod"))

    with board.display() as view:
        view.show(Execution("shop", "id", "Succeeded", stages=stages), {})

    assert lines(capsys) == ["Succeeded   Test/Deploy  2.0 s", "Succeeded   Prod/Deploy  2.0 s"]


def test_elsewhere_a_failure_is_told_with_the_first_line_of_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    with board.display() as view:
        view.show(look(ended("Package", "Failed", summary="x", error="lint failed\nF401"), status="Failed"), {})

    assert lines(capsys) == ["Failed      Commit/Package  2.0 s  lint failed"]


def test_elsewhere_nobody_needs_the_lines_of_tasks() -> None:
    with board.display() as view:
        assert not view.wants_lines


def test_a_terminal_shows_every_stage_and_action_and_the_latest_line_of_what_runs(screen: io.StringIO) -> None:
    with board.display() as view:
        assert view.wants_lines
        view.show(look(running("Package"), ActionState("Deploy")), {"Commit/Package": "collected 12 items"})

    picture = plain(screen)
    assert "Commit" in picture
    assert re.search(r"  Package 0\.\d s collected 12 items", picture)
    assert "·   Deploy" in picture


def test_a_terminal_keeps_the_last_picture(screen: io.StringIO) -> None:
    with board.display() as view:
        view.show(look(running("Package")), {})
        view.show(look(ended("Package", "Failed", error="lint failed"), status="Failed"), {})

    last = plain(screen).rpartition("Commit")[2]
    assert "✗   Package 2.0 s lint failed" in last


class Refreshing(Live):
    """A picture that counts how often it is drawn at once."""

    refreshed = 0

    def refresh(self) -> None:
        self.refreshed += 1


def test_the_end_is_drawn_at_once_and_what_comes_before_with_the_next_refresh() -> None:
    live = Refreshing(console=Console(file=io.StringIO()), auto_refresh=False)
    view = board.Moving(live)

    view.show(look(running("Package")), {})
    before = live.refreshed
    view.show(look(ended("Package"), status="Succeeded"), {})

    assert (before, live.refreshed) == (0, 1)


def draw(execution: Execution, **latest: str) -> str:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=60, color_system="standard", _environ={})
    terminal.print(board._Picture(execution, {f"Commit/{name}": line for name, line in latest.items()}))
    return screen.getvalue()


@pytest.mark.parametrize(
    ("status", "mark", "colour"),
    [
        ("Succeeded", "✓", "32"),
        ("Failed", "✗", "31"),
        ("Stopped", "■", "33"),
        ("Abandoned", "■", "33"),
        ("Cancelled", "■", "2"),
        ("Skipped", "-", "2"),
        (None, "·", "2"),
    ],
)
def test_each_status_has_its_mark_and_its_colour(status: str | None, mark: str, colour: str) -> None:
    stage = StageState("Commit", status, (ActionState("Package", status),))

    picture = draw(Execution("shop", "id", "Failed", stages=(stage,)))

    first, second = picture.splitlines()
    assert first.startswith(f"\x1b[{colour}m{mark}\x1b[0m \x1b[1;{colour}mCommit")
    assert second.startswith(f"\x1b[{colour}m{mark}\x1b[0m ")


def test_what_runs_turns() -> None:
    stage, action = draw(look(running("Package"))).splitlines()

    assert re.match(r"\x1b\[36m[⠀-⣿]\x1b\[0m \x1b\[1;36mCommit", stage)
    assert re.match(r"\x1b\[36m[⠀-⣿]\x1b\[0m   Package ", action)


def test_what_has_not_begun_is_dim_and_has_no_time() -> None:
    _, began, waits = draw(look(ended("Package"), ActionState("Deploy"))).splitlines()

    assert "   Package \x1b[2m2.0 s" in began
    assert "\x1b[2m  Deploy" in waits
    assert plain(io.StringIO(waits)).strip() == "·   Deploy"


def words(action: ActionState, **latest: str) -> str:
    """What is told of an action beside its name, without its time."""
    line = plain(io.StringIO(draw(look(action), **latest).splitlines()[1]))
    return re.sub(r".*Package +(\d+ min \d+ s|[\d.]+ s)?", "", line).strip()


@pytest.mark.parametrize(
    ("action", "latest", "expected"),
    [
        (running("Package"), {"Package": "collected 12 items"}, "collected 12 items"),
        (running("Package"), {"Other": "collected 12 items"}, ""),
        (running("Package", summary="10 of 90 %"), {}, "10 of 90 %"),
        (running("Package", summary="10 of 90 %"), {"Package": "a line"}, "a line"),
        (ended("Package", summary="done"), {"Package": "a line"}, "done"),
        (ended("Package", "Failed", summary="done", error="lint failed\nF401"), {}, "lint failed"),
        (ended("Package", "Failed"), {}, ""),
    ],
)
def test_a_line_of_its_task_is_told_while_an_action_runs_then_how_it_ended(
    action: ActionState, latest: dict[str, str], expected: str
) -> None:
    assert words(action, **latest) == expected


def test_time_goes_on_while_an_action_runs() -> None:
    assert "  Package 1 min 05 s" in plain(io.StringIO(draw(look(running("Package", seconds=65)))))


def test_what_is_too_long_for_the_terminal_ends_in_dots() -> None:
    picture = plain(io.StringIO(draw(look(ended("Package", summary="very " * 20)))))

    assert len(picture.splitlines()) == 2
    assert picture.splitlines()[1].endswith("…")
