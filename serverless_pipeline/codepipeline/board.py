"""The picture of an execution: live on a terminal, one plain line per change elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from serverless_pipeline import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table

    from serverless_pipeline.codepipeline.execution import ActionState, Execution, StageState

_STYLES = {"Succeeded": "green", "Failed": "red", "InProgress": "cyan", "Stopped": "yellow", "Abandoned": "yellow"}
_MARKS = {"Succeeded": "✓", "Failed": "✗", "Stopped": "■", "Abandoned": "■", "Skipped": "-", "Cancelled": "■"}


class Board(Protocol):
    """Shows each look at an execution."""

    wants_lines: bool

    def show(self, execution: Execution, lines: Mapping[str, str]) -> None:
        """Show the execution; `lines` has the latest line of each `Stage/Action` that runs."""


@contextmanager
def display() -> Iterator[Board]:
    """The board that fits where stderr goes."""
    if not console.is_live():
        yield Plain()
        return
    from rich.live import Live

    with Live(console=console.terminal(), refresh_per_second=8) as live:
        yield Moving(live)


class Plain:
    """One line per change of an action."""

    wants_lines = False

    def __init__(self) -> None:
        self._changes: set[tuple[str, str, str]] = set()

    def show(self, execution: Execution, lines: Mapping[str, str]) -> None:
        del lines
        for stage, action in sorted(execution.actions, key=lambda pair: _when(pair[1])):
            change = (stage.name, action.name, action.status or "")
            if action.status and change not in self._changes:
                self._changes.add(change)
                console.line(_plain(stage, action))


def _when(action: ActionState) -> datetime:
    return action.ended or action.started or datetime.now(UTC)


def _plain(stage: StageState, action: ActionState) -> str:
    words = [console.clock(_when(action)), f"{action.status:<10}", f"{stage.name}/{action.name}"]
    if action.ended:
        words.append(_elapsed(action))
    return "  ".join([*words, _first_line(action)]).rstrip()


class Moving:
    """Stages and actions with a spinner, the elapsed time and the task's latest line; redrawn in place."""

    wants_lines = True

    def __init__(self, live: Live) -> None:
        self._live = live
        self._picture: _Picture | None = None

    def show(self, execution: Execution, lines: Mapping[str, str]) -> None:
        if self._picture is None:
            self._picture = _Picture(execution, lines)
            self._live.update(self._picture)
        self._picture.execution, self._picture.lines = execution, lines
        if not execution.is_running:
            self._live.refresh()


class _Picture:
    """Drawn anew at each refresh, so that time goes on between two looks."""

    def __init__(self, execution: Execution, lines: Mapping[str, str]) -> None:
        from rich.spinner import Spinner

        self.execution = execution
        self.lines = lines
        self._spinner = Spinner("dots", style="cyan")

    def __rich__(self) -> Table:
        from rich.table import Table

        grid = Table.grid(padding=(0, 1))
        for style in ("", "", "dim", "dim"):
            grid.add_column(no_wrap=True, overflow="ellipsis", style=style)
        for stage in self.execution.stages:
            grid.add_row(*self._stage(stage))
            for action in stage.actions:
                line = self.lines.get(f"{stage.name}/{action.name}", "")
                grid.add_row(*self._action(action, line))
        return grid

    def _stage(self, stage: StageState) -> list[RenderableType]:
        from rich.text import Text

        style = _STYLES.get(stage.status or "", "dim")
        return [self._mark(stage.status), Text(stage.name, style=f"bold {style}"), "", ""]

    def _action(self, action: ActionState, line: str) -> list[RenderableType]:
        from rich.text import Text

        name = Text(f"  {action.name}", style="" if action.status else "dim")
        return [self._mark(action.status), name, Text(_elapsed(action)), Text(_words(action, line))]

    def _mark(self, status: str | None) -> RenderableType:
        from rich.text import Text

        if status == "InProgress":
            return self._spinner
        return Text(_MARKS.get(status or "", "·"), style=_STYLES.get(status or "", "dim"))


def _words(action: ActionState, line: str) -> str:
    """The task's latest line while it runs, then how it ended."""
    if action.status == "InProgress":
        return line or action.summary or ""
    return _first_line(action)


def _first_line(action: ActionState) -> str:
    return (action.error or action.summary or "").partition("\n")[0]


def _elapsed(action: ActionState) -> str:
    if action.started is None:
        return ""
    return console.duration(((action.ended or datetime.now(UTC)) - action.started).total_seconds())
