"""The figures of a benchmark: each beside its peer, as a table to read or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEAD = ("| what | ours | beside it | its | ratio | goal |", "| --- | ---: | --- | ---: | ---: | ---: |")


@dataclass(frozen=True)
class Figure:
    """One line of the table: medians, in seconds unless `what` says otherwise, and the ratio to the peer."""

    what: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    goal: str = ""

    def row(self) -> str:
        cells = [self.what, number(self.ours), self.peer, number(self.theirs), number(self.ratio), self.goal]
        return f"| {' | '.join(cells)} |"


def compare(what: str, pairs: Sequence[tuple[float, float]], peer: str, goal: str = "") -> Figure:
    """The figure of pairs of ours and a peer's, one a round."""
    ours, theirs = zip(*pairs, strict=True)
    ratio = statistics.median(mine / other for mine, other in pairs)
    return Figure(what, statistics.median(ours), peer, statistics.median(theirs), ratio, goal)


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def number(value: float | None) -> str:
    """Three digits, which is more than a measurement is good for."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"  # noqa: PLR2004 - a number of three digits


def table(figures: Sequence[Figure], rounds: int) -> str:
    """The figures for a reader, with what they were measured on."""
    machine = f"Medians of {rounds} rounds, Python {platform.python_version()}, {os.cpu_count()} cores."
    rows = [figure.row() for figure in figures]
    return "\n".join([*HEAD, *rows, "", machine, "The ratio is the median of the rounds' ratios."])


def show(figures: Sequence[Figure], options: argparse.Namespace) -> None:
    """Print the figures as the options say."""
    print(as_json(figures) if options.json else table(figures, options.rounds))


def as_json(figures: Sequence[Any]) -> str:
    """Figures of any kind, for programs."""
    return json.dumps([asdict(figure) for figure in figures], indent=2)


def parser(description: str | None, rounds: int = 5) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--rounds", type=int, default=rounds, help=f"how often each thing is measured (default {rounds})"
    )
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    return options
